"""Weights of rows in a loss: by hand, against repeated rows, against finite differences; and what is refused."""

import numpy as np
import pytest

import layers
from layers import get, registered
from models import mlp

RNG = np.random.default_rng(0)
LOSSES = list(registered("loss"))


def drawn(name, n=5):
    return get(name).inputs(np.random.default_rng(1), n)


def test_by_hand():
    x, y = np.array([[0.0, 0.0], [np.log(3), 0.0]]), np.array([0, 1])
    loss, dx = layers.softmax_loss(x, y, sample_weight=np.array([1.0, 3.0]))
    assert loss == pytest.approx((1 * np.log(2) + 3 * np.log(4)) / 4)
    np.testing.assert_allclose(dx, [[-0.5 / 4, 0.5 / 4], [0.75 * 3 / 4, -0.75 * 3 / 4]])
    loss, dx = layers.squared_loss(np.array([1.0, 2.0]), np.array([0.0, 0.0]), sample_weight=np.array([2.0, 6.0]))
    assert loss == pytest.approx(0.5 * (2 * 1 + 6 * 4) / 8)
    np.testing.assert_allclose(dx, [2 * 1 / 8, 6 * 2 / 8])
    loss, dx = layers.squared_loss(
        np.array([1.0, 2.0]), np.array([0.0, 0.0]), reduction="sum", sample_weight=np.array([2.0, 6.0])
    )
    assert loss == 26  # a sum is not divided
    np.testing.assert_allclose(dx, [4, 24])


def test_soft_targets_by_hand():
    """Rows of weights 1 and 3 over 4: p = (1/2, 1/2) and (3/4, 1/4), of which the second row wants 2 in all."""
    x, t, w = np.array([[0.0, 0.0], [np.log(3), 0.0]]), np.array([[0.25, 0.75], [0.5, 1.5]]), np.array([1.0, 3.0])
    loss, dx = layers.softmax_loss(x, t, sample_weight=w)
    assert loss == pytest.approx((np.log(2) + 3 * (0.5 * np.log(4 / 3) + 1.5 * np.log(4))) / 4)
    np.testing.assert_allclose(dx, [[0.25 / 4, -0.25 / 4], [3 / 4, -3 / 4]])
    loss, dx = layers.softmax_loss(x, t)
    assert loss == pytest.approx((np.log(2) + 0.5 * np.log(4 / 3) + 1.5 * np.log(4)) / 2)
    np.testing.assert_allclose(dx, [[0.25 / 2, -0.25 / 2], [1 / 2, -1 / 2]])


@pytest.mark.parametrize("name", LOSSES)
def test_a_weight_of_three_is_a_row_three_times_and_of_zero_none(name):
    x, y = drawn(name)
    times = np.array([1, 3, 0, 1, 2])
    for settings in get(name).settings:
        loss, dx = get(name).forward(x, y, sample_weight=times.astype(float), **settings)
        many = np.repeat(np.arange(5), times)
        wanted, each = get(name).forward(x[many], y[many], **settings)
        assert loss == pytest.approx(wanted, rel=1e-12)
        summed = np.array([each[many == row].sum(axis=0) for row in range(5)])
        np.testing.assert_allclose(dx, summed, rtol=1e-12, atol=1e-15)
        assert get(name).forward(x, y, sample_weight=times, need_dx=False, **settings)[1] is None


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_that_of_the_weighted_loss(name):
    x, y = drawn(name)
    w, h = np.array([0.5, 2.0, 1.0, 0.0, 3.0]), 1e-6
    _, dx = get(name).forward(x, y, sample_weight=w)
    for at in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[at] += h
        down[at] -= h
        slope = (get(name).forward(up, y, sample_weight=w)[0] - get(name).forward(down, y, sample_weight=w)[0]) / (
            2 * h
        )
        assert dx[at] == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize("name", LOSSES)
