"""The prepared calls of a graph: buffers are reused where that is safe, and only there; copies share nothing."""

import copy
import pickle

import numpy as np
import pytest

from layers import affine_backward, affine_forward
from layers.registry import Layer
from models import Graph, mlp, node
from models.graph import SHAPES
from models.propagation import _is_free_of

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((6, 4)), RNG.integers(0, 3, 6)


def settled(model: Graph) -> Graph:
    """Past the passes that allocate."""
    for _ in range(3):
        model.loss(X, Y)
    return model


def test_relu_works_in_the_buffer_of_its_affine_and_changes_no_bit():
    model, fresh = settled(mlp([4, 5, 3], rng=0)), mlp([4, 5, 3], rng=0)
    calls = {call.name: call for call in model._workspaces[X.shape].forward}
    assert calls["relu1"].settings["out"] is calls["affine1"].settings["out"]
    for one, other in zip(model.loss(X, Y)[1].values(), fresh.loss(X, Y)[1].values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_values_shows_every_node_as_it_was():
    model = settled(mlp([4, 5, 3], rng=0))
    values = model.values(X)
    np.testing.assert_array_equal(values["affine1"], X @ model.params["W1"] + model.params["b1"])
    np.testing.assert_array_equal(values["relu1"], np.maximum(values["affine1"], 0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_have_memory_of_their_own_and_a_batch_that_fits_is_not_copied(dtype):
    model = mlp([4, 5, 3], rng=0, dtype=dtype)
    values = model.values(X)
    kept = {name: value.copy() for name, value in values.items()}
    assert (values["x"] is X) == (dtype == np.float64)
    model.values(-X)
    model.loss(-X, Y)
    for name, value in values.items():
        np.testing.assert_array_equal(value, kept[name])


def mirror_forward(x, *, out=None):
    """Column by column, so that an input under the same memory would be half overwritten when it is read."""
    out = np.empty_like(x) if out is None else out
    for i in range(x.shape[1]):
        out[:, i] = x[:, -1 - i]
    return out, None


def mirror_backward(dout, cache, *, out=None, need_dx=True):
    return mirror_forward(dout, out=out)[0]


@pytest.mark.parametrize("later", [False, True])
def test_only_an_activation_may_be_told_to_work_in_place(later):
    """A pair of one's own takes `out=` without promising anything of an input in the same memory."""
    end = [node("t", "tanh", "m")] if later else []
    nodes = [node("a", "linear", "x", ("W",)), node("m", (mirror_forward, mirror_backward), "a"), *end]
    model = Graph(nodes, {"W": np.arange(12.0).reshape(4, 3)})
    mirrored = X @ np.arange(12.0).reshape(4, 3)[:, ::-1]
    (loss, first), wanted = model.loss(X, Y), np.tanh(mirrored) if later else mirrored
    for _ in range(3):
        again, grads = model.loss(X, Y)
        assert again == loss
        np.testing.assert_array_equal(grads.flat, first.flat)
        np.testing.assert_allclose(model.loss(X), wanted, rtol=1e-12)


def square_forward(x, *, out=None):
    return np.multiply(x, x, out=out), x  # it needs its input again


def square_backward(dout, cache, *, out=None, need_dx=True):
    return np.multiply(dout, 2 * cache, out=out)


square = Layer("square", "activation", square_forward, square_backward, lambda rng, n: (), ("x",))


def remembering_forward(x, w, b, *, out=None):
    value, cache = affine_forward(x, w, b, out=out)
    return value, (cache, value)


def remembering_backward(dout, cache, *, out=None, need_dx=True):
    (x, w, b), value = cache
    remembering_backward.seen = value.copy()
    return affine_backward(dout, (x, w, b), out=out, need_dx=need_dx)


W1, W2 = RNG.standard_normal((4, 5)), RNG.standard_normal((5, 3))
PARAMS = {"W1": W1, "b1": np.full(5, -0.1), "W2": W2, "b2": np.zeros(3)}


def test_an_activation_that_keeps_its_input_is_not_given_that_memory():
    nodes = [node("a", "affine", "x", ("W1", "b1")), node("s", square, "a"), node("o", "affine", "s", ("W2", "b2"))]
    model = Graph(nodes, PARAMS)
    first = {name: g.copy() for name, g in model.loss(X, Y)[1].items()}
    for name, gradient in settled(model).loss(X, Y)[1].items():
        np.testing.assert_array_equal(gradient, first[name])


def test_the_memory_of_a_layer_that_keeps_its_output_is_not_written_over():
    pair = (remembering_forward, remembering_backward)
    nodes = [node("a", pair, "x", ("W1", "b1")), node("r", "relu", "a"), node("o", "affine", "r", ("W2", "b2"))]
    settled(Graph(nodes, PARAMS))
    np.testing.assert_array_equal(remembering_backward.seen, X @ PARAMS["W1"] + PARAMS["b1"])


def test_a_value_with_a_second_reader_is_not_written_over():
    nodes = [node("a", "affine", "x", ("W1", "b1")), node("r", "relu", "a"), node("s", "add", ("r", "a")),
             node("o", "affine", "s", ("W2", "b2"))]  # fmt: skip
    model = Graph(nodes, PARAMS)
    first = model.loss(X, Y)[0]
    assert settled(model).loss(X, Y)[0] == first


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_trains_by_itself(copied):
    model = settled(mlp([4, 5, 3], rng=0))
    loss, twin = model.loss(X, Y)[0], copied(model)
    twin.params.flat += 1
    assert model.loss(X, Y)[0] == loss
    assert twin.loss(X, Y)[0] == mlp_loss(twin)
    assert twin.loss(X, Y)[0] != loss


def mlp_loss(model: Graph) -> float:
    fresh = mlp([4, 5, 3], rng=1)
    fresh.params = dict(model.params)
    return fresh.loss(X, Y)[0]


def test_the_gradients_of_the_first_pass_are_the_buffers_of_the_later_ones():
    given, returned = [], []

    def backward(dout, cache, *, out=None, need_dx=True):
        given.append(out)
        returned.append(square_backward(dout, cache, out=out))
        return returned[-1]

    nodes = [node("a", "linear", "x", ("W",)), node("s", (square_forward, backward), "a")]
    settled(Graph(nodes, {"W": W1[:, :3]}))
    assert given[0] is None
    assert all(out is returned[0] for out in (*given[1:], *returned))


def larger_forward(x, y):
    return np.maximum(x, y), x >= y


def larger_backward(dout, left, *, out=None):
    """Spares the products where x is larger throughout, and then returns `dout` itself."""
    if left.all():
        return dout, np.zeros_like(dout)
    dx, dy = out or (None, None)
    return np.multiply(dout, left, out=dx), np.multiply(dout, ~left, out=dy)


def test_a_gradient_that_is_dout_itself_is_not_kept_as_a_buffer():
    """It would be written over in a later pass while `dout` in the same memory is still to be read."""
    nodes = [
        node("a", "affine", "x", ("W", "b")),
        node("c", "affine", "x", ("V", "d")),
        node("larger", (larger_forward, larger_backward), ("a", "c")),
        node("twice", "add", ("larger", "larger")),  # its two gradients are summed in memory that is kept
    ]
    params = {"W": W1[:, :3], "b": np.full(3, 50.0), "V": W2[:4], "d": np.zeros(3)}
    model = Graph(nodes, params)
    model.loss(X, Y)  # here x is larger throughout
    model.params["b"] = np.zeros(3)
    fresh = Graph(nodes, {**params, "b": np.zeros(3)})
    np.testing.assert_array_equal(model.loss(X, Y)[1].flat, fresh.loss(X, Y)[1].flat)


def test_many_shapes_do_not_pile_up():
    model = mlp([4, 5, 3], rng=0)
    for rows in range(1, 3 * SHAPES):
        model.loss(X[:1].repeat(rows, axis=0), Y[:1].repeat(rows))
    assert len(model._workspaces) == SHAPES


def test_a_backward_with_a_gradient_too_few_is_named():
    pair = (affine_forward, lambda dout, cache: affine_backward(dout, cache)[:2])
    layer = Layer("short", "linear", *pair, lambda rng, n: (), ("x", "w", "b"))
    model = Graph([node("a", layer, "x", ("W2", "b2"))], {name: PARAMS[name] for name in ("W2", "b2")})
    with pytest.raises(ValueError, match=r"node 'a': backward <lambda> returned 2 gradients: .* expected 3, in"):
        model.loss(RNG.standard_normal((6, 5)), Y)


def test_only_caches_that_surely_hold_no_view_are_free():
    value = np.arange(6.0)
    for cache in (None, 3, 0.5, np.float32(1), value.copy(), (value.copy(), [None, 1]), ()):
        assert _is_free_of(value, cache)
    for cache in (value, value[2:], (1, [value[:1]]), {"x": 1}, object(), "x", lambda: value):
        assert not _is_free_of(value, cache)
