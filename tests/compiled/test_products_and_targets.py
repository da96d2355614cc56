"""Whose matrix product the compiled step calls, and how it reads the targets."""

import ctypes
import types

import numpy as np
import pytest

import models
from models.compiled import products
from models.compiled.program import NoCompiledFormError, _targets


@pytest.mark.parametrize(("dtype", "letter"), [("float32", "s"), ("float64", "d")])
def test_the_library_has_a_name_and_an_address(dtype, letter):
    found = products.library(dtype)
    if found.name.startswith("np.dot"):
        assert found.address == 0
    else:
        assert found.name in [f"{prefix.format(letter)} (NumPy's BLAS)" for prefix in products._PREFIXES]
        assert found.address > 0
    assert products.library(dtype) is found


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_product_that_is_another_is_not_taken(dtype, monkeypatch):
    number = ctypes.c_float if dtype == "float32" else ctypes.c_double

    def gemm(wrong):
        def product(order, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc):
            places = ((a, (m, k)), (b, (k, n)), (c, (m, n)))
            x, y, out = (np.ctypeslib.as_array((number * shape[1] * shape[0]).from_address(at)) for at, shape in places)
            assert (order, ta, tb, lda, ldb, ldc) == (101, 111, 111, k, n, n)
            assert (m, n, k, alpha, beta) == (2, 4, 3, 1, 1)
            out[:] = alpha * x @ y + beta * out + wrong

        return product

    right = gemm(0)
    assert products._multiplies(right, np.dtype(dtype))
    short, long, place = ctypes.c_int, ctypes.c_int64, ctypes.c_void_p
    assert right.argtypes == [*[short] * 3, *[long] * 3, number, place, long, place, long, number, place, long]
    assert right.restype is None
    assert not products._multiplies(gemm(1), np.dtype(dtype))

    monkeypatch.setattr(products.ctypes, "CDLL", lambda _: types.SimpleNamespace())
    assert products.library.__wrapped__(dtype) == (0, "np.dot (SciPy's BLAS)")

    def missing(_):
        raise OSError

    monkeypatch.setattr(products.ctypes, "CDLL", missing)
    assert products.library.__wrapped__(dtype) == (0, "np.dot (SciPy's BLAS)")


def targets(loss, outputs, y):
    net = models.mlp([2, outputs], loss=loss, rng=0)
    found, labels = _targets(net, np.ones((len(y), 2)), np.asarray(y))
    return found.tolist(), str(found.dtype), labels


@pytest.mark.parametrize(
    ("loss", "outputs", "y", "wanted"),
    [
        ("softmax", 3, np.array([2, 0], np.uint8), ([2, 0], "int64", True)),
        ("softmax", 2, np.array([True, False]), ([1, 0], "int64", True)),
        ("squared", 3, [2, 0], ([[0, 0, 1], [1, 0, 0]], "float64", False)),
        ("squared", 2, [1, 0], ([[0, 1], [1, 0]], "float64", False)),
        ("squared", 1, [2, 0], ([[2], [0]], "float64", False)),
        ("squared", 1, [[2.5], [0]], ([[2.5], [0]], "float64", False)),
        ("squared", 2, [[2.5, 1], [0, 1]], ([[2.5, 1], [0, 1]], "float64", False)),
        ("logistic", 1, [-1, 1], ([[0], [1]], "float64", False)),
        ("logistic", 1, [[0.0], [1.0]], ([[0], [1]], "float64", False)),
        ("logistic", 3, [2, 0], ([[0, 0, 1], [1, 0, 0]], "float64", False)),
    ],
)
def test_targets_as_the_step_reads_them(loss, outputs, y, wanted):
    assert targets(loss, outputs, y) == wanted


def test_whole_numbers_of_64_bits_are_read_where_they_are():
    y = np.array([1, 0])
    assert _targets(models.mlp([2, 2], rng=0), np.ones((2, 2)), y)[0] is y


def test_targets_of_another_shape():
    with pytest.raises(NoCompiledFormError, match=r"^targets of shape \(2, 3\) for scores of shape \(N, \*\(2,\)\)$"):
        targets("squared", 2, np.ones((2, 3)))
    with pytest.raises(NoCompiledFormError, match=r"^targets of shape \(2,\) for scores of shape \(N, \*\(2,\)\)$"):
        targets("squared", 2, np.ones(2))
