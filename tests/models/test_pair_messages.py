"""What a graph says of a pair of one's own that answers wrongly: checked in the first pass, and in no later one."""

import re
from functools import partial, wraps

import numpy as np
import pytest

from models import Graph, mlp, node

X, Y = np.ones((5, 4)), np.zeros(5, int)
PARAMS = {"W": np.ones((4, 3)), "b": np.zeros(3)}


def own_forward(x, w, b):
    return x @ w + b, (x, w)


def own_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def affine(forward=own_forward, backward=own_backward):
    return Graph([node("s", (forward, backward), "x", ("W", "b"))], PARAMS)


def changed(function, change):
    @wraps(function)
    def faulty(*args):
        return change(*function(*args))

    return faulty


RUNS = {
    "training": lambda net, X, Y: net.loss(X, Y),
    "scores": lambda net, X, Y: net.loss(X),
    "evaluate": lambda net, X, Y: net.evaluate(X, Y),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("rows", [5, 2])  # two rows unpack without an error
@pytest.mark.parametrize(
    ("change", "got"),
    [
        (lambda out, cache: out, "an array of shape ({rows}, 3)"),
        (lambda out, cache: None, "None"),
        (lambda out, cache: (out, *cache), "a tuple of 3"),
        (lambda out, cache: (cache, out), "(a tuple of 2, an array of shape ({rows}, 3))"),
        (lambda out, cache: [out], "list"),
    ],
)
def test_a_forward_without_a_cache(run, rows, change, got):
    message = (
        "node 's': forward own_forward must return (out, cache), out an array; got {}. End it with: return out, cache"
    )
    with pytest.raises(TypeError, match=re.escape(message.format(got.format(rows=rows)))):
        run(affine(changed(own_forward, change)), X[:rows], Y[:rows])


@pytest.mark.parametrize(
    ("change", "got"),
    [
        (lambda dx, dw, db: (dw, dx, db), "3 gradients: (4, 3), (5, 4), (3,)"),
        (lambda dx, dw, db: (dx, db, dw), "3 gradients: (5, 4), (3,), (4, 3)"),
        (lambda dx, dw, db: (dx, dw), "2 gradients: (5, 4), (4, 3)"),
        (lambda dx, dw, db: (dx, dw, db, 0.0), "4 gradients: (5, 4), (4, 3), (3,), ()"),
        (lambda dx, dw, db: dw, "1 gradient: (4, 3)"),
        (lambda dx, dw, db: None, "1 gradient: None"),
        (lambda dx, dw, db: (dx, None, db), "3 gradients: (5, 4), None, (3,)"),
    ],
)
def test_the_gradients_of_a_backward(change, got):
    expected = "expected 3, in the order and of the shapes of x (5, 4), W (4, 3), b (3,)."
    with pytest.raises(
        ValueError, match=re.escape(f"node 's': backward own_backward returned {got}; {expected}") + "$"
    ):
        affine(backward=changed(own_backward, change)).loss(X, Y)


def test_a_transposed_gradient():
    net = affine(backward=changed(own_backward, lambda dx, dw, db: (dx, dw.T, db)))
    with pytest.raises(ValueError, match=re.escape("W (4, 3), b (3,). Is W transposed?")):
        net.loss(X, Y)


def test_the_first_of_several_transposed_gradients_is_named():
    def forward(x, w, v):
        return x @ (w + v), x

    def backward(dout, x):
        return None, dout.T @ x, dout.T @ x

    net = Graph([node("s", (forward, backward), "x", ("W", "V"))], {"W": PARAMS["W"], "V": PARAMS["W"]})
    with pytest.raises(ValueError, match=re.escape("V (4, 3). Is W transposed?") + "$"):
        net.loss(X, Y)


@pytest.mark.parametrize(
    ("answer", "got"),
    [
        (lambda d: None, "1 gradient: None"),
        (lambda d: (d, d), "2 gradients: (5, 6), (5, 6)"),
        (lambda d: d.sum(axis=0), "1 gradient: (6,)"),
    ],
)
def test_the_gradient_of_an_activation(answer, got):
    def squash_forward(x):
        return np.tanh(x), np.tanh(x)

    def squash_backward(dout, cache):
        return answer(dout * (1 - cache**2))

    net = mlp([4, 6, 3], activation=(squash_forward, squash_backward), rng=0)
    message = f"node 'squash1': backward squash_backward returned {got}; expected 1, in the order and of the shapes of"
    with pytest.raises(ValueError, match=re.escape(f"{message} affine1 (5, 6).")):
        net.loss(X, Y)


def test_what_nobody_reads_may_be_anything():
    for dx in (None, 0.0):  # of the batch itself
        net = affine(backward=changed(own_backward, lambda _, dw, db, dx=dx: (dx, dw, db)))
        assert (net.loss(X, Y)[1].flat == affine().loss(X, Y)[1].flat).all()


def test_later_passes_call_the_functions_themselves():
    net = affine()
    for run in (*RUNS.values(), *RUNS.values()):
        run(net, X, Y)
    (workspace,) = net._workspaces.values()
    assert workspace.forward[0].function is own_forward
    assert not workspace.backward[0].fresh


def test_a_partial_and_one_name_alone_make_a_node():
    net = Graph([node("s", (partial(own_forward), own_backward), "x", ("W", "b"))], PARAMS)
    assert net.nodes[0].layer.name == "partial"
    assert node("s", "linear", "x", "W1").params == ("W1",)
    assert node("s", (lambda x, **settings: (x, None), lambda dout, cache: dout), "x", slope=1).settings == {"slope": 1}
