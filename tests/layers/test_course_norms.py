"""The course's contract for layer, spatial batch and group normalisation, against its formulas written out."""

import numpy as np
import pytest

import gradcheck
from layers.course import (
    layernorm_backward,
    layernorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)

RNG = np.random.default_rng(0)
X, GAMMA, BETA = RNG.standard_normal((6, 5)) * 3 + 2, RNG.uniform(0.5, 2, 5), RNG.standard_normal(5)
IMAGES, SCALE, SHIFT = RNG.standard_normal((4, 6, 3, 2)) + 5, RNG.uniform(0.5, 2, 6), RNG.standard_normal(6)


@pytest.mark.parametrize(("param", "eps"), [({}, 1e-5), ({"eps": 0.1}, 0.1)])
def test_layernorm_takes_the_features_of_each_row(param, eps):
    out, cache = layernorm_forward(X, GAMMA, BETA, param)
    centred = X - X.mean(1, keepdims=True)
    np.testing.assert_allclose(out, GAMMA * centred / np.sqrt(X.var(1, keepdims=True) + eps) + BETA)
    assert len(layernorm_backward(out, cache)) == 3


def test_spatial_batchnorm_keeps_running_statistics_of_channels():
    param = {"mode": "train", "momentum": 0.8}
    out, cache = spatial_batchnorm_forward(IMAGES, SCALE, SHIFT, param)
    np.testing.assert_allclose(out.mean((0, 2, 3)), SHIFT)
    np.testing.assert_allclose(out.std((0, 2, 3)), SCALE, rtol=1e-4)
    np.testing.assert_allclose(param["running_mean"], 0.2 * IMAGES.mean((0, 2, 3)))
    np.testing.assert_allclose(param["running_var"], 0.2 * IMAGES.var((0, 2, 3)))
    param = {"mode": "test", "running_mean": np.full(6, 5.0), "running_var": np.full(6, 4.0), "eps": 0.0}
    out, cache = spatial_batchnorm_forward(IMAGES, np.ones(6), np.zeros(6), param)
    np.testing.assert_allclose(out, (IMAGES - 5) / 2)
    np.testing.assert_allclose(spatial_batchnorm_backward(np.ones_like(out), cache)[0], 0.5)


@pytest.mark.parametrize("shape", [(6,), (1, 6, 1, 1)])
def test_spatial_groupnorm_takes_gamma_in_either_shape_and_gives_it_back(shape):
    out, cache = spatial_groupnorm_forward(IMAGES, SCALE.reshape(shape), SHIFT.reshape(shape), 2, {"eps": 1e-3})
    groups = IMAGES.reshape(4, 2, -1)
    xhat = (groups - groups.mean(2, keepdims=True)) / np.sqrt(groups.var(2, keepdims=True) + 1e-3)
    wanted = xhat.reshape(IMAGES.shape) * SCALE.reshape(6, 1, 1) + SHIFT.reshape(6, 1, 1)
    np.testing.assert_allclose(out, wanted)
    dx, dgamma, dbeta = spatial_groupnorm_backward(np.ones_like(out), cache)
    assert (dx.shape, dgamma.shape, dbeta.shape) == (IMAGES.shape, shape, shape)
    np.testing.assert_allclose(dbeta.ravel(), 24)


PAIRS = {
    "layer": (lambda *a: layernorm_forward(*a, {}), layernorm_backward, X, GAMMA, BETA),
    "spatial": (
        lambda *a: spatial_batchnorm_forward(*a, {"mode": "train"}), spatial_batchnorm_backward, IMAGES, SCALE, SHIFT),
    "group": (
        lambda *a: spatial_groupnorm_forward(*a, 3, {}), spatial_groupnorm_backward, IMAGES,
        SCALE.reshape(1, 6, 1, 1), SHIFT.reshape(1, 6, 1, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_the_backward_is_the_forwards(name):
    forward, backward, *args = PAIRS[name]
    report = gradcheck.layer(forward, backward, *args)
    assert report.ok, str(report)


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match=r"'mode'.*None; expected one of train"):
        spatial_batchnorm_forward(IMAGES, SCALE, SHIFT, {})
    with pytest.raises(ValueError, match="groups is 4; expected a divisor of the 6 channels: 1, 2, 3, 6"):
        spatial_groupnorm_forward(IMAGES, SCALE, SHIFT, 4, {})
    for shape in [(1, 1, 6, 1), (1, 1, 1, 6), (1, 6)]:
        with pytest.raises(ValueError, match="gamma"):
            spatial_groupnorm_forward(IMAGES, SCALE.reshape(shape), SHIFT, 2, {})
    with pytest.raises(ValueError, match=r"images x \(N, C, H, W\); got x \(6, 5\)"):
        spatial_batchnorm_forward(X, GAMMA, BETA, {"mode": "train"})
