"""What the names in a pickle of NumPy arrays stand for here: functions of ours that check every argument.

Arrays are rebuilt as NumPy itself pickles them, Python 2 and 3, NumPy 1 and 2; object arrays have no form here.
"""

from collections.abc import Mapping
from math import prod

import numpy as np

from base.arrays import Array

from .machine import Build, Global

_CODES = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8")
_MAX_DIMS = 4


class PickledType:
    """A dtype under construction: a code from a short list, then its byte order."""

    def __init__(self, code: str) -> None:
        self.dtype = np.dtype(code)

    def set_state(self, state: object) -> None:
        """State (version, byte order, subarray, names, fields, ...): a plain number type has none of the last."""
        if not isinstance(state, tuple) or not 5 <= len(state) <= 9 or any(part is not None for part in state[2:5]):
            raise ValueError("a structured or unknown dtype")
        order = text(state[1])
        if order not in ("<", ">", "|", "="):
            raise ValueError("an unknown byte order")
        self.dtype = self.dtype.newbyteorder(order)  # type: ignore[arg-type]


class PickledArray:
    """An array under construction: empty until its state (shape, type, order, bytes) arrives, once."""

    def __init__(self) -> None:
        self.array: Array | None = None

    def set_state(self, state: object) -> None:
        """State (version, shape, dtype, is_fortran, bytes), checked against the number of bytes."""
        if self.array is not None:
            raise ValueError("an array whose state is set twice")
        if not isinstance(state, tuple) or len(state) != 5:
            raise ValueError("not (version, shape, dtype, order, bytes)")
        _, shape, kind, fortran, payload = state
        self.array = from_buffer(payload, kind, shape, bool(fortran))


def from_buffer(payload: object, kind: object, shape: object, fortran: bool) -> Array:
    """An array over the bytes that were read; nothing is allocated, and the sizes must match."""
    if not isinstance(kind, PickledType):
        raise ValueError("no plain dtype")
    if not isinstance(payload, bytes | bytearray):
        raise ValueError(f"bytes expected, got {type(payload).__name__}: object arrays are not read")
    if not isinstance(shape, tuple) or not 1 <= len(shape) <= _MAX_DIMS:
        raise ValueError(f"shape must be a tuple of 1 to {_MAX_DIMS} sizes")
    sizes = [size for size in shape if isinstance(size, int) and not isinstance(size, bool) and size >= 0]
    if len(sizes) != len(shape) or prod(sizes) * kind.dtype.itemsize != len(payload):
        raise ValueError(f"{len(payload):,} bytes do not fill the shape")
    flat = np.frombuffer(payload, kind.dtype)
    return flat.reshape(sizes[::-1]).T if fortran else flat.reshape(sizes)


def text(value: object) -> str:
    """A short text, which Python 2 pickles as bytes."""
    if isinstance(value, bytes | bytearray) and len(value) <= 16:
        return value.decode("latin-1")
    if isinstance(value, str) and len(value) <= 16:
        return value
    raise ValueError("a short text expected")


def _dtype(arguments: tuple[object, ...]) -> PickledType:
    code = text(arguments[0]) if arguments else ""
    if code.lstrip("<>|=")[:1] == "O":
        raise ValueError("object dtype: the values would be pickles themselves")
    if code not in _CODES or len(arguments) > 3:
        raise ValueError(f"dtype {code!a}; known are {', '.join(_CODES)}")
    return PickledType(code)


def _reconstruct(arguments: tuple[object, ...]) -> PickledArray:
    """numpy.core.multiarray._reconstruct(ndarray, (0,), b'b'): an empty array, and no other shape is taken."""
    kind = arguments[0] if len(arguments) == 3 else None
    if not isinstance(kind, Global) or kind.name != "numpy.ndarray" or arguments[1] != (0,):
        raise ValueError("an empty ndarray expected")
    return PickledArray()


def _frombuffer(arguments: tuple[object, ...]) -> PickledArray:
    """numpy.core.numeric._frombuffer(bytes, dtype, shape, order), of protocol 5."""
    if len(arguments) != 4:
        raise ValueError("(bytes, dtype, shape, order) expected")
    made = PickledArray()
    made.array = from_buffer(arguments[0], arguments[1], arguments[2], text(arguments[3]) == "F")
    return made


def _encode(arguments: tuple[object, ...]) -> bytes:
    """_codecs.encode(text, 'latin1'): how Python 3 writes bytes in protocols 0 to 2."""
    if len(arguments) != 2 or not isinstance(arguments[0], str) or text(arguments[1]) not in ("latin1", "latin-1"):
        raise ValueError("(text, 'latin1') expected")
    return arguments[0].encode("latin-1")


KNOWN: Mapping[str, Build | None] = {
    "numpy.ndarray": None,
    "numpy.dtype": _dtype,
    "_codecs.encode": _encode,
    "numpy.core.multiarray._reconstruct": _reconstruct,
    "numpy._core.multiarray._reconstruct": _reconstruct,
    "numpy.core.numeric._frombuffer": _frombuffer,
    "numpy._core.numeric._frombuffer": _frombuffer,
}
