"""What never reaches the arithmetic of a layer: integers, lists, batches of unequal length, buffers left unfilled."""

import inspect
import re

import numpy as np
import pytest

import layers
from layers import registered

LOSSES = registered("loss").values()


@pytest.mark.parametrize("layer", registered().values(), ids=lambda layer: layer.name)
def test_integers_and_lists_are_refused(layer):
    if not layer.forward.__module__.startswith("layers."):
        pytest.skip("registered by a test")
    x, *others = layer.inputs(np.random.default_rng(0), 3)
    if layer.args[0] in layer.indices:
        pytest.skip("takes integers")
    with pytest.raises(TypeError, match=r"takes floating x, which is uint8: use x\.astype\(float\)"):
        layer.forward(np.ones(x.shape, np.uint8), *others, **layer.settings[0])
    with pytest.raises(TypeError, match=r"x is a list: use np\.asarray\(x, float\)"):
        layer.forward(x.tolist(), *others, **layer.settings[0])


@pytest.mark.parametrize("loss", LOSSES, ids=lambda layer: layer.name)
def test_there_is_one_target_for_each_row(loss):
    x, y = loss.inputs(np.random.default_rng(0), 4)
    for rows in ([0], [0, 1, 2, 3, 3]):
        with pytest.raises(ValueError, match=rf"x has 4 rows but y has {len(rows)}\."):
            loss.forward(x, y[rows])
    with pytest.raises(TypeError, match=r"y must be an array; got a list"):
        loss.forward(x, y.tolist() if y.ndim == 1 else list(y[:, 0]))


@pytest.mark.parametrize("penalty", [layers.l1_penalty, layers.l2_penalty])
def test_penalties_of_integers_are_refused(penalty):
    with pytest.raises(TypeError, match="takes floating w, which is int64"):
        penalty(np.ones((2, 2), np.int64), 0.1)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(4, 6), (4, 2, 3)])
def test_affine_fills_the_buffer_whatever_its_layout(shape, order):
    rng = np.random.default_rng(0)
    x, w, dout = rng.standard_normal(shape), rng.standard_normal((6, 5)), rng.standard_normal((4, 5))
    _, cache = layers.affine_forward(x, w)
    buffer = np.full(shape, np.nan, order=order)
    dx, _ = layers.affine_backward(dout, cache, out=(buffer, None))
    np.testing.assert_allclose(buffer, (dout @ w.T).reshape(shape))
    assert np.shares_memory(dx, buffer)


def test_affine_names_the_shape_that_is_wrong():
    with pytest.raises(ValueError, match=re.escape("got x (5,). One row alone is x[None]")):
        layers.affine_forward(np.ones(5), np.ones((5, 3)))
    _, cache = layers.affine_forward(np.ones((2, 5)), np.ones((5, 3)))
    with pytest.raises(ValueError, match=re.escape("dout has shape (3, 2); expected that of the output, (2, 3)")):
        layers.affine_backward(np.ones((3, 2)), cache)


@pytest.mark.parametrize("layer", registered().values(), ids=lambda layer: layer.name)
def test_settings_buffers_and_the_like_go_by_keyword_alone(layer):
    """`out=` in the place of an argument would be written over; a hyper-parameter's place is nobody's to remember."""
    keywords = {"out", "need_dx", "rng"}.union(*layer.settings)
    for function in filter(None, (layer.forward, layer.backward)):
        by_place = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.KEYWORD_ONLY]
        assert not keywords & {p.name for p in by_place}
        assert all(p.kind is p.POSITIONAL_OR_KEYWORD for p in by_place)


@pytest.mark.parametrize(("kind", "dtype"), [("f4", "f4"), ("f8", "f8"), ("f2", "f8")])
def test_noise_is_drawn_in_the_precision_of_the_input(kind, dtype):
    """Recorded runs rest on it: the numbers of a seed are those of NumPy's generator in that precision."""
    x = np.ones((20, 30), kind)
    kept = layers.dropout_forward(x, keep=0.3, rng=0)[0] > 0
    np.testing.assert_array_equal(kept, np.random.default_rng(0).random(x.shape, dtype=dtype) < 0.3)
    noisy = layers.gaussian_noise_forward(x, std=1.0, rng=0)[0]
    noise = np.random.default_rng(0).standard_normal(x.shape, dtype=dtype)
    np.testing.assert_array_equal(noisy, x + noise.astype(kind))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_sigmoid_ends_at_e_over_the_largest_float(dtype):
    """Below 1 - log(largest), where exp(-x) would overflow, it stays what it is there."""
    ends = layers.sigmoid_forward(np.array([-1e30, -2000, 1 - np.log(np.finfo(dtype).max)], dtype))[0]
    np.testing.assert_allclose(ends.astype(float), np.e / float(np.finfo(dtype).max), rtol=1e-2)
