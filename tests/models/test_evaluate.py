"""Evaluation: in blocks as in one piece, without noise, without gradients, and with accuracies that mean something."""

import re

import numpy as np
import pytest

import layers
from models import Graph, accuracy, mlp, node
from models.graph import BLOCK

RNG = np.random.default_rng(0)
MANY = 2 * BLOCK + 345
X, LABELS = RNG.standard_normal((MANY, 6)), RNG.integers(3, size=MANY)


@pytest.mark.parametrize("loss", ["softmax", "svm", "squared", "logistic"])
def test_blocks_add_up_to_the_whole(loss):
    net = mlp([6, 5, 3], loss=loss, reg=0.1, rng=0)
    scores, layer = net.loss(X), net.loss_layer
    y = LABELS if "labels" in layer.targets else layers.one_hot(LABELS, 3)
    data_loss, right = net.evaluate(X, LABELS)
    assert data_loss == pytest.approx(float(layer.forward(scores, y)[0]), rel=1e-12)
    assert right == np.mean(scores.argmax(1) == LABELS) == net.accuracy(X, LABELS) == accuracy(scores, LABELS)
    np.testing.assert_array_equal(net.predict(X), scores.argmax(1))
    assert net.loss(X, LABELS)[0] > data_loss  # the penalty is not part of it
    if "one_hot" in layer.targets:
        assert net.evaluate(X, layers.one_hot(LABELS, 3))[1] == right


@pytest.mark.parametrize("reduction", ["half_mean", "mean", "half_sum", "sum"])
def test_sums_are_summed_over_blocks_and_means_are_averaged(reduction):
    net = mlp([6, 2], loss="squared", reduction=reduction, rng=0)
    y = RNG.standard_normal((MANY, 2))
    wanted = layers.squared_loss(net.loss(X), y, reduction=reduction)[0]
    assert net.evaluate(X, y)[0] == pytest.approx(wanted, rel=1e-12)
    assert net.loss(X, y)[0] == pytest.approx(wanted, rel=1e-12)


def test_evaluation_repeats_and_changes_nothing():
    net = Graph(
        [
            node("noisy", "gaussian_noise", "x", std=0.5),
            node("a", "affine", "noisy", ("W", "b")),
            node("norm", "batch_norm", "a", ("gamma", "beta")),
            node("s", "dropout", "norm", keep=0.5),
        ],
        {"W": RNG.standard_normal((6, 3)), "b": np.zeros(3), "gamma": np.ones(3), "beta": np.zeros(3)},
    )
    rng = np.random.default_rng(1)
    net.loss(X, LABELS, rng=rng)
    state = {name: array.copy() for name, array in net.state.items()}
    before, first = rng.bit_generator.state, net.evaluate(X, LABELS)
    assert net.evaluate(X, LABELS) == first
    np.testing.assert_array_equal(net.loss(X), net.loss(X))
    assert rng.bit_generator.state == before
    for name, array in state.items():
        np.testing.assert_array_equal(net.state[name], array)


def test_evaluation_asks_for_no_gradient():
    """Neither the backward of a layer nor the gradient of the loss is computed."""

    def no_backward(*args, **keywords):
        raise RuntimeError("backward was called")

    asked = []

    def loss(x, y, *, need_dx=True, out=None):
        asked.append(need_dx)
        return layers.softmax_loss(x, y, need_dx=need_dx)

    net = Graph(
        [node("s", (lambda x, w: (x @ w, None), no_backward), "x", ("W",))],
        {"W": np.ones((6, 3))},
        loss=layers.get("softmax_loss")._replace(forward=loss),
    )
    net.evaluate(X, LABELS)
    assert asked == [False] * 3


def test_rows_must_agree_also_where_blocks_would_hide_it():
    """y may be longer than X by whole blocks, or X end where y goes on."""
    net = mlp([6, 3], rng=0)
    for rows in (1, BLOCK, MANY - 1):
        for call in (net.evaluate, net.accuracy):
            with pytest.raises(ValueError, match=f"X has {rows} rows but y has {MANY}"):
                call(X[:rows], LABELS)
    with pytest.raises(ValueError, match="X has 2345 rows but y has 0"):
        net.evaluate(X, 3)


def test_one_column_of_scores_is_measured_by_its_sign_or_by_r2():
    """The argmax of a single column is always 0: an accuracy of it would look like a number and mean nothing."""
    net, yes = mlp([6, 4, 1], loss="logistic", rng=0), LABELS > 1
    by_sign = np.mean((net.loss(X)[:, 0] > 0) == yes)
    for y in (yes, yes[:, None], yes.astype(int), np.where(yes, 1, -1), np.where(yes, 1.0, -1.0)[:, None]):
        data_loss, right = net.evaluate(X, y)
        assert right == by_sign == net.accuracy(X, y)
        assert data_loss == net.evaluate(X, yes.astype(float)[:, None])[0]
    net, real = mlp([6, 4, 1], loss="squared", rng=0), RNG.standard_normal(MANY)
    share = 1 - np.sum((net.loss(X)[:, 0] - real) ** 2) / np.sum((real - real.mean()) ** 2)
    assert net.evaluate(X, real) == net.evaluate(X, real[:, None])
    assert net.evaluate(X, real)[1] == pytest.approx(share, rel=1e-12)
    np.testing.assert_array_equal(net.predict(X), net.loss(X)[:, 0])


def test_accuracy_takes_labels_and_one_hot_rows():
    scores = np.array([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0], [5.0, 5.0]])  # a tie goes to the first
    assert accuracy(scores, np.array([1, 0, 0, 0])) == 0.75
    assert accuracy(scores, layers.one_hot(np.array([1, 0, 0, 0]), 2)) == 0.75
    assert accuracy(scores.tolist(), [1, 0, 0, 1]) == 0.5


def test_lists_and_integers_are_taken_too():
    net = mlp([2, 3], rng=0)
    assert net.loss([[1, 2]], [0])[0] == net.loss(np.array([[1.0, 2.0]]), np.array([0]))[0]
    assert net.evaluate([[1, 2], [3, 4]], [0, 1]) == net.evaluate(np.array([[1.0, 2], [3, 4]]), np.array([0, 1]))


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_labels_become_rows_where_the_loss_takes_rows(loss, classes):
    net, y = mlp([6, classes], loss=loss, rng=0), LABELS[:50] % classes
    rows = layers.one_hot(y, classes)
    assert net.loss(X[:50], y)[0] == net.loss(X[:50], rows)[0]
    assert net.evaluate(X[:50], y) == net.evaluate(X[:50], rows)


@pytest.mark.parametrize(
    ("w", "said"),
    [
        ([0, 0, 0], "sample_weight is 0 for every row, so there is nothing to measure: give some row a weight."),
        (1.0, "sample_weight must have one number for each of the 3 rows; got shape ()."),
        ([1, 1, 1, 1], "sample_weight must have one number for each of the 3 rows; got shape (4,)."),
        ([1, -1, 2], "sample_weight must be finite and at least 0; row 1 holds -1."),
    ],
)
@pytest.mark.parametrize("loss", ["softmax", "squared"])
def test_weights_that_weigh_no_rows(w, said, loss):
    net = mlp([6, 2], loss=loss, rng=0)
    y = np.ones((3, 2)) if loss == "squared" else [0, 1, 1]
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        net.evaluate(X[:3], y, sample_weight=w)
