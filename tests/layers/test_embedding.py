"""The embedding: rows of a table, repeated indices, indices that are none, and a net that reads words."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import gradcheck
import layers
from models import Graph, from_config, mlp, node
from solver import Solver

W = np.arange(12.0).reshape(4, 3)


@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.sampled_from([np.float16, np.float32, np.float64]))
def test_every_reading_of_a_row_adds_to_its_gradient(seed, n, dtype):
    rng = np.random.default_rng(seed)
    indices, w = rng.integers(5, size=(n, 2)), rng.standard_normal((5, 3)).astype(dtype)
    out, cache = layers.embedding_forward(indices, w)
    np.testing.assert_array_equal(out, w[indices])
    dout = rng.integers(-8, 8, out.shape).astype(dtype)  # whole numbers: any order of the sum gives the same
    wanted = np.zeros_like(w)
    np.add.at(wanted, indices, dout)
    dw = layers.embedding_backward(dout, cache)
    assert dw.dtype == dtype
    np.testing.assert_array_equal(dw, wanted)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint64])
def test_any_integers_are_indices(dtype):
    out, cache = layers.embedding_forward(np.array([[3, 0]], dtype), W)
    np.testing.assert_array_equal(out, W[[[3, 0]]])
    np.testing.assert_array_equal(layers.embedding_backward(np.ones_like(out), cache).sum(1), [3, 0, 0, 3])


@pytest.mark.parametrize("rows", [0, 1])
def test_no_indices_are_none_out_of_range(rows):
    assert layers.embedding_forward(np.empty((0, 2), int), W[:rows])[0].shape == (0, 2, 3)


@pytest.mark.parametrize(
    ("indices", "w", "error", "message"),
    [
        (np.array([[0, 4]]), W, ValueError, r"indices must be 0\.\.3 for w of 4 rows; got 0\.\.4\.$"),
        (np.array([[1, 4]]), W, ValueError, r"got 1\.\.4\. Do they start at 1\? Subtract 1\."),
        (np.array([[1, 5]]), W, ValueError, r"got 1\.\.5\.$"),
        (np.array([[0, 4]]), W, ValueError, r"got 0\.\.4\.$"),
        (np.array([[-1, 2]]), W, ValueError, r"got -1\.\.2\. A negative one would count from the end\."),
        (np.array([[0.0, 1.0]]), W, TypeError, r"integer indices; indices is float64: use indices\.astype\(int\)"),
        (np.array([[True]]), W, TypeError, r"integer indices; indices is bool"),
        ([[0, 1]], W, TypeError, r"integer indices; indices is a list: use np\.asarray\(indices\)"),
        (np.array([[0, 1]]), W.astype(int), TypeError, r"takes floating w, which is int64"),
        (np.array([[0, 1]]), W[0], ValueError, r"takes indices \(N, T\), w \(V, D\); got \(1, 2\), \(3,\)"),
        (np.array(1), W, ValueError, r"takes indices \(N, T\), w \(V, D\); got \(\), \(4, 3\)"),
    ],
)
def test_what_is_no_index_is_said(indices, w, error, message):
    with pytest.raises(error, match=message):
        layers.embedding_forward(indices, w)


def sentences(dtype=np.float64, vocabulary=10):
    """A net on three words of a vocabulary, and labels that the first word decides."""
    rng = np.random.default_rng(0)
    X = rng.integers(vocabulary, size=(200, 3))
    nodes = [
        node("words", "embedding", "x", "E"),
        node("hidden", "affine_relu", "words", ("W1", "b1")),
        node("scores", "affine", "hidden", ("W2", "b2")),
    ]
    params = {"E": rng.normal(0, 0.5, (vocabulary, 4)), "W1": rng.normal(0, 0.3, (12, 16)), "b1": np.zeros(16)}
    params |= {"W2": rng.normal(0, 0.3, (16, 2)), "b2": np.zeros(2)}
    return Graph(nodes, params, dtype=dtype), X, (2 * X[:, 0] >= vocabulary).astype(int)


def test_a_net_reads_integers_and_its_gradients_are_right():
    net, X, y = sentences()
    assert gradcheck.model(net, X[:7], y[:7]).ok
    first, again = net.loss(X, y), net.loss(X, y, out=net.params.like())
    np.testing.assert_array_equal(first[1].flat, again[1].flat)
    rebuilt = from_config(net.config(), net.params)
    np.testing.assert_array_equal(rebuilt.loss(X), net.loss(X))


def test_a_net_of_words_learns():
    net, X, y = sentences(np.float32)
    data = {"X_train": X[:150], "y_train": y[:150], "X_val": X[150:], "y_val": y[150:]}
    solver = Solver(net, data, update_rule="adam", batch_size=25, num_epochs=30, optim_config={"learning_rate": 0.02},
                    verbose=False)  # fmt: skip
    solver.train()
    assert net.accuracy(X[150:], y[150:]) > 0.95


def test_a_net_of_words_refuses_fractions_and_scales():
    net, X, y = sentences()
    with pytest.raises(ValueError, match=r"input_scale is 255; expected 1: this net takes indices into a table"):
        Graph(net.nodes, net.params, input_scale=255)
    with pytest.raises(TypeError, match=r"integer indices; indices is float64"):
        net.loss(X / 2, y)


def test_a_large_vocabulary_is_no_matter_of_scale():
    """No warning, which would be an error here: indices are names, not sizes."""
    net, X, y = sentences(vocabulary=5000)
    data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    assert np.isfinite(Solver(net, data, num_epochs=1, verbose=False).train().loss_history).all()


def test_a_net_of_numbers_still_converts_integers():
    assert mlp([3, 2], rng=0).loss(np.ones((4, 3), int)).dtype == np.float64
