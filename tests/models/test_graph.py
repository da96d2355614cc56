"""Graph: chains, branches, skips, shared weights and values, functions of one's own, against numeric gradients."""

import numeric
import numpy as np
import pytest
from sample_graphs import GRAPHS, LABELS, SQUARE, X, weights

import layers
from layers import Layer
from models import Graph, node


@pytest.mark.parametrize("make", GRAPHS.values(), ids=GRAPHS)
def test_gradient(make):
    """Twice, since the second pass runs in the buffers of the first."""
    model = make()
    numeric.check(model, X, LABELS)
    numeric.check(model, X[::-1], LABELS)


@pytest.mark.parametrize("make", GRAPHS.values(), ids=GRAPHS)
def test_fresh_gradients_and_gradients_in_a_buffer(make):
    """`out=` receives the same bits and is returned; without it every call has memory of its own."""
    model = make()
    loss, grads = model.loss(X, LABELS)
    kept = grads.flat.copy()
    buffer = model.params.like()
    buffer.flat[:] = np.nan
    again, written = model.loss(X, LABELS, out=buffer)
    assert written is buffer
    assert again == loss
    np.testing.assert_array_equal(buffer.flat, kept)
    _, fresh = model.loss(X[::-1], LABELS)
    assert not np.shares_memory(fresh.flat, grads.flat)
    np.testing.assert_array_equal(grads.flat, kept)
    assert list(grads) == list(model.params)


@pytest.mark.parametrize("make", GRAPHS.values(), ids=GRAPHS)
def test_scores_have_memory_of_their_own(make):
    model = make()
    model.loss(X, LABELS)
    model.loss(X, LABELS)
    spoilt, scores = model.loss(X), model.loss(X)
    kept = scores.copy()
    spoilt[:] = 0
    np.testing.assert_array_equal(model.loss(X), kept)
    model.loss(X[::-1])
    model.loss(X[::-1], LABELS)
    model.evaluate(X[::-1], LABELS)
    np.testing.assert_array_equal(scores, kept)


@pytest.mark.parametrize("make", GRAPHS.values(), ids=GRAPHS)
def test_nothing_handed_in_is_written(make):
    model = make()
    own, labels = X.copy(), LABELS.copy()
    own.flags.writeable = labels.flags.writeable = False
    before = model.params.flat.copy()
    model.params.flat.flags.writeable = False
    for _ in range(2):
        model.loss(own, labels)
        model.loss(own)
        model.evaluate(own, labels)
    np.testing.assert_array_equal(model.params.flat, before)


def test_batches_of_other_sizes_in_turn():
    """Buffers belong to one shape of X: after any order of sizes each result equals that of a fresh model."""
    used = GRAPHS["skip"]()
    for n in (6, 2, 6, 1, 3, 2):
        for _ in range(2):
            loss, grads = used.loss(X[:n], LABELS[:n])
            fresh_loss, fresh = GRAPHS["skip"]().loss(X[:n], LABELS[:n])
            assert loss == fresh_loss
            np.testing.assert_array_equal(grads.flat, fresh.flat)


def test_shapes_of_equal_rows_do_not_share_buffers():
    """A column and a matrix with as many rows: a buffer of the one must not be broadcast into by the other."""
    model = Graph([node("s", "tanh", "x")], {}, loss="squared")
    for shape in ((5, 3), (5, 1), (5, 3)):
        x = np.ones(shape, np.float32)
        assert model.loss(x, np.zeros(shape))[0] == pytest.approx(0.5 * shape[1] * np.tanh(1) ** 2, rel=1e-6)
        assert model.evaluate(x, np.zeros(shape))[0] == pytest.approx(0.5 * shape[1] * np.tanh(1) ** 2, rel=1e-6)


def test_inputs_of_any_trailing_shape():
    model = GRAPHS["chain"]()
    images = X.reshape(6, 2, 2)
    loss, grads = model.loss(images, LABELS)
    flat_loss, flat_grads = model.loss(X, LABELS)
    assert loss == flat_loss
    np.testing.assert_array_equal(grads.flat, flat_grads.flat)
    np.testing.assert_array_equal(model.loss(images), model.loss(X))
    assert model.evaluate(images, LABELS) == model.evaluate(X, LABELS)
    np.testing.assert_array_equal(model.predict(images), model.predict(X))


