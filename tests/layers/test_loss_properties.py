"""The mathematics of losses, targets and penalties as properties over shapes and values that Hypothesis draws."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

import layers
from layers import l1_penalty, l2_penalty, one_hot, softmax

SEEDS = st.integers(0, 2**32 - 1)
LABEL_LOSSES = [layers.softmax_loss, layers.svm_loss]


@st.composite
def scored(draw, smallest_classes=2):
    """Scores (N, C) within +-20, labels (N,), and a generator for whatever else is needed."""
    n, c = draw(st.integers(1, 6)), draw(st.integers(smallest_classes, 6))
    rng = np.random.default_rng(draw(SEEDS))
    return rng.uniform(-20, 20, (n, c)), rng.integers(c, size=n), rng


@pytest.mark.parametrize("loss", LABEL_LOSSES, ids=lambda f: f.__name__)
@given(drawn=scored(), shift=st.floats(-1e3, 1e3))
def test_scores_matter_only_by_their_differences(loss, drawn, shift):
    x, y, rng = drawn
    value, dx = loss(x, y)
    assert value >= 0
    np.testing.assert_allclose(dx.sum(1), 0, atol=1e-15)
    moved, dmoved = loss(x + shift * rng.standard_normal((len(x), 1)), y)
    assert moved == pytest.approx(value, rel=1e-9, abs=1e-9)
    if loss is layers.softmax_loss:
        np.testing.assert_allclose(dmoved, dx, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("loss", LABEL_LOSSES, ids=lambda f: f.__name__)
@given(drawn=scored())
def test_losses_are_convex_and_lie_above_their_tangent(loss, drawn):
    x, y, rng = drawn
    other = x + rng.standard_normal(x.shape)
    value, dx = loss(x, y)
    assert loss(other, y)[0] >= value + np.sum(dx * (other - x)) - 1e-12
    assert loss((x + other) / 2, y)[0] <= (value + loss(other, y)[0]) / 2 + 1e-12


@pytest.mark.parametrize("loss", LABEL_LOSSES, ids=lambda f: f.__name__)
@given(drawn=scored())
def test_classes_may_be_renamed(loss, drawn):
    x, y, rng = drawn
    names = rng.permutation(x.shape[1])
    value, dx = loss(x, y)
    renamed, drenamed = loss(x[:, names], np.argsort(names)[y])
    assert renamed == pytest.approx(value, rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(drenamed, dx[:, names], rtol=1e-12, atol=1e-16)


@given(scored())
def test_labels_and_one_hot_rows_agree(drawn):
    x, y, _ = drawn
    value, dx = layers.softmax_loss(x, y)
    soft, dsoft = layers.softmax_loss(x, one_hot(y, x.shape[1]))
    assert soft == pytest.approx(value, rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(dsoft, dx, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(dx, (softmax(x) - one_hot(y, x.shape[1])) / len(x), rtol=1e-9, atol=1e-15)


TAKES_BOTH = [layer for layer in layers.registered("loss").values() if {"labels", "one_hot"} <= set(layer.targets)]


@pytest.mark.parametrize("layer", TAKES_BOTH, ids=lambda layer: layer.name)
@given(drawn=scored())
def test_labels_are_rows_with_a_single_one(layer, drawn):
    x, y, _ = drawn
    for settings in layer.settings:
        value, dx = layer.forward(x, y, **settings)
        soft, dsoft = layer.forward(x, one_hot(y, x.shape[1]), **settings)
        assert soft == pytest.approx(value, rel=1e-12, abs=1e-14)
        np.testing.assert_allclose(dsoft, dx, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("layer", TAKES_BOTH, ids=lambda layer: layer.name)
@given(drawn=scored(), a=st.floats(0, 1))
def test_losses_are_linear_in_soft_targets(layer, drawn, a):
    x, y, rng = drawn
    one, other = one_hot(y, x.shape[1]), rng.random(x.shape)
    value, dx = layer.forward(x, a * one + (1 - a) * other)
    (v1, d1), (v2, d2) = layer.forward(x, one), layer.forward(x, other)
    assert value == pytest.approx(a * v1 + (1 - a) * v2, rel=1e-10, abs=1e-12)
    np.testing.assert_allclose(dx, a * d1 + (1 - a) * d2, rtol=1e-9, atol=1e-13)


@given(scored(), st.floats(0.1, 5))
def test_the_svm_scales_with_scores_and_margin_together(drawn, factor):
    x, y, _ = drawn
    scaled, plain = layers.svm_loss(factor * x, y, margin=factor)[0], layers.svm_loss(x, y)[0]
    assert scaled == pytest.approx(factor * plain, rel=1e-9, abs=1e-9)
    assert layers.svm_loss(x, y, margin=0.5)[0] <= layers.svm_loss(x, y, margin=1.0)[0]


@given(scored(smallest_classes=1))
def test_logistic_loss_is_a_softmax_over_two_classes(drawn):
    """A logit x against 0 is the softmax of (0, x); flipping both sign and target changes nothing."""
    x, _, rng = drawn
    x, y = x[:, :1], rng.integers(2, size=(len(x), 1))
    value, dx = layers.logistic_loss(x, y.astype(float))
    pair, dpair = layers.softmax_loss(np.hstack([np.zeros_like(x), x]), y[:, 0])
    assert value == pytest.approx(pair, rel=1e-12, abs=1e-15)
    np.testing.assert_allclose(dx[:, 0], dpair[:, 1], rtol=1e-8, atol=1e-15)
    flipped, dflipped = layers.logistic_loss(-x, 1.0 - y)
    assert flipped == pytest.approx(value, rel=1e-12, abs=1e-15)
    np.testing.assert_allclose(dflipped, -dx, rtol=1e-8, atol=1e-15)


@given(scored(smallest_classes=1))
def test_squared_loss_conventions_differ_by_known_factors(drawn):
    x, _, rng = drawn
    y, n = rng.uniform(-20, 20, x.shape), len(x)
    total, dtotal = layers.squared_loss(x, y, reduction="sum")
    assert total == pytest.approx(math.fsum(((x - y) ** 2).ravel()), rel=1e-13)
    for reduction, factor in (("mean", 1 / n), ("half_mean", 0.5 / n), ("half_sum", 0.5)):
        value, dx = layers.squared_loss(x, y, reduction=reduction)
        assert value == pytest.approx(factor * total, rel=1e-13)
        np.testing.assert_allclose(dx, factor * dtotal, rtol=1e-13, atol=1e-300)
    assert layers.squared_loss(y, x)[0] == layers.squared_loss(x, y)[0]
    assert layers.squared_loss(x, x)[0] == 0


@given(
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=5), elements=st.floats(-1e3, 1e3)), st.floats(1e-6, 10)
)
def test_penalties(w, reg):
    """Both against exact sums; L2 is quadratic, L1 proportional in the size of the weights; signs do not matter."""
    (two, dtwo), (one, done) = l2_penalty(w, reg), l1_penalty(w, reg)
    assert two == pytest.approx(reg * math.fsum((w**2).ravel()) / 2, rel=1e-12, abs=1e-300)
    assert one == pytest.approx(reg * math.fsum(np.abs(w).ravel()), rel=1e-12, abs=1e-300)
    assert l2_penalty(-2 * w, reg)[0] == pytest.approx(4 * two, rel=1e-12)
    assert l1_penalty(-2 * w, reg)[0] == pytest.approx(2 * one, rel=1e-12)
    assert np.sum(dtwo * w) == pytest.approx(2 * two, rel=1e-10, abs=1e-12)
    assert np.sum(done * w) == pytest.approx(one, rel=1e-10, abs=1e-12)
    assert not np.any(done[w == 0])


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=4, max_side=4), elements=st.floats(-700, 700)), st.data())
def test_softmax_along_any_axis(x, data):
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    p = softmax(x, axis=axis)
    assert p.shape == x.shape
    assert np.all(p >= 0)
    np.testing.assert_allclose(p.sum(axis), 1, rtol=1e-14)
    top = np.expand_dims(np.argmax(x, axis), axis)
    assert np.all(np.take_along_axis(p, top, axis) == np.max(p, axis, keepdims=True))
