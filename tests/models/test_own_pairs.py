"""Pairs of one's own in every graph and role: the same losses and gradients, to the bit, as the registered layers.

They may take `out=` or not, `need_dx=` or not, fill the buffers or return arrays of their own, as tuple or as list.
"""

import inspect
from functools import partial

import numpy as np
import pytest
from sample_graphs import GRAPHS, LABELS, X

from models import Graph, mlp, node


def named(layer, forward, backward, *, out=False):
    """The pair with a signature, from which a graph reads what a function takes."""
    names = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in layer.args]
    keyword = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)
    forward.__signature__ = inspect.Signature([*names, keyword] if out else names)
    return forward, backward


def plain(layer):
    """As a learner writes it: no keywords of the graph's at all."""
    return named(layer, lambda *args: layer.forward(*args), lambda dout, cache: layer.backward(dout, cache))


def filling(layer):
    """Takes `out=` in both directions, and computes every gradient always."""
    return named(
        layer,
        lambda *args, out=None: layer.forward(*args, out=out),
        lambda dout, cache, out=None: layer.backward(dout, cache, out=out),
        out=True,
    )


def deaf(layer):
    """Takes `out=` and returns arrays of its own all the same."""
    return named(
        layer,
        lambda *args, out=None: layer.forward(*args),
        lambda dout, cache, out=None: layer.backward(dout, cache),
        out=True,
    )


def frugal(layer):
    """No `out=`, but leaves out the gradient that nobody wants."""
    return named(
        layer,
        lambda *args: layer.forward(*args),
        lambda dout, cache, need_dx=True: layer.backward(dout, cache, need_dx=need_dx),
    )


def listing(layer):
    """A list of gradients, and (out, cache) as a list too."""

    def backward(dout, cache):
        found = layer.backward(dout, cache)
        return list(found) if isinstance(found, tuple) else [found]

    return named(layer, lambda *args: list(layer.forward(*args)), backward)


def remembering(layer):
    """Returns the same gradient arrays in each pass, which the graph must not take for the caller's."""
    kept = {}

    def backward(dout, cache):
        found = layer.backward(dout, cache)
        arrays = found if isinstance(found, tuple) else (found,)
        for i, array in enumerate(arrays):
            kept.setdefault((i, array.shape), np.empty_like(array))[...] = array
        answer = tuple(kept[i, array.shape] for i, array in enumerate(arrays))
        return answer if isinstance(found, tuple) else answer[0]

    return named(layer, lambda *args: layer.forward(*args), backward)


KEPT = ({}, {"dropout": 0.4}, {"noise": 0.3}, {"batch_norm": True}, {"dropout": 0.4, "noise": 0.3, "batch_norm": True})
WAYS = (plain, filling, deaf, frugal, listing, remembering)
SOME = {"all": lambda i: True, "even": lambda i: i % 2 == 0, "odd": lambda i: i % 2 == 1}


def with_pairs(graph: Graph, way, chosen) -> Graph:
    """The graph with the chosen of its registered layers made pairs, in the dtype of the graph."""
    nodes = []
    for i, n in enumerate(graph.nodes):
        layer, settings = n.layer, n.settings
        if chosen(i) and layer.kind != "custom":  # a pair of one's own has its settings within
            layer, settings = way(layer._replace(forward=partial(layer.forward, **settings))), {}
        nodes.append(node(n.name, layer, n.inputs, n.params, **settings))
    return Graph(nodes, graph.params, reg=graph.reg, l1=graph.l1, dtype=graph.dtype)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("some", SOME)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", [name for name in GRAPHS if name != "batch normalisation"])
def test_the_bits_of_the_registered_layers(name, way, some, dtype):
    """Three passes, since later ones run in the buffers of the first, then another size and the first again."""
    graph = GRAPHS[name]().astype(dtype)
    own = with_pairs(graph, way, SOME[some])
    buffer = own.params.like()
    for rows in (slice(None), slice(None, None, -1), slice(None), slice(2), slice(None)):
        x, y = X[rows], LABELS[rows]
        loss, grads = graph.loss(x, y)
        found, fresh = own.loss(x, y)
        buffer.flat[:] = np.nan
        again, filled = own.loss(x, y, out=buffer)
        assert loss == found == again
        assert filled is buffer
        for key, gradient in grads.items():
            assert gradient.any()
            assert fresh[key].dtype == dtype
            np.testing.assert_array_equal(fresh[key], gradient, key)
            np.testing.assert_array_equal(filled[key], gradient, key)
        np.testing.assert_array_equal(own.loss(x), graph.loss(x))
        assert own.evaluate(x, y) == graph.evaluate(x, y)


