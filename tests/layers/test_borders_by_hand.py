"""Where an answer or hint turns into another, on both sides: what errors suggest, tiles of pooling, single places."""

import re

import numpy as np
import pytest

import layers
from layers.spatial.pooling import tiles
from layers.spatial.window import looks_like_channels_last, window


@pytest.mark.parametrize(
    ("sides", "size", "stride", "padding", "wanted"),
    [
        ((6, 9), (2, 3), (2, 3), 0, True),
        ((2, 3), (2, 3), (2, 3), 0, True),
        ((7, 9), (2, 3), (2, 3), 0, False),  # a row is left over
        ((6, 10), (2, 3), (2, 3), 0, False),  # a column
        ((6, 11), (2, 3), (2, 3), 0, False),
        ((6, 9), (2, 3), (2, 2), 0, False),  # windows overlap
        ((6, 9), (2, 3), (3, 3), 0, False),  # rows are passed over
        ((6, 9), (2, 3), (2, 3), (1, 0), False),
        ((6, 9), (2, 3), (2, 3), (0, 1), False),
    ],
)
def test_windows_are_tiles_where_each_value_lies_in_one(sides, size, stride, padding, wanted):
    assert tiles((5, 4, *sides), window("max_pool2d", size, stride, padding)) is wanted


@pytest.mark.parametrize(
    ("sides", "wanted"),
    [((28, 28, 1), True), ((5, 5, 4), True), ((5, 5, 5), False), ((4, 5, 4), False), ((5, 4, 4), False)],
)
def test_four_channels_behind_sides_of_five_are_the_border_of_a_guess(sides, wanted):
    assert looks_like_channels_last(np.empty((2, *sides))) is wanted


@pytest.mark.parametrize("forward", [layers.max_pool2d_forward, layers.average_pool2d_forward])
def test_windows_of_one_row_one_column_or_one_value(forward):
    x = np.array([[[[1.0, 5.0], [3.0, 7.0]]]])
    larger = forward is layers.max_pool2d_forward
    assert forward(x, size=1)[0].tolist() == x.tolist()
    assert forward(x, size=(1, 2))[0].tolist() == ([[[[5], [7]]]] if larger else [[[[3], [5]]]])
    assert forward(x, size=(2, 1))[0].tolist() == ([[[[3, 7]]]] if larger else [[[[2, 6]]]])


def conv(w, b=None):
    return layers.conv2d_forward(np.ones((2, 3, 8, 9)), np.ones(w), None if b is None else np.ones(b))


LAST = " Is w of layout KH x KW x C x F? Use w.transpose(3, 2, 0, 1)."


@pytest.mark.parametrize(
    ("w", "b", "message"),
    [
        ((4, 3, 3, 2), (2,), f"w (4, 3, 3, 2), b (2,).{LAST}"),
        ((4, 3, 3, 3), (2,), "w (4, 3, 3, 3), b (2,)."),  # of no axis
        ((4, 3, 3, 1), (2,), "w (4, 3, 3, 1), b (2,)."),
        ((4, 3, 2, 2), (2,), "w (4, 3, 2, 2), b (2,)."),  # then w had two channels
        ((4, 3, 4, 2), (2,), "w (4, 3, 4, 2), b (2,)."),
        ((4, 2, 1, 1), None, "w (4, 2, 1, 1): x has 3 channels, w takes 2."),
        ((2, 2, 1, 1), None, "w (2, 2, 1, 1): x has 3 channels, w takes 2."),
        ((2, 2, 2, 4), None, "w (2, 2, 2, 4): x has 3 channels, w takes 2."),
        ((2, 2, 4, 2), None, "w (2, 2, 4, 2): x has 3 channels, w takes 2."),
        ((2, 9, 4, 2), None, "w (2, 9, 4, 2): x has 3 channels, w takes 9. Is this N x H x W x C? Use x.transpose(0, 3,"
                             " 1, 2)."),
    ],
)  # fmt: skip
def test_a_layout_of_filters_is_guessed_where_its_numbers_fit(w, b, message):
    with pytest.raises(ValueError, match=re.escape(message) + "$"):
        conv(w, b)


