"""Losses whose sums overflow while their mean does not: scores at plus and minus the largest float L, by hand."""

import numpy as np
import pytest

import layers

TYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def rows_of(dtype, first):
    """Four rows, the last three of them zeros; and L."""
    x = np.zeros((4, len(first)), dtype)
    largest = np.finfo(dtype).max
    x[0] = np.multiply(first, largest)
    return x, largest


@TYPES
@pytest.mark.parametrize("loss", [layers.softmax_loss, layers.svm_loss])
def test_a_wrong_class_by_twice_the_largest_number(loss, dtype):
    """2 L / 4: what the other rows cost is nothing beside it."""
    x, largest = rows_of(dtype, [1, -1, 0])
    found, dx = loss(x, np.array([1, 0, 0, 0]))
    assert found == largest / 2 if loss is layers.softmax_loss else found == 3 * (largest / 4)  # 2 L + L
    assert dx[0].tolist() == ([0.25, -0.25, 0] if loss is layers.softmax_loss else [0.25, -0.5, 0.25])
    assert loss(x, np.array([1, 0, 0, 0]), sample_weight=np.array([0.5, 0.5, 0.5, 0.5], dtype))[0] == found
    assert loss(x[:1], np.array([1]))[0] == np.inf


@TYPES
def test_a_class_that_is_ruled_out_costs_nothing_where_nobody_wants_it(dtype):
    x, t = np.array([[0, -np.inf, 0]], dtype), np.array([[0.5, 0, 0.5]], dtype)
    loss, dx = layers.softmax_loss(x, t)
    assert loss == pytest.approx(np.log(2), rel=1e-6)
    np.testing.assert_allclose(dx, [[0, 0, 0]], atol=1e-7)
    x, t = rows_of(dtype, [1, -1, 0])[0], layers.one_hot(np.array([1, 0, 0, 0]), 3, dtype)
    assert layers.softmax_loss(x, t)[0] == np.finfo(dtype).max / 2


@pytest.mark.parametrize(("dtype", "power", "mean"), [(np.float64, 511, 2.0**1021), (np.float32, 63, 2.0**125)])
def test_squares_whose_sum_overflows(dtype, power, mean):
    """Eight times (2^511)^2 is 2^1025, half of the mean 2^1021; weighted by equal weights, too."""
    x = np.full(8, 2.0**power, dtype)
    x[::2] *= -1
    loss, dx = layers.squared_loss(x, np.zeros(8, dtype))
    assert (loss, loss.dtype) == (mean, dtype)
    np.testing.assert_array_equal(dx, x / 8)
    assert layers.squared_loss(x, np.zeros(8, dtype), sample_weight=np.full(8, 2.0))[0] == mean
    assert layers.squared_loss(x, np.zeros(8, dtype), reduction="mean")[0] == 2 * mean
    assert layers.squared_loss(x, np.zeros(8, dtype), reduction="sum")[0] == np.inf


def test_a_single_square_beyond_single_precision():
    """(2^64)^2 / 2 / 4 = 2^125 fits, (2^64)^2 does not."""
    x = np.array([2.0**64, 0, 0, 0], np.float32)
    assert layers.squared_loss(x, np.zeros(4, np.float32))[0] == 2.0**125
    assert layers.squared_loss(np.full(4, np.inf, np.float32), np.zeros(4, np.float32))[0] == np.inf
