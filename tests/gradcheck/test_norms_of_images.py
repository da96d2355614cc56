"""Normalisations of images as people write them, right and with a slip: what the checker says of each."""

import numpy as np
import pytest

import gradcheck

RNG = np.random.default_rng(3)
IMAGES, GAMMA, BETA = RNG.standard_normal((5, 4, 3, 2)) * 2 + 1, RNG.uniform(0.5, 2, 4), RNG.standard_normal(4)
GROUPS, SPATIAL = (2, 3, 4), (0, 2, 3)
GROUP = {
    "right": (lambda g, xhat: g - mean(g, GROUPS) - xhat * mean(g * xhat, GROUPS), ()),
    "no mean": (lambda g, xhat: g - xhat * mean(g * xhat, GROUPS), ("BN_MEAN_TERM",)),
    "no variance": (lambda g, xhat: g - mean(g, GROUPS), ("BN_VAR_TERM",)),
    "sign of the variance": (lambda g, xhat: g - mean(g, GROUPS) + xhat * mean(g * xhat, GROUPS), ("BN_VAR_TERM",)),
    "channels not counted": (
        lambda g, xhat: g - 2 * mean(g, GROUPS) - 2 * xhat * mean(g * xhat, GROUPS), ("BN_VAR_TERM", "BN_MEAN_TERM")),
    "pixels alone": (lambda g, xhat: g - mean(g, (3, 4)) - xhat * mean(g * xhat, (3, 4)), ("WRONG_AXIS",)),
}  # fmt: skip


def mean(a, axes):
    return a.mean(axis=axes, keepdims=True)


def group_norm(x, gamma, beta, groups=2):
    split = x.reshape(len(x), groups, -1, *x.shape[2:])
    inverse = 1 / np.sqrt(split.var(axis=GROUPS, keepdims=True) + 1e-5)
    xhat = (split - mean(split, GROUPS)) * inverse
    return gamma[:, None, None] * xhat.reshape(x.shape) + beta[:, None, None], (xhat, inverse, gamma)


def group_norm_backward(through):
    def backward(dout, cache):
        xhat, inverse, gamma = cache
        g = (dout * gamma[:, None, None]).reshape(xhat.shape)
        dgamma = (dout * xhat.reshape(dout.shape)).sum(SPATIAL)
        return (inverse * through(g, xhat)).reshape(dout.shape), dgamma, dout.sum(SPATIAL)

    return backward


@pytest.mark.parametrize("name", GROUP)
def test_group_norm(name):
    through, codes = GROUP[name]
    report = gradcheck.layer(group_norm, group_norm_backward(through), IMAGES, GAMMA, BETA)
    assert report.ok == (not codes)
    assert {finding.code for finding in report.findings if finding.severity == "error"} == set(codes), str(report)
    assert not codes or "2 groups, 2 channels of a group" in " ".join(str(report).split())


def spatial_batch_norm(x, gamma, beta):
    inverse = 1 / np.sqrt(x.var(axis=SPATIAL, keepdims=True) + 1e-5)
    xhat = (x - mean(x, SPATIAL)) * inverse
    return gamma[:, None, None] * xhat + beta[:, None, None], (xhat, inverse, gamma)


@pytest.mark.parametrize("axes", [SPATIAL, (2, 3), 0, (0, 2), (1, 2, 3)], ids=str)
def test_sums_of_spatial_batch_norm_over_other_axes_are_named(axes):
    def backward(dout, cache):
        xhat, inverse, gamma = cache
        g = dout * gamma[:, None, None]
        dx = inverse * (g - mean(g, axes) - xhat * mean(g * xhat, axes))
        return dx, (dout * xhat).sum(SPATIAL), dout.sum(SPATIAL)

    report = gradcheck.layer(spatial_batch_norm, backward, IMAGES, GAMMA, BETA)
    found = {finding.code for finding in report.findings if finding.severity == "error"}
    assert found == (set() if axes == SPATIAL else {"WRONG_AXIS"}), str(report)
    assert axes == SPATIAL or "a sum is taken over other axes than axes (0, 2, 3)" in " ".join(str(report).split())
