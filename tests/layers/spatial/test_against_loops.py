"""Convolution and pooling against loops over windows, SciPy's correlation and each other, on drawn shapes.

Small blocks are forced on most of the cases, so that images and rows of windows are cut in every way.
"""

from unittest.mock import patch

import naive
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.signal import correlate

import layers
from layers.spatial import patches

POOLS = {
    "max": (layers.max_pool2d_forward, layers.max_pool2d_backward, True),
    "average": (layers.average_pool2d_forward, layers.average_pool2d_backward, False),
}


@st.composite
def windows(draw):
    """(x, size, stride, padding, rng): images (N, C, H, W) in some layout of memory, and a window that fits."""
    size = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    stride = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    padding = draw(st.integers(0, size[0] - 1)), draw(st.integers(0, size[1] - 1))
    height = draw(st.integers(max(1, size[0] - 2 * padding[0]), 8))
    width = draw(st.one_of(st.integers(max(1, size[1] - 2 * padding[1]), 8), st.integers(20, 22)))
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 3)), height, width
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.standard_normal(shape)
    return draw(st.sampled_from(LAYOUTS))(x), size, stride, padding, rng


LAYOUTS = (
    np.ascontiguousarray,
    np.asfortranarray,
    lambda x: np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2),
    lambda x: np.ascontiguousarray(x[:, :, ::-1])[:, :, ::-1],
    lambda x: np.repeat(x, 2, axis=3)[..., ::2],
)
BYTES = st.sampled_from([1, 2000, 20_000, patches.BYTES])
MANY = st.sampled_from([1, patches.MANY])  # a row of a window in a column, or all of it


@settings(max_examples=100)
@given(windows(), st.integers(1, 3), BYTES, MANY)
def test_conv2d_is_the_loop(drawn, filters, size_of_block, many):
    x, size, stride, padding, rng = drawn
    w, b = rng.standard_normal((filters, x.shape[1], *size)), rng.standard_normal(filters)
    with patch.multiple(patches, BYTES=size_of_block, MANY=many):
        out, cache = layers.conv2d_forward(x, w, b, stride=stride, padding=padding)
        dout = rng.standard_normal(out.shape)
        found = layers.conv2d_backward(dout, cache)
        alone, without = layers.conv2d_forward(x, w, stride=stride, padding=padding)
        fewer = layers.conv2d_backward(dout, without)
    np.testing.assert_allclose(out, naive.conv2d(x, w, b, stride, padding), rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(alone + b[:, None, None], out, rtol=1e-11, atol=1e-11)
    for one, other in zip(found, naive.conv2d_gradients(dout, x, w, stride, padding), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-11)
    for one, other in zip(fewer, found[:2], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-11)


@given(windows(), BYTES, MANY)
def test_conv2d_is_scipys_correlation(drawn, size_of_block, many):
    x, size, stride, padding, rng = drawn
    w = rng.standard_normal((2, x.shape[1], *size))
    with patch.multiple(patches, BYTES=size_of_block, MANY=many):
        out, _ = layers.conv2d_forward(x, w, stride=stride, padding=padding)
    for image, maps in zip(naive.pad(x, padding), out, strict=True):
        for weight, seen in zip(w, maps, strict=True):
            wanted = correlate(image, weight, mode="valid", method="direct")[0, :: stride[0], :: stride[1]]
            np.testing.assert_allclose(seen, wanted, rtol=1e-11, atol=1e-11)


@given(windows(), BYTES, MANY)
def test_conv2d_backward_is_the_adjoint(drawn, size_of_block, many):
    """<dout, conv(x, w)> = <dx, x> = <dw, w>: the forward is linear in each."""
    x, size, stride, padding, rng = drawn
    w = rng.standard_normal((2, x.shape[1], *size))
    with patch.multiple(patches, BYTES=size_of_block, MANY=many):
        out, cache = layers.conv2d_forward(x, w, stride=stride, padding=padding)
        dout = rng.standard_normal(out.shape)
        dx, dw = layers.conv2d_backward(dout, cache)
    for inner in (np.sum(dx * x), np.sum(dw * w)):
        assert inner == pytest.approx(np.sum(dout * out), rel=1e-9, abs=1e-9)


@settings(max_examples=100)
@given(windows(), st.sampled_from(sorted(POOLS)), st.booleans())
def test_a_pool_is_the_loop_also_at_ties(drawn, name, coarse):
    x, size, stride, padding, rng = drawn
    x = np.round(x) if coarse else x  # -2 ... 2: many windows have several largest values
    forward, backward, maximum = POOLS[name]
    out, cache = forward(x, size=size, stride=stride, padding=padding)
    dout = rng.standard_normal(out.shape)
    np.testing.assert_allclose(out, naive.pool(x, size, stride, padding, maximum), rtol=1e-13, atol=1e-13)
    wanted = naive.pool_gradient(dout, x, size, stride, padding, maximum)
    np.testing.assert_allclose(backward(dout, cache), wanted, rtol=1e-12, atol=1e-13)


@given(windows())
def test_average_pooling_is_a_convolution_with_equal_weights(drawn):
    x, size, stride, padding, _ = drawn
    out, _ = layers.average_pool2d_forward(x, size=size, stride=stride, padding=padding)
    w = np.full((1, 1, *size), 1 / (size[0] * size[1]))
    each = x.reshape(-1, 1, *x.shape[2:])
    same, _ = layers.conv2d_forward(each, w, stride=stride, padding=padding)
    np.testing.assert_allclose(out, same.reshape(out.shape), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_window_as_large_as_the_image_is_an_affine_layer(dtype):
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(s).astype(dtype) for s in ((6, 3, 4, 5), (7, 3, 4, 5), 7))
    out, cache = layers.conv2d_forward(x, w, b)
    same, affine_cache = layers.affine_forward(x, w.reshape(7, -1).T, b)
    close = {"rtol": 1e-12, "atol": 1e-12} if dtype is np.float64 else {"rtol": 1e-4, "atol": 1e-5}
    np.testing.assert_allclose(out.reshape(6, 7), same, **close)
    dout = rng.standard_normal(out.shape).astype(dtype)
    dx, dw, db = layers.conv2d_backward(dout, cache)
    gradients = layers.affine_backward(dout.reshape(6, 7), affine_cache)
    for one, other in zip((dx, dw.reshape(7, -1).T, db), gradients, strict=True):
        assert one.dtype == dtype
        np.testing.assert_allclose(one, other, **close)
