"""The inputs on which a registered layer is checked: of sizes that tell N, D and M apart, and of the spread promised.

A check is as good as its inputs: with x near 0 every activation is linear, with one class every label is right.
"""

import math

import numpy as np
import pytest

from layers import registered
from layers.draws import sizes

DRAWS = 400
N = 6
UNIT = (0.0, 1.0)  # mean and standard deviation
SPREAD = {
    "matrix": (0.0, 1.5),
    "logits": (0.0, 2.0),
    "gamma": (1.25, 1.5 / math.sqrt(12)),  # uniform from 1/2 to 2
}
WIDE = {"activation", "noise", "combine"}  # their x reaches saturation


@pytest.mark.parametrize("n", [1, 3, 7, 11])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_sizes_are_distinct_primes_other_than_the_batch(n, count):
    rng = np.random.default_rng(0)
    drawn = [sizes(rng, n, count) for _ in range(100)]
    assert all(len(set(some)) == count for some in drawn)
    assert {size for some in drawn for size in some} == {3, 5, 7, 11} - {n}
    assert len(set(drawn)) == math.perm(len({3, 5, 7, 11} - {n}), count)  # in every order


def drawn(layer):
    """For each argument all its draws, as one vector, and the shapes seen."""
    many = [layer.inputs(np.random.default_rng(seed), N) for seed in range(DRAWS)]
    return [(np.concatenate([np.ravel(a) for a in some]), [np.shape(a) for a in some]) for some in zip(*many)]  # noqa: B905


def spread(layer, name):
    if name == "gamma":
        return SPREAD["gamma"]
    if name == "x" and layer.name == "logistic_loss":
        return SPREAD["logits"]
    return SPREAD["matrix"] if name == "x" and layer.kind in WIDE else UNIT


@pytest.mark.parametrize("layer", registered().values(), ids=lambda layer: layer.name)
def test_what_is_drawn_has_the_mean_and_the_spread_promised(layer):
    for name, (values, shapes) in zip(layer.args, drawn(layer), strict=False):
        if name in layer.indices:
            assert values.min() == 0
            continue
        mean, std = spread(layer, name)
        tolerance = 5 * std / math.sqrt(len(values))
        assert values.mean() == pytest.approx(mean, abs=tolerance), name
        assert values.std() == pytest.approx(std, abs=tolerance), name
        rows = {shape[0] for shape in shapes}
        assert (name in layer.params) or rows == {N}


@pytest.mark.parametrize("layer", registered("loss").values(), ids=lambda layer: layer.name)
def test_targets_reach_all_that_a_target_may_be(layer):
    x, y = layer.inputs(np.random.default_rng(0), 500)
    if y.ndim == 1:
        assert y.shape == (500,)
        assert set(y) == set(range(x.shape[1]))
    elif layer.name == "logistic_loss":
        assert y.shape == x.shape
        assert set(np.unique(y)) == {0.0, 1.0}
        assert y.mean() == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(y.size))
    else:
        assert y.shape == x.shape
        assert y.std() == pytest.approx(1, abs=5 / math.sqrt(y.size))


def test_the_scale_of_batch_norm_stays_off_zero():
    gamma = drawn(registered()["batch_norm"])[1][0]
    assert 0.5 <= gamma.min() < 0.51
    assert 1.99 < gamma.max() <= 2
