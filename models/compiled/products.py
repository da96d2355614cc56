"""The matrix products of the compiled step: NumPy's own BLAS, called by its address, else Numba's `np.dot`.

`np.dot` in compiled code goes to SciPy's BLAS, another build of the library: a few per cent slower in small products.
The address is an argument of the compiled step, so that the file on disk holds none.
"""

import ctypes
import functools
from typing import Any, NamedTuple

import numpy as np

_ROW_MAJOR, _PLAIN = 101, 111  # of the C interface of BLAS
_PREFIXES = ("scipy_cblas_{}gemm64_", "cblas_{}gemm64_")  # those with 64-bit integers that NumPy's wheels bring


class Library(NamedTuple):
    """Whose `gemm` the step calls: its address in this process (0 for np.dot) and a name for records."""

    address: int
    name: str


@functools.cache
def library(dtype: str) -> Library:
    """NumPy's own `gemm` for float32 or float64, where it is found and multiplies as it should; else np.dot's."""
    letter = {"float32": "s", "float64": "d"}[dtype]
    try:
        core: Any = np._core._multiarray_umath  # type: ignore[attr-defined]
        numpys = ctypes.CDLL(core.__file__)
    except (AttributeError, OSError):
        return Library(0, "np.dot (SciPy's BLAS)")
    for pattern in _PREFIXES:
        function = getattr(numpys, pattern.format(letter), None)
        if function is not None and _multiplies(function, np.dtype(dtype)):
            address = ctypes.cast(function, ctypes.c_void_p).value
            return Library(address or 0, f"{pattern.format(letter)} (NumPy's BLAS)")
    return Library(0, "np.dot (SciPy's BLAS)")


def _multiplies(gemm: Any, dtype: np.dtype[Any]) -> bool:
    """Whether `gemm` takes its arguments as we pass them: a small product with all three integers different."""
    a, b, out = (
        np.arange(6, dtype=dtype).reshape(2, 3),
        np.arange(12, dtype=dtype).reshape(3, 4),
        np.ones((2, 4), dtype),
    )
    number = ctypes.c_float if dtype == np.float32 else ctypes.c_double
    whole, order, place = ctypes.c_int64, ctypes.c_int, ctypes.c_void_p
    gemm.argtypes = [order] * 3 + [whole] * 3 + [number, place, whole, place, whole, number, place, whole]
    gemm.restype = None
    gemm(_ROW_MAJOR, _PLAIN, _PLAIN, 2, 4, 3, 1, a.ctypes.data, 3, b.ctypes.data, 4, 1, out.ctypes.data, 4)
    return bool(np.array_equal(out, a @ b + 1))


def by_address(dtype: str) -> Any:
    """`gemm(address, order, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)` for compiled code."""
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    number = types.float32 if dtype == "float32" else types.float64
    whole = types.int64
    signature = types.void(whole, *[whole] * 6, number, whole, whole, whole, whole, number, whole, whole)

    @intrinsic
    def gemm(  # type: ignore[no-untyped-def]
        typing, address, order, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc
    ):
        def call(context, builder, signature, values):  # type: ignore[no-untyped-def]
            long, short, place = ir.IntType(64), ir.IntType(32), ir.IntType(8).as_pointer()
            real = ir.FloatType() if dtype == "float32" else ir.DoubleType()
            takes = [*[short] * 3, *[long] * 3, real, place, long, place, long, real, place, long]
            function = builder.inttoptr(values[0], ir.FunctionType(ir.VoidType(), takes).as_pointer())
            given = [
                builder.trunc(v, short) if t is short else builder.inttoptr(v, place) if t is place else v
                for t, v in zip(takes, values[1:], strict=True)
            ]
            builder.call(function, given)
            return context.get_dummy_value()

        return signature, call

    return gemm


def prefetcher() -> Any:
    """`prefetch(address)` for compiled code: ask for the cache line at that address, without waiting for it."""
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    @intrinsic
    def prefetch(typing, address):  # type: ignore[no-untyped-def]
        def call(context, builder, signature, values):  # type: ignore[no-untyped-def]
            short, place = ir.IntType(32), ir.IntType(8).as_pointer()
            takes = ir.FunctionType(ir.VoidType(), [place, short, short, short])
            function = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
                builder.module, takes, "llvm.prefetch.p0"
            )
            read_all_levels_data = [ir.Constant(short, value) for value in (0, 3, 1)]
            builder.call(function, [builder.inttoptr(values[0], place), *read_all_levels_data])
            return context.get_dummy_value()

        return types.void(types.int64), call

    return prefetch


BY_ADDRESS = '''
gemm = by_address({dtype!r})


@compiled
def multiply(blas, a, b, out, add):
    """out = a b + add out, (N, K) and (K, M)."""
    gemm(blas, 101, 111, 111, a.shape[0], b.shape[1], a.shape[1], T(1), a.ctypes.data, a.shape[1],
         b.ctypes.data, b.shape[1], add, out.ctypes.data, b.shape[1])


@compiled
def multiply_transposed_by(blas, a, b, out, add):
    """out = a' b + add out, (N, K) and (N, M)."""
    gemm(blas, 101, 112, 111, a.shape[1], b.shape[1], a.shape[0], T(1), a.ctypes.data, a.shape[1],
         b.ctypes.data, b.shape[1], add, out.ctypes.data, b.shape[1])


@compiled
def multiply_by_transposed(blas, a, b, out, add):
    """out = a b' + add out, (N, K) and (M, K)."""
    gemm(blas, 101, 111, 112, a.shape[0], b.shape[0], a.shape[1], T(1), a.ctypes.data, a.shape[1],
         b.ctypes.data, b.shape[1], add, out.ctypes.data, b.shape[0])
'''

BY_DOT = '''
@compiled
def multiply(blas, a, b, out, add):
    """out = a b + add out, (N, K) and (K, M)."""
    if add == T(0):
        np.dot(a, b, out)
    else:
        out += np.dot(a, b)


@compiled
def multiply_transposed_by(blas, a, b, out, add):
    """out = a' b + add out, (N, K) and (N, M)."""
    if add == T(0):
        np.dot(a.T, b, out)
    else:
        out += np.dot(a.T, b)


@compiled
def multiply_by_transposed(blas, a, b, out, add):
    """out = a b' + add out, (N, K) and (M, K)."""
    if add == T(0):
        np.dot(a, b.T, out)
    else:
        out += np.dot(a, b.T)
'''
