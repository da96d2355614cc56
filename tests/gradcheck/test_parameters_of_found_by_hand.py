"""Which parameters are drawn for a function or a net of three, and what names say of labels, losses and modules."""

import linecache
import types

import numpy as np
import pytest

from gradcheck.finder import names
from gradcheck.finder.names import Found, parameters_of


def written(source, path="<written by hand>", **given):
    """The namespace of a source whose lines can be read."""
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    module = types.ModuleType("mine")
    vars(module).update(given)
    exec(compile(source, path, "exec"), vars(module))
    return module


def net_forward(X, W, keep=1.0, *, seed=0):
    return X


def net_cost(H, Y, cache, more, lam=0.1):
    return 0.5


def net_back(X, Y, cache, H, probs, more, reg, *rest, **named):
    return W


W = np.ones(2)


def odd_forward(a, cache, out):
    return a


def drawn(kind, *functions):
    return [p.name for p in parameters_of(Found("net", kind, functions))]


@pytest.mark.parametrize(
    ("kind", "functions", "expected"),
    [
        ("chain", (net_forward, net_cost, net_back), ["X", "W", "Y", "more", "reg", "keep", "lam"]),
        ("chain", (net_forward, None, net_back), ["X", "W", "Y", "H", "more", "reg", "keep"]),
        ("layer", (net_forward, net_back), ["X", "W", "keep"]),
        ("loss", (net_cost,), ["H", "Y", "cache", "more", "lam"]),
        ("chain", (odd_forward, None, odd_forward), ["a", "cache", "out"]),
        ("chain", (net_forward, None, odd_forward), ["X", "W", "keep"]),
    ],
)
def test_what_the_parts_of_a_net_make_is_not_drawn(kind, functions, expected):
    assert drawn(kind, *functions) == expected


@pytest.mark.parametrize(
    ("cost", "output"),
    [
        (lambda H, Y: 0, {"H"}), (lambda Y, H, G: 0, {"H"}), (lambda W, Y, cache, M, N: 0, {"M"}),
        (lambda W, X, Y: 0, set()), (None, set()), (lambda *a: 0, set()),
    ],
)  # fmt: skip
def test_the_output_of_a_net_is_what_its_cost_takes_first(cost, output):
    assert names._outputs(Found("net", "chain", (net_forward, cost, net_back))) == output


@pytest.mark.parametrize(
    ("backward", "first", "only"),
    [
        (lambda y, cache: 0, True, True), (lambda cache: 0, False, False), (lambda y, x: 0, False, True),
        (lambda y, x, cache: 0, False, True), (lambda dy, cache: 0, True, False), (lambda y, dout: 0, False, False),
        (lambda x, y=None: 0, False, False), (lambda *a: 0, False, False),
    ],
)  # fmt: skip
def test_labels_among_the_parameters_of_a_backward(backward, first, only):
    assert names._labels_first(net_forward, backward) is first
    assert names._labels_only(backward) is only


@pytest.mark.parametrize(
    ("line", "several"),
    [("return x, y", True), ("return (x,)", False), ("return x", False), ("return", False), ("pass", False),
     ("return my_loss(x)", True), ("return relu(x)", False), ("return x.loss(y)", False), ("return [x, y]", False),
     ("if x: return x\n    return x, y", True)],
)  # fmt: skip
def test_functions_that_return_several_values(line, several):
    assert names.returns_several(written(f"def f(x, y):\n    {line}\n").f) is several


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def mse_loss(x, y): return 1\ndef mse_loss_backward(dout): return 1", [("mse_loss", "chain")]),
        ("def mse_loss(x, y): return 1\ndef mse_loss_backward(dout, x): return 1", [("mse_loss", "layer")]),
        ("def mse_cost(x, y): return 1\ndef grad_mse_cost(x, y): return 1", [("mse_cost", "chain")]),
        ("def mse_cost(x, y): return 1\ndef dmse_cost(x, y): return 1\ndef d_mse_cost(x, y): return 1",
         [("mse_cost", "chain")]),
        ("def add(x, k=1): return 1\ndef add_backward(dout): return 1", [("add", "pointwise")]),
        ("def a_forward(x): return 1\ndef a_backward(dout): return 1\ndef a_backward_loss(d): return 1, 2",
         [("a", "layer"), ("a_loss", "layer")]),
    ],
)
def test_what_belongs_together(source, found):
    assert [(one.name, one.kind) for one in names.found_in(written(source))][: len(found)] == found


def test_names_of_a_file_are_its_own_and_those_of_a_namespace_all():
    module = written("def mine(x): return x\nK = 3", given=net_forward, _hidden=2)
    assert set(names.own(module)) == {"mine", "K", "given", "_hidden"}
    module.__file__ = "mine.py"
    assert set(names.own(module)) == {"mine", "K", "_hidden"}


def test_a_function_that_is_compared_with_one_text_is_called_with_it():
    source = """
def act_forward(x, kind, size):
    if kind == "relu":
        return x
    if size == 3 and x == "x":
        return 4
    return 5
def act_backward(dout, cache): return 1
"""
    (found,) = names.found_in(written(source))
    assert (found.name, found.kind, found.setting) == ("act", "layer", ("kind", "relu"))
    several = source.replace('kind == "relu"', 'kind in ("relu", "tanh", 3)')
    assert [(one.name, one.setting) for one in names.found_in(written(several))] == [
        ("act[relu]", ("kind", "relu")), ("act[tanh]", ("kind", "tanh"))
    ]  # fmt: skip
