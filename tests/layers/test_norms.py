"""What the normalisations promise, over shapes and values that Hypothesis draws, and how they are one another."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import gradcheck
import layers
from models import Graph, node
from solver import Solver

SEEDS = st.integers(0, 2**32 - 1)


def out(forward, *args, **settings):
    return forward(*args, **settings)[0]


@st.composite
def images(draw):
    """x (N, C, H, W) with a spread of its own in each channel of each image, gamma and beta, a generator."""
    n, channels = draw(st.integers(1, 3)), draw(st.sampled_from([1, 2, 4, 6]))
    rng = np.random.default_rng(draw(SEEDS))
    x = rng.standard_normal((n, channels, draw(st.integers(2, 4)), draw(st.integers(2, 4))))
    return x, rng.uniform(0.5, 2, channels), rng.standard_normal(channels), rng


@given(images(), st.floats(0.1, 10), st.floats(-10, 10))
def test_a_row_of_layer_norm_forgets_its_scale_and_shift(drawn, scale, shift):
    """Each row has mean 0 and variance 1 before gamma and beta, and no other row matters."""
    x, _, _, rng = drawn
    gamma, beta = rng.uniform(0.5, 2, x.shape[1:]), rng.standard_normal(x.shape[1:])
    value, cache = layers.layer_norm_forward(x, gamma, beta, eps=0.0)
    plain = (value - beta) / gamma
    np.testing.assert_allclose(plain.mean((1, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(plain.std((1, 2, 3)), 1, rtol=1e-10)
    np.testing.assert_allclose(
        out(layers.layer_norm_forward, scale * x + shift, gamma, beta, eps=0.0), value, rtol=1e-7, atol=1e-7
    )
    dx, _, _ = layers.layer_norm_backward(rng.standard_normal(x.shape), cache)
    bound = 1e-10 / np.min(x.std((1, 2, 3)))
    np.testing.assert_allclose(dx.sum((1, 2, 3)), 0, atol=bound)
    np.testing.assert_allclose((dx * x).sum((1, 2, 3)), 0, atol=bound)


@given(images())
def test_trailing_features_of_layer_norm_may_be_one_axis_or_several(drawn):
    x, _, _, rng = drawn
    n, features = len(x), x[0].size
    gamma, beta, dout = rng.uniform(0.5, 2, features), rng.standard_normal(features), rng.standard_normal(x.shape)
    flat, cache = layers.layer_norm_forward(x.reshape(n, -1), gamma, beta)
    shaped, cache4 = layers.layer_norm_forward(x, gamma.reshape(x.shape[1:]), beta.reshape(x.shape[1:]))
    np.testing.assert_allclose(shaped.reshape(n, -1), flat, rtol=1e-12, atol=1e-13)
    wanted = layers.layer_norm_backward(dout.reshape(n, -1), cache)
    for one, other in zip(layers.layer_norm_backward(dout, cache4), wanted, strict=True):
        np.testing.assert_allclose(one.reshape(other.shape), other, rtol=1e-10, atol=1e-12)


def test_layer_norm_takes_words_of_a_sentence_one_by_one():
    rng = np.random.default_rng(0)
    x, gamma, beta, dout = rng.standard_normal((2, 5, 7)), np.full(7, 2.0), np.arange(7.0), np.ones((2, 5, 7))
    value, cache = layers.layer_norm_forward(x, gamma, beta)
    single, cache2 = layers.layer_norm_forward(x.reshape(10, 7), gamma, beta)
    np.testing.assert_allclose(value.reshape(10, 7), single, rtol=1e-14)
    for one, other in zip(
        layers.layer_norm_backward(dout, cache), layers.layer_norm_backward(dout.reshape(10, 7), cache2), strict=True
    ):
        np.testing.assert_allclose(one.reshape(other.shape), other, rtol=1e-12, atol=1e-14)


@given(images())
def test_spatial_batch_norm_is_batch_norm_of_the_pixels(drawn):
    x, gamma, beta, rng = drawn
    channels, dout = x.shape[1], rng.standard_normal(x.shape)
    layer, plain = layers.get("spatial_batch_norm"), layers.get("batch_norm")

    def rows(a):
        return a.transpose(0, 2, 3, 1).reshape(-1, channels)

    for stats in (None, (rng.standard_normal(channels), rng.uniform(0.5, 2, channels))):
        value, cache = layer.forward(x, gamma, beta, stats=stats)
        wanted, rows_cache = plain.forward(rows(x), gamma, beta, stats=stats)
        np.testing.assert_allclose(rows(value), wanted, rtol=1e-10, atol=1e-12)
        dx, dgamma, dbeta = layer.backward(dout, cache)
        found = plain.backward(rows(dout), rows_cache)
        for one, other in zip((rows(dx), dgamma, dbeta), found, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-10)
        for one, other in zip(layer.stats(cache), plain.stats(rows_cache), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


@given(images())
def test_group_norm_lies_between_layer_norm_and_instance_norm(drawn):
    """One group: layer norm of the image. As many groups as channels: each channel of each image by itself."""
    x, gamma, beta, _ = drawn
    ones, zeros = np.ones(x.shape[1:]), np.zeros(x.shape[1:])
    whole = out(layers.layer_norm_forward, x, ones, zeros) * gamma[:, None, None] + beta[:, None, None]
    np.testing.assert_allclose(out(layers.group_norm_forward, x, gamma, beta, groups=1), whole, rtol=1e-10, atol=1e-12)
    each = (x - x.mean((2, 3), keepdims=True)) / np.sqrt(x.var((2, 3), keepdims=True) + 1e-5)
    instance = out(layers.group_norm_forward, x, gamma, beta, groups=x.shape[1])
    np.testing.assert_allclose(instance, each * gamma[:, None, None] + beta[:, None, None], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", ["layer_norm", "group_norm"])
def test_a_batch_without_rows_has_no_statistics_to_take(name):
    layer = layers.get(name)
    x, *params = layer.inputs(np.random.default_rng(0), 2)
    value, cache = layer.forward(x[:0], *params, **layer.needed)
    dx, dgamma, dbeta = layer.backward(value, cache)
    assert value.shape == dx.shape == x[:0].shape
    assert not np.any(dgamma)
    assert not np.any(dbeta)


@pytest.mark.parametrize("groups", [2.0, "2", True])
def test_groups_are_a_whole_number(groups):
    with pytest.raises(TypeError, match=r"groups is .*; expected a whole number that divides the 4 channels"):
        layers.group_norm_forward(np.ones((2, 4, 3, 2)), np.ones(4), np.ones(4), groups=groups)


def test_what_has_no_default_is_asked_for_where_the_node_is_made():
    with pytest.raises(TypeError, match=r"node 'norm': group_norm needs groups=, which has no default"):
        node("norm", "group_norm", "x", ("gamma", "beta"))
    with pytest.raises(TypeError, match=r"takes no setting 'group'\. Did you mean 'groups'\? It takes: groups, eps"):
        node("norm", "group_norm", "x", ("gamma", "beta"), group=2)
    assert gradcheck.layer("group_norm").ok


def test_a_net_of_images_evaluates_by_running_statistics():
    """Spatial batch norm keeps `state` as batch norm does: a tenth of the batch's after one pass."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((8, 2, 3, 3)) + 5, rng.integers(3, size=8)
    nodes = [
        node("norm", "spatial_batch_norm", "x", ("gamma", "beta")),
        node("groups", "group_norm", "norm", ("gamma2", "beta2"), groups=2),
        node("scores", "affine", "groups", ("W", "b")),
    ]
    params = {"W": rng.standard_normal((18, 3)), "b": np.zeros(3)}
    params |= {"gamma": np.ones(2), "beta": np.zeros(2), "gamma2": np.ones(2), "beta2": np.zeros(2)}
    net = Graph(nodes, params)
    np.testing.assert_allclose(net.values(x)["norm"], x / np.sqrt(1 + 1e-5))
    net.loss(x, y)
    np.testing.assert_allclose(net.state["norm.mean"], 0.1 * x.mean((0, 2, 3)))
    np.testing.assert_allclose(net.state["norm.var"], 0.9 + 0.1 * x.var((0, 2, 3)) * 72 / 71)
    mean, var = (net.state[f"norm.{name}"][:, None, None] for name in ("mean", "var"))
    np.testing.assert_allclose(net.values(x)["norm"], (x - mean) / np.sqrt(var + 1e-5))
    assert gradcheck.model(net, x, y).ok
    before = net.state["norm.mean"].copy()
    net.loss(x[:1], y[:1])  # one image has pixels enough: no warning, and its statistics count
    np.testing.assert_allclose(net.state["norm.mean"], 0.9 * before + 0.1 * x[0].mean((1, 2)))
    data = {"X_train": x, "y_train": y, "X_val": x, "y_val": y}
    assert np.isfinite(Solver(net, data, batch_size=1, num_epochs=1, verbose=False).train().loss_history).all()
