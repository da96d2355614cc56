"""What a name can be made of: plain numbers around the functions, and tensors derived from the known ones."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis import formulas, scalars

RATE, WORD = 0.75, "word"
STEP = [0.1]


def found_in(*functions, cache=None, reg=None, **values):
    subject = SimpleNamespace(sources=lambda: list(functions), reg=reg)
    return scalars.scalars_of(subject, SimpleNamespace(values=values, cache=cache))


def test_numbers_of_a_function():
    strength = 0.3

    def function(x, p=0.5, *, q=0.125):
        return x * p * q * strength * RATE * len(WORD) * STEP[0] * np.pi

    class Layer:
        def backward(self, dout, keep=0.9):
            return dout * keep

    assert found_in(function) == {"p": 0.5, "q": 0.125, "strength": 0.3, "RATE": 0.75}
    assert found_in(Layer().backward) == {"keep": 0.9}
    assert found_in(np.tanh, lambda x, a=0.2: x) == {"a": 0.2}, "a function without Python code has none"
    assert found_in(partial(function, 2.5, q=0.25)) == {
        "q": 0.25, "partial[0]": 2.5, "p": 0.5, "strength": 0.3, "RATE": 0.75,
    }  # fmt: skip
    assert found_in(partial(np.tanh, 2.5)) == {"partial[0]": 2.5}
    assert found_in(partial(lambda x: x, k=[[0.2]], j=[[[0.3]]])) == {"k[0][0]": 0.2}
    assert found_in(partial(lambda x: x, [[0.2]], [[[0.3]]])) == {"partial[0][0][0]": 0.2}
    assert found_in(lambda x, a=([[0.2]],), b=([[[0.3]]],): x) == {"a[0][0][0]": 0.2}


def test_numbers_of_arguments_and_cache():
    deep = [[[0.5]]]
    assert found_in(a=deep, b=[deep], cache=[[0.2], deep]) == {"a[0][0][0]": 0.5, "cache[0][0]": 0.2}
    assert found_in(cache=deep) == {"cache[0][0][0]": 0.5}
    assert found_in(a={"b": {"c": {"d": 0.5}}}, z={"y": {"x": {"w": {"v": 0.4}}}}) == {"d": 0.5}
    kinds = {"a": np.float32(0.25), "b": np.int64(3), "c": np.array(7.0), "d": 4, "e": 0.5}
    assert found_in(**kinds) == {"a": 0.25, "b": 3, "c": 7, "d": 4, "e": 0.5}
    assert found_in(a=True, b=np.True_, c=np.array([2.0]), d="0.5", e=np.inf, f=0, g=1.0) == {}
    assert found_in(p=0.5, cache={"p": 0.25}) == {"p": 0.5}, "the first of a name"
    assert found_in(reg=0.5) == {"reg": 0.5}
    assert found_in(reg=0.5, cache={"reg": 0.25}) == {"reg": 0.5}


X, T = np.array([[1.0, 4], [3, 0]]), np.array([[1.0, 1], [1, 2]])


def test_differences_of_the_first_four_arguments():
    atoms = [("cache 0", X), ("out", X), *((name, k * X) for k, name in enumerate("abcde"))]
    names = [name for name, _ in formulas.derived(atoms) if name.startswith("(")]
    assert names == ["(a-b)", "(a-c)", "(a-d)", "(b-c)", "(b-d)", "(c-d)"]


def test_statistics_of_known_tensors():
    single = ("s", np.array(2.0))
    names = [name for name, _ in formulas.derived([single, ("dout", X), ("b", X[0]), ("t", np.ones((2, 3, 4)))])]
    kinds = "std({}", "sqrt(var({}", "norm({}", "sum({}", "mean({}"
    ends = ", axis={})", ", axis={}) + 1e-5)", ", axis={})", ", axis={})", ", axis={})"
    of_t = [f"{k.format('t')}{e.format(axis)}" for axis in (0, 2) for k, e in zip(kinds, ends, strict=True)]
    assert names == ["s", "dout", "b", "t", "sigmoid(b)", "tanh(b)", *of_t, "sigmoid(t)", "tanh(t)"]
    found = dict(formulas.derived([("x", X), single]))
    for name, right in (
        ("sum(x, axis=0)", [[4, 4]]), ("mean(x, axis=1)", [[2.5], [1.5]]), ("norm(x, axis=1)", [[17**0.5], [3]]),
        ("sqrt(var(x, axis=1) + 1e-5)", [[2.25001**0.5], [2.25001**0.5]]), ("std(x, axis=1)", [[1.5], [1.5]]),
        ("tanh(x)", np.tanh(X)), ("sigmoid(x)", 1 / (1 + np.exp(-X))),
    ):  # fmt: skip
        np.testing.assert_allclose(found[name], right)
    with np.errstate(all="raise"):
        assert dict(formulas.derived([("x", np.array([-1e4]))]))["sigmoid(x)"].tolist() == [0]


@pytest.mark.parametrize(
    ("shape", "into", "found"),
    [
        ((2,), (2, 3, 4), "rows"), ((2, 3), (2, 3, 4), "rows"), ((4,), (2, 3, 4), "columns"),
        ((1, 3), (2, 3), "columns"), ((6,), (2, 3), "reshaped"), ((2, 3), (6,), "reshaped"), ((2, 3), (3, 2), None),
        ((5,), (2, 3), None), ((2, 3, 4), (3, 4), None), ((), (2, 2), "columns"), ((2, 3), (3,), None),
        ((1, 3), (3,), "reshaped"),
    ],
)  # fmt: skip
def test_tensor_in_another_shape(shape, into, found):
    t = np.arange(float(np.prod(shape, dtype=int))).reshape(shape)
    given = formulas.broadcast(t, into)
    if found is None:
        assert given is None
        return
    rows = t.reshape(shape + (1,) * (len(into) - len(shape)))
    right = {"rows": rows, "columns": t, "reshaped": t.reshape(into) if t.size == np.prod(into) else t}[found]
    np.testing.assert_array_equal(given, np.broadcast_to(right, into))
    assert given.shape == into
