"""The mathematics of the layers as properties over shapes and values that Hypothesis draws."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

import layers
from layers.norms.batch_norm import batch_norm_stats

VALUES = st.floats(-50, 50, allow_subnormal=False)
MATRICES = hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6), elements=VALUES)
ANY_SHAPE = hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4), elements=VALUES)
SEEDS = st.integers(0, 2**32 - 1)
DIPPING = {"gelu"}  # activations that fall somewhere


@st.composite
def affine_inputs(draw):
    n, d, m = (draw(st.integers(1, 6)) for _ in range(3))
    rng = np.random.default_rng(draw(SEEDS))
    return rng.standard_normal((n, d)), rng.standard_normal((d, m)), rng.standard_normal(m)


def out(forward, *args, **settings):
    return forward(*args, **settings)[0]


@given(affine_inputs(), SEEDS, VALUES)
def test_affine_is_linear_in_x_and_in_w(inputs, seed, a):
    x, w, b = inputs
    other = np.random.default_rng(seed).standard_normal(x.shape)
    mixed = out(layers.affine_forward, a * x + other, w)
    np.testing.assert_allclose(
        mixed, a * out(layers.affine_forward, x, w) + out(layers.affine_forward, other, w), rtol=1e-10, atol=1e-10
    )
    np.testing.assert_allclose(out(layers.affine_forward, x, w, b) - b, out(layers.affine_forward, x, w), atol=1e-12)
    np.testing.assert_allclose(out(layers.affine_forward, x, -w), -out(layers.affine_forward, x, w), atol=1e-12)


@given(affine_inputs(), SEEDS)
def test_affine_backward_is_the_adjoint_of_forward(inputs, seed):
    """<dout, x w> = <dx, x> = <dw, w>, and the bias sees the column sums."""
    x, w, b = inputs
    value, cache = layers.affine_forward(x, w, b)
    dout = np.random.default_rng(seed).standard_normal(value.shape)
    dx, dw, db = layers.affine_backward(dout, cache)
    product = np.sum(dout * (x @ w))
    for inner in (np.sum(dx * x), np.sum(dw * w), np.sum(dout * value) - np.sum(db * b)):
        assert inner == pytest.approx(product, rel=1e-9, abs=1e-9)


@given(affine_inputs())
def test_the_sandwich_is_its_two_halves(inputs):
    value, cache = layers.affine_relu_forward(*inputs)
    a, affine_cache = layers.affine_forward(*inputs)
    h, relu_cache = layers.relu_forward(a)
    np.testing.assert_array_equal(value, h)
    halves = layers.affine_backward(layers.relu_backward(np.ones_like(h), relu_cache), affine_cache)
    for one, other in zip(layers.affine_relu_backward(np.ones_like(h), cache), halves, strict=True):
        np.testing.assert_array_equal(one, other)


@given(ANY_SHAPE)
def test_relu_identities(x):
    value, cache = layers.relu_forward(x)
    np.testing.assert_array_equal(value - out(layers.relu_forward, -x), x)
    np.testing.assert_array_equal(out(layers.relu_forward, value), value)
    np.testing.assert_array_equal(layers.relu_backward(np.ones_like(x), cache), x > 0)


@given(ANY_SHAPE, st.floats(0.01, 0.99))
def test_leaky_relu_is_a_mix_of_relu_and_identity(x, slope):
    value, cache = layers.leaky_relu_forward(x, slope=slope)
    np.testing.assert_allclose(value, (1 - slope) * out(layers.relu_forward, x) + slope * x, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(layers.leaky_relu_backward(np.ones_like(x), cache), np.where(x > 0, 1, slope))


@given(ANY_SHAPE)
def test_sigmoid_and_tanh_identities(x):
    s, cache = layers.sigmoid_forward(x)
    t = out(layers.tanh_forward, x)
    np.testing.assert_allclose(s + out(layers.sigmoid_forward, -x), 1, rtol=1e-15)
    np.testing.assert_allclose(2 * out(layers.sigmoid_forward, 2 * x) - 1, t, rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(out(layers.tanh_forward, -x), -t)
    np.testing.assert_allclose(layers.sigmoid_backward(np.ones_like(x), cache), s * (1 - s), rtol=1e-13)


@pytest.mark.parametrize("name", layers.registered("activation"))
@given(x=ANY_SHAPE)
def test_activations_are_elementwise(name, x):
    """Whatever the shape: the same numbers as one long row."""
    layer = layers.get(name)
    value = out(layer.forward, x)
    assert value.shape == x.shape
    np.testing.assert_array_equal(value.ravel(), out(layer.forward, x.ravel()))


@pytest.mark.parametrize("name", sorted(layers.registered("activation").keys() - DIPPING))
@given(x=ANY_SHAPE)
def test_most_activations_are_monotone(name, x):
    """Never falling, with slopes that are never negative."""
    layer = layers.get(name)
    cache = layer.forward(x)[1]
    ordered = out(layer.forward, np.sort(x.ravel()))
    assert np.all(np.diff(ordered) >= 0)
    assert np.all(layer.backward(np.ones_like(x), cache) >= 0)


@st.composite
def normalised(draw):
    """x (N, D) with a spread of its own in each column, N >= 3."""
    rng = np.random.default_rng(draw(SEEDS))
    return rng.standard_normal((draw(st.integers(3, 8)), draw(st.integers(1, 5)))), rng


@given(normalised(), st.floats(0.1, 10), st.floats(-10, 10))
def test_batch_norm_forgets_scale_and_shift(drawn, scale, shift):
    x, rng = drawn
    gamma, beta = rng.uniform(0.5, 2, x.shape[1]), rng.standard_normal(x.shape[1])
    value, cache = layers.batch_norm_forward(x, gamma, beta, eps=0.0)
    np.testing.assert_allclose(value.mean(0), beta, atol=1e-12)
    np.testing.assert_allclose(value.std(0), gamma, rtol=1e-10)
    moved = out(layers.batch_norm_forward, scale * x + shift, gamma, beta, eps=0.0)
    np.testing.assert_allclose(moved, value, rtol=1e-8, atol=1e-8)
    mirrored = out(layers.batch_norm_forward, -x, gamma, beta, eps=0.0)
    np.testing.assert_allclose(mirrored + value, np.broadcast_to(2 * beta, x.shape), atol=1e-12)
    dx, _, _ = layers.batch_norm_backward(rng.standard_normal(x.shape), cache)
    np.testing.assert_allclose(dx.sum(0), 0, atol=1e-10 / np.min(x.std(0)))
    np.testing.assert_allclose((dx * x).sum(0), 0, atol=1e-10 / np.min(x.std(0)))


@given(normalised())
def test_batch_norm_with_its_own_statistics_given_is_the_same(drawn):
    x, _ = drawn
    gamma, beta = np.ones(x.shape[1]), np.zeros(x.shape[1])
    value, cache = layers.batch_norm_forward(x, gamma, beta)
    mean, unbiased = batch_norm_stats(cache)
    np.testing.assert_allclose(mean, x.mean(0), atol=1e-14)
    np.testing.assert_allclose(unbiased, x.var(0, ddof=1), rtol=1e-12)
    given_stats = out(layers.batch_norm_forward, x, gamma, beta, stats=(x.mean(0), x.var(0)))
    np.testing.assert_allclose(given_stats, value, rtol=1e-10, atol=1e-12)


@given(MATRICES, st.floats(0.05, 1), SEEDS)
def test_dropout_scales_what_it_keeps_and_backward_has_the_mask(x, keep, seed):
    value, cache = layers.dropout_forward(x, keep=keep, rng=seed)
    kept = layers.dropout_backward(np.ones_like(x), cache)
    assert np.all((kept == 0) | np.isclose(kept, 1 / keep, rtol=1e-15))
    np.testing.assert_array_equal(value, x * kept)


@given(MATRICES, st.floats(0.1, 10), SEEDS)
def test_noise_does_not_depend_on_the_input(x, std, seed):
    added = out(layers.gaussian_noise_forward, x, std=std, rng=seed) - x
    alone = out(layers.gaussian_noise_forward, np.zeros_like(x), std=std, rng=seed)
    np.testing.assert_allclose(added, alone, rtol=1e-10, atol=1e-12)