def test_dtype_out_and_equal_weights(name):
    x, y = drawn(name)
    x32 = x.astype(np.float32)
    room = np.empty_like(x32)
    loss, dx = get(name).forward(
        x32, y.astype(np.float32) if y.dtype.kind == "f" else y, sample_weight=np.ones(5), out=room
    )
    assert loss.dtype == dx.dtype == np.float32
    assert dx is room or dx.base is not None
    same, wanted = get(name).forward(x, y, sample_weight=np.full(5, 7.0)), get(name).forward(x, y)
    if "reduction" not in get(name).settings[-1]:
        np.testing.assert_allclose(same[1], wanted[1], rtol=1e-12)
    assert get(name).forward(x, y, sample_weight=np.zeros(5))[0] == 0  # nothing counts
    assert not np.any(get(name).forward(x, y, sample_weight=np.zeros(5))[1])


def test_weights_that_are_none():
    x, y = drawn("softmax_loss")
    for w, message in (
        (np.ones(4), "one number for each of the 5 rows; got shape"),
        (np.ones((5, 1)), "got shape"),
        ([1, 1, -1, 1, 1], "at least 0; row 2 holds -1"),
        ([1, np.nan, 1, 1, 1], "row 1 holds nan"),
    ):
        with pytest.raises(ValueError, match=message):
            layers.softmax_loss(x, y, sample_weight=w)


def test_logistic_targets_of_plus_and_minus_one_are_those_of_one_and_zero():
    x, y = RNG.standard_normal(6), np.array([1, 0, 0, 1, 1, 0])
    wanted = layers.logistic_loss(x, y.astype(float))
    for targets in (2 * y - 1, 2.0 * y - 1, y, y.astype(bool)):
        loss, dx = layers.logistic_loss(x, targets)
        assert loss == wanted[0]
        np.testing.assert_array_equal(dx, wanted[1])
    for bad in (np.array([0, 1, 2, 0, 1, 1]), np.array([-1.0, 0.0, 1.0, 1.0, 1.0, 1.0]), np.full(6, 255.0)):
        with pytest.raises(ValueError, match=r"takes targets from 0 to 1, or -1 and \+1; got values"):
            layers.logistic_loss(x, bad)


def test_a_net_passes_weights_to_its_loss_and_leaves_penalties_alone():
    X, y, w = RNG.standard_normal((6, 4)), np.array([0, 1, 2, 0, 1, 2]), np.array([1.0, 0, 2, 1, 1, 4])
    net = mlp([4, 3], reg=0.1, rng=0)
    many = np.repeat(np.arange(6), w.astype(int))
    (loss, grads), (wanted, same) = net.loss(X, y, sample_weight=w), net.loss(X[many], y[many])
    assert loss == pytest.approx(wanted, rel=1e-12)
    np.testing.assert_allclose(grads["W1"], same["W1"], rtol=1e-10)
    np.testing.assert_allclose(net.evaluate(X, y, sample_weight=w), net.evaluate(X[many], y[many]), rtol=1e-12)
    own = get("softmax_loss")._replace(name="mine", forward=lambda x, y: layers.softmax_loss(x, y))
    with pytest.raises(ValueError, match="mine takes no sample_weight"):
        mlp([4, 3], loss=own, rng=0).loss(X, y, sample_weight=w)


def test_weights_of_classes_by_hand():
    y = np.array([0, 0, 0, 2, 2, 1])
    np.testing.assert_allclose(layers.class_weights(y, "balanced"), [2 / 3, 2 / 3, 2 / 3, 1, 1, 2])
    np.testing.assert_array_equal(layers.class_weights(y, {2: 5}), [1, 1, 1, 5, 5, 1])
    np.testing.assert_array_equal(layers.class_weights(layers.one_hot(y, 4), {3: 5, 1: 0}), [1, 1, 1, 1, 1, 0])
    np.testing.assert_array_equal(layers.class_weights(np.array([[-1.0], [1.0]]), {-1: 3}), [3, 1])
    np.testing.assert_array_equal(layers.class_weights(np.array([True, False]), {1: 3}), [3, 1])
    np.testing.assert_array_equal(layers.class_weights(y, None), np.ones(6))
    with pytest.raises(ValueError, match=r"names the class 7, which no row has. The classes are 0, 1, 2\."):
        layers.class_weights(y, {7: 1.0})
    x = np.zeros((6, 3))
    loss, _ = layers.softmax_loss(x, y, sample_weight=layers.class_weights(y, "balanced"))
    assert loss == pytest.approx(np.log(3))
