"""Layers and losses at their edges, by hand: labels that are none, half precision, shared memory, single rows."""

import math
import re

import numpy as np
import pytest

import layers
from layers.activations import gelu
from layers.arrays import check_labels, check_same_shape
from layers.losses.softmax_loss import softmax_target_row
from layers.norms.batch_norm import batch_norm_stats
from layers.spatial.window import check_upstream, window


@pytest.mark.parametrize(
    ("y", "rows", "message"),
    [
        (np.zeros((5, 3)), None, "got shape (5, 3): use y.argmax(1)."),
        (np.zeros((5, 1), int), None, "got shape (5, 1): use y.ravel()."),
        (np.zeros((5, 0), int), None, "got shape (5, 0); expected (5,)."),
        (np.zeros((5, 2), int), None, "got shape (5, 2); expected (5,)."),
        (np.zeros((5, 1, 1), int), None, "got shape (5, 1, 1); expected (5,)."),
        (np.zeros((5, 3, 3), int), None, "got shape (5, 3, 3); expected (5,)."),
        (np.array(1), None, "got shape (); expected (N,)."),
        (np.array([0, 3]), None, "got values 0..3."),
        (np.array([1, 3]), None, "got values 1..3 (minimum 1). Subtract 1?"),
        (np.array([1, 4]), None, "got values 1..4 (minimum 1)."),
        (np.array([2, 3]), None, "got values 2..3 (minimum 2)."),
        (np.array([-1, 3]), None, "got values -1..3 (minimum -1)."),
        (np.array([-1, 2], np.int8), None, "got values -1..2 (minimum -1)."),
        (np.array([0.0, 1.0]), None, "got float64: use y.astype(int)."),
        (np.array([0, 1]), 3, "x has 3 rows but y has 2."),
        (np.array([0.0, 1.0]), 3, "x has 3 rows but y has 2."),
    ],
)
def test_labels_that_are_none_of_three_classes(y, rows, message):
    with pytest.raises(ValueError, match=re.escape(message) + "$"):
        check_labels(y, 3, rows=rows)


@pytest.mark.parametrize("y", [np.array([0, 2]), np.array([], int), np.array([2, 1], np.uint8)])
def test_labels_are_handed_back_as_they_are(y):
    assert check_labels(y, 3) is y
    assert check_labels(y, 3, rows=len(y)) is y


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ((), (5,), "loss takes y of the shape of x, (); got (5,)."),
        ((5,), (), "loss takes y of the shape of x, (5,); got ()."),
        ((1,), (), "loss takes y of the shape of x, (1,); got (). Reshape y to (1,)."),
        ((5, 2), (4, 2), "x has 5 rows but y has 4."),
        ((5, 2), (4, 1), "x has 5 rows but y has 4."),
    ],
)
def test_numbers_without_rows_have_none_to_count(x, y, message):
    with pytest.raises(ValueError, match="^" + re.escape(message) + "$"):
        check_same_shape(np.zeros(x), np.zeros(y), "loss")


@pytest.mark.parametrize("loss", [layers.softmax_loss, layers.offset_softmax_loss])
def test_targets_of_three_axes_are_no_labels(loss):
    with pytest.raises(ValueError, match=re.escape("y must be integers 0..2 for 3 classes; got shape (5, 3, 1)")):
        loss(np.zeros((5, 3)), np.zeros((5, 3, 1)))


def test_one_class_alone_is_certain():
    loss, dx = layers.softmax_loss(np.array([[3.0], [-7.0]]), np.array([0, 0]), sample_weight=np.array([1.0, 2.0]))
    assert (loss, dx.tolist()) == (0, [[0], [0]])


