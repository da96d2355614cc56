"""How compiled code calls C: the types of what it hands over, whose product it takes, and where its files lie."""

import types
from pathlib import Path

import numpy as np
import pytest

from models.compiled import cache, products

pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")
CONTEXT = types.SimpleNamespace(get_dummy_value=lambda: None)


def code_of(intrinsic, arguments):
    """The signature of an intrinsic, and the instructions that it writes for values of these types."""
    from llvmlite import ir

    signature, call = intrinsic._defn(None, *[None] * len(arguments))
    module = ir.Module("test")
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), "f")
    builder = ir.IRBuilder(function.append_basic_block())
    call(CONTEXT, builder, signature, function.args)
    builder.ret_void()
    return signature, [line.strip() for line in str(module).splitlines()]


@pytest.mark.parametrize(("dtype", "real"), [("float32", "float"), ("float64", "double")])
def test_a_product_is_called_with_the_types_of_cblas(dtype, real):
    """Three enumerations of 32 bits, three sizes of 64, alpha, a and its row length, b and its, beta, out and its."""
    from llvmlite import ir

    whole, number = ir.IntType(64), ir.FloatType() if dtype == "float32" else ir.DoubleType()
    given = [whole, *[whole] * 6, number, *[whole] * 4, number, whole, whole]
    signature, lines = code_of(products.by_address(dtype), given)
    assert [str(one) for one in (*signature.args, signature.return_type)] == [
        *["int64"] * 7, dtype, *["int64"] * 4, dtype, "int64", "int64", "none",
    ]  # fmt: skip
    takes = ["i32"] * 3 + ["i64"] * 3 + [real, "i8*", "i64", "i8*", "i64", real, "i8*", "i64"]
    assert sum(f'inttoptr i64 %".1" to void ({", ".join(takes)})*' in line for line in lines) == 1
    (call,) = [line for line in lines if line.startswith("call")]
    handed = call[call.index("(") + 1 : call.rindex(")")].split(", ")
    assert [one.split()[0] for one in handed] == takes
    made = {line.split(" = ")[0]: line.split(" = ")[1] for line in lines if " = " in line}
    for k, one in enumerate(handed):  # the k-th of C is the one after the k-th of ours, cut short or read as a place
        kind, name = one.split()
        source = f'%".{k + 2}"'
        wanted = {"i32": f"trunc i64 {source} to i32", "i8*": f"inttoptr i64 {source} to i8*"}.get(kind)
        assert (made[name] if wanted else name) == (wanted or source)


def test_a_prefetch_is_of_data_to_be_read_and_kept():
    from llvmlite import ir

    signature, lines = code_of(products.prefetcher(), [ir.IntType(64)])
    assert [str(one) for one in (*signature.args, signature.return_type)] == ["int64", "none"]
    assert 'declare void @"llvm.prefetch.p0"(i8* %".1", i32 %".2", i32 %".3", i32 %".4")' in lines
    (call,) = [line for line in lines if line.startswith("call")]
    assert call.endswith("i32 0, i32 3, i32 1)")  # read, of all levels, data


def pretend(monkeypatch, address, right=True, **functions):
    """NumPy's library has these functions, which multiply right or wrong and lie at that address."""
    monkeypatch.setattr(products.ctypes, "CDLL", lambda file: types.SimpleNamespace(**functions))
    monkeypatch.setattr(products, "_multiplies", lambda function, dtype: right)
    monkeypatch.setattr(products.ctypes, "cast", lambda function, kind: types.SimpleNamespace(value=address))


@pytest.mark.parametrize(
    ("functions", "right", "address", "wanted"),
    [
        ({"scipy_cblas_sgemm64_": 1, "cblas_sgemm64_": 2}, True, 77, (77, "scipy_cblas_sgemm64_ (NumPy's BLAS)")),
        ({"cblas_sgemm64_": 2}, True, 77, (77, "cblas_sgemm64_ (NumPy's BLAS)")),
        ({"cblas_sgemm64_": 2}, False, 77, (0, "np.dot (SciPy's BLAS)")),
        ({"cblas_sgemm64_": 2}, True, None, (0, "cblas_sgemm64_ (NumPy's BLAS)")),
        ({"cblas_dgemm64_": 2}, True, 77, (0, "np.dot (SciPy's BLAS)")),
    ],
)
def test_whose_product_it_is(functions, right, address, wanted, monkeypatch):
    pretend(monkeypatch, address, right, **functions)
    assert products.library.__wrapped__("float32") == wanted


@pytest.mark.parametrize(
    ("chosen", "xdg", "wanted"),
    [
        ("/a", "/b", "/a/steps"),
        ("/a", None, "/a/steps"),
        (None, "/b", "/b/layergraph/steps"),
        ("", "/b", "/b/layergraph/steps"),
        (None, None, "~/.cache/layergraph/steps"),
        (None, "", "~/.cache/layergraph/steps"),
    ],
)
def test_where_compiled_steps_are_kept(chosen, xdg, wanted, monkeypatch):
    for name, value in (("LAYERGRAPH_CACHE", chosen), ("XDG_CACHE_HOME", xdg)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert cache.folder() == Path(wanted).expanduser()


STEP = "def steps():\n    return 7\n"


def load(monkeypatch, folder):
    monkeypatch.setenv("LAYERGRAPH_CACHE", str(folder))
    for function in (cache.load, cache._warn, cache._private_folder):
        function.cache_clear()
    return cache.load(STEP)()


def test_nobody_else_may_write_what_is_run(tmp_path, monkeypatch):
    assert load(monkeypatch, tmp_path / "new") == 7
    assert (tmp_path / "new" / "steps").stat().st_mode & 0o777 == 0o700
    assert [path.suffix for path in (tmp_path / "new" / "steps").glob("*.*")] == [".py"]


def test_a_folder_that_may_be_read_alone_is_left_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(cache.os, "access", lambda path, mode: mode != cache.os.W_OK)
    with pytest.warns(UserWarning, match=r"compiled steps cannot be kept in .*steps is read-only\)"):
        assert load(monkeypatch, tmp_path) == 7


def test_a_file_in_another_alphabet_is_none_of_ours(tmp_path, monkeypatch):
    assert load(monkeypatch, tmp_path) == 7
    (path,) = (tmp_path / "steps").glob("step_*.py")
    path.write_bytes(b"\xff\xfe")
    with pytest.warns(UserWarning, match="compiled steps cannot be kept in"):
        assert load(monkeypatch, tmp_path) == 7


def test_numpys_version_is_part_of_a_files_name(monkeypatch):
    first = cache._digest(STEP)
    assert len(first) == 24
    assert cache._digest(STEP) == first != cache._digest(STEP + "\n")
    monkeypatch.setattr(np, "__version__", "0.0")
    assert cache._digest(STEP) != first
