"""The course's names for convolution and pooling, against loops and the checker."""

import naive
import numpy as np
import pytest

import gradcheck
from layers import course

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((3, 2, 7, 6)), RNG.standard_normal((4, 2, 3, 3)), RNG.standard_normal(4)
CONV, POOL = {"stride": 2, "pad": 1}, {"pool_height": 2, "pool_width": 3, "stride": 2}


def test_the_dicts_are_stride_and_padding_of_both_axes():
    out, cache = course.conv_forward(X, W, B, CONV)
    np.testing.assert_allclose(out, naive.conv2d(X, W, B, (2, 2), (1, 1)), rtol=1e-12, atol=1e-12)
    dout = RNG.standard_normal(out.shape)
    wanted = naive.conv2d_gradients(dout, X, W, (2, 2), (1, 1))
    for one, other in zip(course.conv_backward(dout, cache), wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
    out, cache = course.max_pool_forward(X, POOL)
    np.testing.assert_array_equal(out, naive.pool(X, (2, 3), (2, 2), (0, 0), True))
    dout = RNG.standard_normal(out.shape)
    wanted = naive.pool_gradient(dout, X, (2, 3), (2, 2), (0, 0), True)
    np.testing.assert_allclose(course.max_pool_backward(dout, cache), wanted, rtol=1e-12)


@pytest.mark.parametrize("pair", ["conv_relu", "conv_relu_pool"])
def test_a_sandwich_has_the_gradients_of_its_forward(pair):
    settings = (CONV,) if pair == "conv_relu" else ({"stride": 1, "pad": 1}, POOL)
    forward, backward = getattr(course, f"{pair}_forward"), getattr(course, f"{pair}_backward")
    report = gradcheck.layer(lambda x, w, b: forward(x, w, b, *settings), backward, X, W, B)
    assert report.ok, str(report)
    out, _ = forward(X, W, B, *settings)
    alone, _ = course.conv_forward(X, W, B, settings[0])
    alone = np.maximum(alone, 0)
    np.testing.assert_array_equal(out, alone if pair == "conv_relu" else course.max_pool_forward(alone, POOL)[0])


@pytest.mark.parametrize("name", ["conv_forward", "conv_backward", "max_pool_forward", "max_pool_backward"])
def test_naive_and_fast_are_the_same(name):
    assert getattr(course, f"{name}_naive") is getattr(course, f"{name}_fast") is getattr(course, name)


def test_a_key_that_is_missing_is_named():
    with pytest.raises(KeyError, match="conv_param has no 'pad'; it takes stride, pad"):
        course.conv_forward(X, W, B, {"stride": 1})
    with pytest.raises(KeyError, match="pool_param has no 'pool_width', 'stride'"):
        course.max_pool_forward(X, {"pool_height": 2})