def test_a_target_that_is_no_number_ends_in_the_loss():
    assert np.isnan(layers.logistic_loss(np.zeros(2), np.array([np.nan, 1.0]))[0])
    with pytest.raises(ValueError, match=r"got values -2\.0\.\.1\.0\."):
        layers.logistic_loss(np.zeros(2), np.array([-2.0, 1.0]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_two_wrong_classes_of_a_row_by_more_than_the_largest_number(dtype):
    """x = 0.75 L (1, -1, -1), both of the last wanted: (1.5 L + 1.5 L) / 4, the other rows want nothing."""
    largest = np.finfo(dtype).max
    x, t = np.zeros((4, 3), dtype), np.zeros((4, 3), dtype)
    x[0], t[0] = largest * np.array([0.75, -0.75, -0.75], dtype), (0, 1, 1)
    assert layers.softmax_loss(x, t)[0] == 0.75 * largest


def test_a_negative_target_counts_beside_a_class_that_is_ruled_out():
    """p = (1/4, 3/4, 0) and t = (-1/2, 3/2, 0)."""
    x, t = np.array([[0, np.log(3), -np.inf]]), np.array([[-0.5, 1.5, 0]])
    assert layers.softmax_loss(x, t)[0] == pytest.approx(-0.5 * np.log(4) + 1.5 * np.log(4 / 3))


@pytest.mark.parametrize("part", range(9, 16))
def test_an_overflowing_loss_has_all_its_digits(part):
    """A wrong class by 2 a, in one of two rows: a, and not a figure beside it."""
    a = np.finfo(np.float64).max / 16 * part
    assert layers.softmax_loss(np.array([[a, -a], [1000, 0]]), np.array([1, 0]))[0] == a


@pytest.mark.parametrize(("rows", "unbiased"), [([3.0], 0), ([1.0, 3.0], 2), ([1.0, 3.0, 5.0], 4)])
def test_the_variance_of_one_feature_is_unbiased_for_the_running_statistics(rows, unbiased):
    """(1 + 1) / 1 and (4 + 0 + 4) / 2; a single row has none."""
    _, cache = layers.batch_norm_forward(np.array(rows)[:, None], np.ones(1), np.zeros(1))
    mean, var = batch_norm_stats(cache)
    assert (mean.tolist(), var.tolist()) == ([np.mean(rows)], [pytest.approx(unbiased)])


def test_no_features_have_no_statistics():
    _, cache = layers.batch_norm_forward(np.ones((3, 0)), np.ones(0), np.zeros(0))
    assert [one.shape for one in batch_norm_stats(cache)] == [(0,), (0,)]


@pytest.mark.parametrize("draw", [layers.dropout_forward, layers.gaussian_noise_forward])
def test_noise_keeps_the_type_of_its_input(draw):
    for dtype in (np.float16, np.float32, np.float64, np.complex64):
        assert draw(np.ones((2, 3), dtype), rng=0)[0].dtype == dtype


def test_a_mean_may_be_written_into_the_images_it_is_taken_of():
    """(1 + 2 + 6) / 3, into the memory of the 6."""
    x = np.array([1.0, 2, 6]).reshape(1, 1, 1, 3)
    out, _ = layers.average_pool2d_forward(x, size=(1, 3), out=x[..., 2:])
    assert out.tolist() == [[[[3]]]]
    assert x.ravel().tolist() == [1, 2, 3]

@pytest.mark.parametrize(
    ("gamma", "beta", "hint"),
    [
        ((4, 1), (1, 4), " Use gamma.ravel() and beta.ravel()."),
        ((1, 4, 1, 1), (4, 1), " Use gamma.ravel() and beta.ravel()."),
        ((4, 1), (4, 2), ""),
        ((1, 6), (1, 6), ""),
        ((1, 3), (1, 3), ""),
        ((6,), (6,), " Is this N x H x W x C? Use x.transpose(0, 3, 1, 2)."),
        ((5,), (5,), ""),
        ((4,), (6,), ""),
        ((6,), (4,), ""),
    ],
)
def test_a_gamma_for_something_else_than_the_channels(gamma, beta, hint):
    told = f"x (N, C, H, W), gamma, beta (C,); got (2, 4, 5, 6), {gamma}, {beta}.{hint}"
    with pytest.raises(ValueError, match=re.escape(told) + "$"):
        layers.spatial_batch_norm_forward(np.ones((2, 4, 5, 6)), np.ones(gamma), np.ones(beta))


@pytest.mark.parametrize("shape", [(1, 0, -1), (1, 3, -1), (1, 1, 0), (-2, 1, -1), (1, 3, 1), (-1, -1, 1)])
def test_rows_of_four_pixels_are_no_such_image(shape):
    with pytest.raises(ValueError, match=r"got x \(2, 4\), 4 numbers each\.$"):
        layers.image_forward(np.ones((2, 4)), shape=shape)
    assert layers.image_forward(np.ones((2, 4)), shape=(1, 2, -1))[0].shape == (2, 1, 2, 2)


@pytest.mark.parametrize("channels", [1, 64])
def test_a_convolution_is_summed_in_the_type_of_its_inputs_whatever_the_buffer(channels):
    """2^24 + 1 + 1: in single precision each 1 would be lost. With 64 channels the rows of a window are products."""
    x, w = np.zeros((1, channels, 3, 16)), np.ones((1, channels, 3, 1))
    x[0, 0] = np.array([2.0**24, 1, 1])[:, None]
    out = np.empty((1, 1, 1, 16), np.float32)
    assert layers.conv2d_forward(x, w, out=out)[0] is out
    np.testing.assert_array_equal(out, 2**24 + 2)


@pytest.mark.parametrize(("x", "power"), [(-9.65, None), (-9.8, 80), (-39.5, 80), (-2.0, None), (2.0, None)])
def test_the_sigmoid_of_an_approximate_gelu_is_held_above_exp_minus_80(x, power):
    """Its argument is 79.5 at -9.65, 82.8 at -9.8."""
    share = 1 / (1 + math.exp(power or -1.5957691216057308 * (x + 0.044715 * x**3)))
    slope = share + x * share * (1 - share) * 1.5957691216057308 * (1 + 0.134145 * x**2)
    assert gelu.gelu_value(x, 1.0) == pytest.approx(x * share, rel=1e-12, abs=0)
    assert gelu.gelu_slope(x, 1.0) == pytest.approx(slope, rel=1e-12, abs=0)
    out, cache = layers.gelu_forward(np.array([x]), approximate=True)
    assert out[0] == pytest.approx(x * share, rel=1e-12, abs=0)
    assert layers.gelu_backward(np.ones(1), cache)[0] == pytest.approx(slope, rel=1e-12, abs=0)


@pytest.mark.parametrize("x", [-40.0, -40.5, -50.0, -1e300, -math.inf])
def test_an_approximate_gelu_is_no_further_off_than_minus_40(x):
    value = -40 / (1 + math.exp(80))
    slope = (1 - 40 * 1.5957691216057308 * (1 + 0.134145 * 1600)) / (1 + math.exp(80))
    assert gelu.gelu_value(x, 1.0) == pytest.approx(value, rel=1e-12, abs=0)
    assert gelu.gelu_slope(x, 1.0) == pytest.approx(slope, rel=1e-12, abs=0)
    out, cache = layers.gelu_forward(np.array([x]), approximate=True)
    assert out[0] == pytest.approx(value, rel=1e-12, abs=0)
    assert layers.gelu_backward(np.ones(1), cache)[0] == pytest.approx(slope, rel=1e-12, abs=0)


def test_the_sigmoid_of_an_approximate_gelu_has_room_for_a_half_float():
    """exp is held at an e-th of 65504, the largest one; the true value at -5 is less by far."""
    assert layers.gelu_forward(np.array([-5], np.float16), approximate=True)[0][0] == pytest.approx(
        -5 * math.e / 65504, rel=0.02
    )


@pytest.mark.parametrize("approximate", [False, True])
def test_a_gelu_in_place_has_the_gradient_of_what_it_was_given(approximate):
    given = np.array([-1.0, 0.5, 2])
    x = given.copy()
    _, cache = layers.gelu_forward(x, approximate=approximate, out=x)
    _, apart = layers.gelu_forward(given, approximate=approximate)
    np.testing.assert_array_equal(layers.gelu_backward(np.ones(3), cache), layers.gelu_backward(np.ones(3), apart))


@pytest.mark.parametrize("padding", [(3, 0), (4, 0), (0, 2), (0, 3), (2, 2)])
def test_padding_reaches_no_window(padding):
    with pytest.raises(ValueError, match=re.escape(f"padding of conv2d is {padding} for a window of 3 x 2; expected")):
        window("conv2d", (3, 2), 1, padding)
    assert window("conv2d", (3, 2), 1, (2, 1)).padding == (2, 1)


@pytest.mark.parametrize("shape", [(2, 3), (2, 1), (1, 2), (3, 2), (2,), (2, 2, 1)])
def test_an_upstream_gradient_has_the_shape_of_the_output(shape):
    with pytest.raises(ValueError, match=re.escape(f"dout has shape {shape}; expected that of the output, (2, 2)")):
        check_upstream(np.zeros(shape), (2, 2))


def test_a_class_without_a_target_may_be_ruled_out():
    """Scores 0, log 3 and -inf: probabilities 1/4, 3/4 and 0."""
    dx = np.empty(3)
    loss = softmax_target_row(np.array([0.0, np.log(3), -np.inf]), np.array([1.0, 0.0, 0.0]), dx)
    assert loss == pytest.approx(np.log(4))
    assert dx == pytest.approx([-3 / 4, 3 / 4, 0])
