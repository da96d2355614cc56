"""What reaches the layers of images from outside: shapes, settings, buffers, memory; and what no window sees."""

import re
import tracemalloc
from unittest.mock import patch

import numpy as np
import pytest

import layers
from layers.spatial import patches

X, W, B = np.ones((2, 3, 8, 9)), np.ones((4, 3, 3, 3)), np.ones(4)
POOLS = (layers.max_pool2d_forward, layers.average_pool2d_forward)


def conv(x=X, w=W, b=B, **settings):
    return layers.conv2d_forward(x, w, b, **settings)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conv(np.ones((5, 784))), "x (5, 784), a row for each example: reshape with x.reshape(-1, 1, 28, 28)"),
        (lambda: conv(np.ones((5, 3072))), "reshape with x.reshape(-1, 3, 32, 32)"),
        (lambda: conv(np.ones((5, 7))), "reshape with x.reshape(-1, C, H, W)"),
        (lambda: conv(np.ones((5, 28, 28))), "Images of one channel are x[:, None], one image alone is x[None]"),
        (lambda: conv(np.ones(28)), "takes images x (N, C, H, W); got x (28,)."),
        (lambda: conv(X.transpose(0, 2, 3, 1)), "Is this N x H x W x C? Use x.transpose(0, 3, 1, 2)"),
        (lambda: conv(w=W.transpose(2, 3, 1, 0)), "Is w of layout KH x KW x C x F? Use w.transpose(3, 2, 0, 1)"),
        (lambda: conv(w=np.ones((4, 5, 6, 3))), "Is w of layout F x KH x KW x C? Use w.transpose(0, 3, 1, 2)"),
        (lambda: conv(w=np.ones((3, 4, 2, 2))), "Is w of layout C x F x KH x KW? Use w.transpose(1, 0, 2, 3)"),
        (lambda: conv(w=np.ones((2, 2, 3, 4))), "Is w of layout KH x KW x C x F? Use w.transpose(3, 2, 0, 1)"),
        (lambda: conv(w=np.ones((4, 2, 1, 1))), "x has 3 channels, w takes 2."),
        (lambda: conv(w=np.ones((4, 27))), "w (F, C, KH, KW), b (F,); got x (2, 3, 8, 9), w (4, 27)."),
        (lambda: conv(w=np.ones((4, 3))), "w (F, C, KH, KW), b (F,); got x (2, 3, 8, 9), w (4, 3)."),
        (lambda: conv(w=W[..., None]), "got x (2, 3, 8, 9), w (4, 3, 3, 3, 1)."),
        (lambda: conv(w=np.ones((0, 3, 2, 2))), "w (0, 3, 2, 2), which holds nothing."),
        (lambda: conv(b=np.ones(3)), "w (4, 3, 3, 3), b (3,)."),
        (lambda: conv(w=np.ones((4, 3, 9, 3))), "of conv2d, 9 x 3, does not fit images of 8 x 9 (x (2, 3, 8, 9))"),
        (lambda: conv(np.ones((1, 3, 1, 9)), w=np.ones((4, 3, 4, 3)), padding=(1, 0)), "of 1 x 9 with padding 1 x 0"),
        (lambda: conv(padding=3), "padding of conv2d is 3 for a window of 3 x 3; expected less than the window"),
        (lambda: conv(padding=(0, 3)), "padding of conv2d is (0, 3) for a window of 3 x 3"),
        (lambda: conv(w=np.ones((4, 3, 2, 4)), padding=(2, 1)), "padding of conv2d is (2, 1) for a window of 2 x 4"),
        (lambda: conv(w=np.ones((4, 3, 4, 2)), padding=(1, 2)), "padding of conv2d is (1, 2) for a window of 4 x 2"),
        (lambda: conv(stride=0), "stride of conv2d is 0; expected a whole number of at least 1, or a pair"),
        (lambda: conv(stride=1.5), "stride of conv2d is 1.5; expected a whole number"),
        (lambda: conv(stride=True), "stride of conv2d is True; expected a whole number"),
        (lambda: conv(stride=(1, 2, 3)), "stride of conv2d is (1, 2, 3); expected a whole number"),
        (lambda: conv(padding=-1), "padding of conv2d is -1; expected a whole number of at least 0"),
        (lambda: conv(padding="same"), "padding of conv2d is 'same'; expected a whole number"),
        (lambda: conv(out=np.empty((2, 4, 6, 6))), "out has shape (2, 4, 6, 6); expected (2, 4, 6, 7)"),
        (lambda: layers.flatten_forward(np.ones(3)), "takes x (N, d1, ..., dk), one example on each row; got x (3,)"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


@pytest.mark.parametrize("forward", POOLS)
def test_what_does_not_fit_a_pool_is_said(forward):
    name = forward.__name__.removesuffix("_forward")
    for x, settings, message in (
        (np.ones((5, 784)), {}, f"{name} takes images x (N, C, H, W); got x (5, 784)"),
        (np.ones((5, 28, 28, 1)), {}, "Is this N x H x W x C? Use x.transpose(0, 3, 1, 2)."),
        (X, {"size": (2, 10)}, f"the window of {name}, 2 x 10, does not fit images of 8 x 9"),
        (X, {"size": 0}, f"size of {name} is 0; expected a whole number of at least 1"),
        (X, {"padding": 2}, f"padding of {name} is 2 for a window of 2 x 2; expected less than the window"),
        (X, {"stride": 0.5}, f"stride of {name} is 0.5"),
        (X, {"out": np.empty((2, 3, 4, 5))}, "out has shape (2, 3, 4, 5); expected (2, 3, 4, 4)"),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            forward(x, **settings)


def test_weights_of_integers_are_refused():
    with pytest.raises(TypeError, match=re.escape("takes floating w, which is int64: use w.astype(float)")):
        conv(w=np.ones((4, 3, 3, 3), np.int64))


@pytest.mark.parametrize("name", ["conv2d", "max_pool2d", "average_pool2d", "flatten"])
def test_an_upstream_gradient_of_another_shape_is_refused(name):
    layer = layers.get(name)
    out, cache = layer.forward(*layer.inputs(np.random.default_rng(0), 5))
    with pytest.raises(ValueError, match=re.escape(f"expected that of the output, {out.shape}")):
        layer.backward(out[:1], cache)


@pytest.mark.parametrize("out", [None, np.empty((2, 4, 6, 7))])
def test_the_cache_of_a_convolution_holds_its_arguments_themselves(out):
    assert conv(out=out)[1][0] is X
    assert conv(out=out)[1][1] is W


def test_padding_is_less_than_the_window_along_its_own_axis():
    assert conv(w=np.ones((4, 3, 2, 4)), padding=(1, 3))[0].shape == (2, 4, 9, 12)
    assert conv(w=np.ones((4, 3, 4, 2)), padding=(3, 1))[0].shape == (2, 4, 11, 10)


@pytest.mark.parametrize("n", [1, 4, 5, 100])
def test_channels_are_seen_last_for_any_number_of_images(n):
    with pytest.raises(ValueError, match=re.escape("Is this N x H x W x C?")):
        layers.max_pool2d_forward(np.ones((n, 28, 28, 1)), size=2)
    with pytest.raises(ValueError, match=re.escape("does not fit images of 1 x 1")) as error:
        layers.max_pool2d_forward(np.ones((n, 28, 1, 1)), size=2)
    assert "H x W x C" not in str(error.value)


def test_numpys_integers_and_lists_are_settings_too():
    out, _ = conv(stride=[np.int64(2), np.int32(1)], padding=np.int8(1))
    np.testing.assert_array_equal(out, conv(stride=(2, 1), padding=(1, 1))[0])


def test_what_no_window_sees_has_no_gradient():
    """Stride 3 over 8 x 9 with windows of 2 x 2: every third row and column, and the last, are passed over."""
    seen = np.zeros((8, 9), bool)
    seen[np.ix_([0, 1, 3, 4, 6, 7], [0, 1, 3, 4, 6, 7])] = True
    x = np.random.default_rng(0).standard_normal(X.shape)
    out, cache = layers.conv2d_forward(x, np.ones((4, 3, 2, 2)), stride=3)
    dx = layers.conv2d_backward(np.ones_like(out), cache, out=(np.full(x.shape, np.nan), None))[0]
    np.testing.assert_array_equal(dx != 0, np.broadcast_to(seen, x.shape))
    for forward, backward in (
        (layers.max_pool2d_forward, layers.max_pool2d_backward),
        (layers.average_pool2d_forward, layers.average_pool2d_backward),
    ):
        out, cache = forward(x, size=2, stride=3)
        dx = backward(np.ones_like(out), cache, out=np.full(x.shape, np.nan))
        assert not np.any(dx[..., ~seen])
        assert np.sum(dx) == pytest.approx(out.size)


@pytest.mark.parametrize("width", [5, 24])
@pytest.mark.parametrize("size_of_block", [1, patches.BYTES])
def test_buffers_may_have_any_layout_and_may_be_the_inputs(width, size_of_block):
    """C = F and a margin: out has the shape of x and may be x, as dx may be dout."""
    rng = np.random.default_rng(0)
    x, w, b = rng.standard_normal((3, 2, 6, width)), rng.standard_normal((2, 2, 3, 3)), rng.standard_normal(2)
    with patch.object(patches, "BYTES", size_of_block):
        wanted, cache = layers.conv2d_forward(x, w, b, padding=1)
        dout = rng.standard_normal(wanted.shape)
        gradients = layers.conv2d_backward(dout, cache)
        same = x.copy()
        for buffer in (np.full(x.shape, np.nan, order="F"), np.full((*x.shape[:3], 2 * width), np.nan)[..., ::2], same):
            out, cache = layers.conv2d_forward(same, w, b, padding=1, out=buffer)
            assert out is buffer
            np.testing.assert_array_equal(out, wanted)
            dx = dout.copy() if buffer is same else np.full(x.shape, np.nan, order="F")
            given = dx if buffer is same else dout
            all_buffers = dx, np.full(w.shape, np.nan, order="F"), np.full((2, 2), np.nan)[:, 0]
            for one, own, other in zip(
                layers.conv2d_backward(given, cache, out=all_buffers), all_buffers, gradients, strict=True
            ):
                assert one is own
                np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("shape", "filters"), [((256, 8, 12, 12), 8), ((20, 8, 28, 28), 8), ((1, 64, 64, 64), 4)])
def test_memory_of_patches_is_bounded(shape, filters):
    """Beside out, dx and dw: the patches of a block and what belongs to it, however large the batch."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(shape, np.float32), rng.standard_normal((filters, shape[1], 5, 5), np.float32)
    out, cache = layers.conv2d_forward(x, w)
    all_patches = out.size // filters * w[0].size * 4
    bound = 2 * patches.BYTES
    assert all_patches > 2 * bound  # what they would take at once
    buffers = np.empty_like(x), np.empty_like(w)
    tracemalloc.start()
    layers.conv2d_forward(x, w, out=out)
    forward = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    layers.conv2d_backward(out, cache, out=buffers)
    backward = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert forward < bound
    assert backward < 2 * bound


def test_the_result_does_not_depend_on_the_batch_it_is_in():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((300, 2, 6, 6)), rng.standard_normal((3, 2, 3, 3))
    whole, _ = layers.conv2d_forward(x, w)
    parts = [layers.conv2d_forward(x[i : i + 7], w)[0] for i in range(0, 300, 7)]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-12, atol=1e-13)


def test_a_largest_value_of_nan_is_kept_and_has_no_gradient():
    x = np.array([[[[1.0, np.nan, 4.0, 0.0], [2.0, 3.0, 1.0, 2.0]]]])
    out, cache = layers.max_pool2d_forward(x)
    np.testing.assert_array_equal(out, [[[[np.nan, 4.0]]]])
    np.testing.assert_array_equal(layers.max_pool2d_backward(np.ones_like(out), cache), x == 4)