def own_layer(layer, *, out):
    """A Layer of one's own that draws noise and has statistics as `layer` does, with and without `out=`."""

    def forward(*args, **settings):
        return layer.forward(*args, **settings)

    def backward(dout, cache, need_dx=True, **buffers):
        return layer.backward(dout, cache, need_dx=need_dx, **buffers)

    keywords = [name for name in inspect.signature(layer.forward).parameters if name not in (*layer.args, "out")]
    for function, given, more in ((forward, layer.args, keywords), (backward, ("dout", "cache"), ["need_dx"])):
        names = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in given]
        options = [*more, "out"] if out else more
        names += [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name in options]
        function.__signature__ = inspect.Signature(names)
    return layer._replace(name=f"own {layer.name}", kind="custom", forward=forward, backward=backward)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("out", [False, True])
@pytest.mark.parametrize("kept", KEPT, ids=str)
def test_noise_and_running_statistics_of_own_layers(kept, out, dtype):
    """The same masks from the same generator, and the same statistics, in first and later passes and in evaluation."""
    model = mlp([4, 5, 3], activation="tanh", rng=0, dtype=dtype, **kept)
    nodes = [node(n.name, own_layer(n.layer, out=out), n.inputs, n.params, **n.settings) for n in model.nodes]
    own = Graph(nodes, model.params, dtype=dtype)
    assert own.noisy == model.noisy
    start = {name: array.copy() for name, array in model.state.items()}
    for seed, rows in enumerate((slice(None), slice(None, None, -1), slice(3), slice(None))):
        x, y = X[rows], LABELS[rows]
        (loss, grads), (found, own_grads) = (net.loss(x, y, rng=seed) for net in (model, own))
        assert found == loss
        np.testing.assert_array_equal(own_grads.flat, grads.flat)
        np.testing.assert_array_equal(own.loss(x), model.loss(x))
        assert own.evaluate(x, y) == model.evaluate(x, y)
    assert own.state.keys() == model.state.keys()
    for name, array in model.state.items():
        assert not np.array_equal(array, start[name])
        np.testing.assert_array_equal(own.state[name], array)


def test_a_gradient_that_is_left_out_does_not_end_the_others():
    """The first input reaches no parameter, so that its gradient may be None; that of the second still counts."""
    params = {"W": X[:4], "V": X[:4, :3]}

    def forward(x, y):
        return x + y, None

    def backward(dout, cache):
        return None, dout

    graphs = [
        Graph([node("a", "linear", "x", ("W",)), node("t", "tanh", "x"), node("sum", layer, ("t", "a")),
               node("s", "linear", "sum", ("V",))], params)
        for layer in ("add", (forward, backward))
    ]  # fmt: skip
    for _ in range(3):
        (_, wanted), (_, found) = (graph.loss(X, LABELS) for graph in graphs)
        np.testing.assert_array_equal(found.flat, wanted.flat)
        assert found["W"].any()


def test_what_a_pair_takes_is_read_from_its_signature():
    """Arguments by position are inputs and parameters; a keyword and `*rest` are neither."""

    def by_position(x, w, /, *, scale=1.0):
        return scale * (x @ w), (x, w, scale)

    def with_rest(x, w, *rest, scale=1.0, **more):
        assert not rest
        return scale * (x @ w), (x, w, scale)

    def backward(dout, cache):
        x, w, scale = cache
        return scale * (dout @ w.T), scale * (x.T @ dout)

    wanted = Graph([node("s", "linear", "x", ("W",))], {"W": 2 * X[:4]}).loss(X)
    for forward in (by_position, with_rest):
        one = node("s", (forward, backward), "x", ("W",), scale=2.0)
        assert one.layer.args == ("x", "w")
        np.testing.assert_allclose(Graph([one], {"W": X[:4]}).loss(X), wanted, rtol=1e-12)