def test_values_by_name():
    values = GRAPHS["chain"]().values(X)
    assert list(values) == ["x", "a", "h", "s"]
    np.testing.assert_array_equal(values["h"], np.tanh(values["a"]))


def test_the_penalty_counts_matrices_once_and_vectors_never():
    plain, penalised = GRAPHS["shared weights"](), GRAPHS["penalties and shared weights"]()
    w, v, b = (plain.params[name] for name in ("W", "V", "b"))
    squares, sizes = np.sum(w**2) + np.sum(v**2), np.sum(np.abs(w)) + np.sum(np.abs(v))
    loss, grads = plain.loss(X, LABELS)
    more, more_grads = penalised.loss(X, LABELS)
    assert more - loss == pytest.approx(0.5 * 0.3 * squares + 0.05 * sizes, rel=1e-12)
    np.testing.assert_allclose(more_grads["W"] - grads["W"], 0.3 * w + 0.05 * np.sign(w), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(more_grads["b"], grads["b"])
    assert b.any()
    assert penalised.evaluate(X, LABELS)[0] == pytest.approx(loss, rel=1e-12)


@pytest.mark.parametrize("loss", ["softmax", "softmax_loss", "svm", "squared", "logistic", layers.get("svm_loss")])
def test_losses_by_name_or_value(loss):
    model = Graph([node("s", "affine", "x", ("W", "b"))], weights(W=(4, 3), b=(3,)), loss=loss)
    numeric.check(model, X, LABELS)


def test_loss_settings_reach_the_loss():
    params = weights(W=(4, 3), b=(3,))
    wide, narrow = (
        Graph([node("s", "affine", "x", ("W", "b"))], params, loss="svm", loss_settings={"margin": m}) for m in (2, 0.5)
    )
    scores = X @ params["W"] + params["b"]
    assert wide.loss(X, LABELS)[0] == pytest.approx(layers.svm_loss(scores, LABELS, margin=2)[0], rel=1e-12)
    assert wide.loss(X, LABELS)[0] > narrow.loss(X, LABELS)[0]
    assert wide.evaluate(X, LABELS)[0] == pytest.approx(wide.loss(X, LABELS)[0], rel=1e-12)


def test_node_settings_reach_the_layer():
    model = Graph(
        [node("a", "linear", "x", ("W",)), node("s", "leaky_relu", "a", slope=0.5)], {"W": SQUARE}, loss="squared"
    )
    a = X @ SQUARE
    np.testing.assert_allclose(model.loss(X), np.where(a > 0, a, 0.5 * a), rtol=1e-12)
    numeric.check(model, X, np.zeros((6, 4)))


def test_float32_stays_float32_through_training_steps():
    """With float64 inputs, targets and penalties of any kind: parameters, gradients and scores keep their dtype."""
    for name, make in GRAPHS.items():
        wide = make()
        model = Graph(wide.nodes, wide.params, reg=np.float64(0.1), l1=np.float64(0.01), dtype=np.float32)
        for _ in range(3):
            _, grads = model.loss(X, LABELS)
            assert grads.flat.dtype == np.float32, name
            for key in model.params:
                model.params[key] = model.params[key] - 1e-2 * grads[key]
        assert model.params.flat.dtype == model.dtype == np.float32
        assert all(value.dtype == np.float32 for value in model.values(X).values()), name
        assert all(array.dtype == np.float32 for array in model.state.values())


def test_gradient_descent_fits_the_batch():
    model = GRAPHS["branches that meet twice"]()
    start = model.loss(X, LABELS)[0]
    for _ in range(300):
        _, grads = model.loss(X, LABELS)
        model.params.flat -= 0.2 * grads.flat
    assert model.loss(X, LABELS)[0] < 0.05 < start
    assert model.accuracy(X, LABELS) == 1


def test_a_registered_layer_and_its_pair_of_functions_are_the_same():
    params = weights(W=(4, 3), b=(3,))
    named = Graph([node("s", "affine", "x", ("W", "b"))], params)
    paired = Graph([node("s", (layers.affine_forward, layers.affine_backward), "x", ("W", "b"))], params)
    assert named.config() == paired.config()
    assert isinstance(paired.nodes[0].layer, Layer)