@pytest.mark.parametrize(
    ("x", "gamma", "beta", "hint"),
    [
        ((5, 4), (1, 4), (1, 4), "Use gamma[0] and beta[0]."),
        ((5, 4), (1, 3), (1, 3), "The last axes of x, the features, must have the shape of gamma and of beta."),
        ((5, 4), (1, 5), (1, 5), "The last axes of x, the features, must have the shape of gamma and of beta."),
        ((5, 4), (), (), "The last axes of x, the features, must have the shape of gamma and of beta."),
        ((5, 4), (2, 5, 4), (2, 5, 4), "The last axes of x, the features, must have the shape of gamma and of beta."),
        ((5, 4), (5, 4), (5, 4), "The last axes of x, the features, must have the shape of gamma and of beta."),
        ((5,), (5,), (5,), "One row alone is x[None]."),
        ((4,), (5,), (5,), "The last axes of x, the features, must have the shape of gamma and of beta."),
        ((5,), (4,), (4,), "The last axes of x, the features, must have the shape of gamma and of beta."),
        ((5, 4), (5,), (4,), "The last axes of x, the features, must have the shape of gamma and of beta."),
        ((5, 4), (5,), (5,), "gamma has an entry for each row: it scales features, as many as x.shape[-1]."),
    ],
)
def test_what_is_wrong_with_a_gamma(x, gamma, beta, hint):
    with pytest.raises(ValueError, match=re.escape(f"got {x}, {gamma}, {beta}. {hint}") + "$"):
        layers.layer_norm_forward(np.ones(x), np.ones(gamma), np.ones(beta))


@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        ((5, 1), " Are these labels? Use y.ravel()."),
        ((5, 2), ""),
        ((5, 0), ""),
        ((5,), ""),
        ((5, 1, 1), ""),
        ((5, 4, 1), " Reshape y to (5, 4)."),
        ((5, 2, 2), " Reshape y to (5, 4)."),
    ],
)
def test_what_is_wrong_with_targets(shape, hint):
    with pytest.raises(ValueError, match=re.escape(f"takes y of the shape of x, (5, 4); got {shape}.{hint}") + "$"):
        layers.squared_loss(np.ones((5, 4)), np.ones(shape))


def test_one_column_is_reshaped_rather_than_taken_for_labels():
    with pytest.raises(ValueError, match=re.escape("(5,); got (5, 1). Reshape y to (5,).") + "$"):
        layers.squared_loss(np.ones(5), np.ones((5, 1)))


def test_rows_are_flat_already():
    out, cache = layers.flatten_forward(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert out.tolist() == [[1, 2], [3, 4]]
    assert cache == (2, 2)


@pytest.mark.parametrize(("y", "zeros"), [([-1.0, -1.0], True), ([-1.0, 1.0], False), ([0.0, 0.0], True)])
def test_targets_of_minus_one_alone_are_zeros(y, zeros):
    x = np.array([0.0, np.log(3)])
    wanted = (np.log(2) + np.log(4)) / 2 if zeros else (np.log(2) + np.log(4 / 3)) / 2
    assert layers.logistic_loss(x, np.array(y))[0] == pytest.approx(wanted)


@pytest.mark.parametrize("y", [[-0.5, 1.0], [-1.0, 0.5], [0.0, 1.5], [-1.0, 2.0], [-1.0, 0.0]])
def test_targets_beyond_a_yes_or_no(y):
    with pytest.raises(ValueError, match=re.escape(f"got values {y[0]}..{y[1]}.")):
        layers.logistic_loss(np.zeros(2), np.array(y))


def test_a_maximum_may_be_written_into_the_images_it_is_taken_of():
    """x = [1 2; 3 4], windows of one row, into the first column's memory: the backward still sees the x of the call."""
    x = np.array([1.0, 2, 3, 4]).reshape(1, 1, 2, 2)
    y, cache = layers.max_pool2d_forward(x, size=(1, 2), out=x[:, :, :, :1])
    np.testing.assert_array_equal(y.ravel(), [2, 4])
    dx = layers.max_pool2d_backward(np.array([10.0, 20]).reshape(1, 1, 2, 1), cache)
    np.testing.assert_array_equal(dx.reshape(2, 2), [[0, 10], [0, 20]])
