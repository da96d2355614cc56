"""What every layer is checked with, by the registry's own word: its settings, and the inputs that are drawn for it.

A setting that is lost, or a size that is never drawn, would make all other tests weaker without a word.
"""

import math

import numpy as np
import pytest

from layers import get, registered
from layers.norms.images import draw_images
from layers.spatial.draws import image_sizes, images

SIDES = ({}, {"stride": 2, "padding": 1}, {"stride": (2, 1), "padding": (0, 1)})
POOLS = (
    {},
    {"size": 3, "stride": 2},  # windows that overlap
    {"size": 3, "stride": 1, "padding": 1},
    {"size": (2, 3), "stride": (3, 2)},
)
SETTINGS = {
    "elu": ({}, {"alpha": 0.5}),
    "gelu": ({}, {"approximate": True}),
    "leaky_relu": ({}, {"slope": 0.3}),
    "dropout": ({"rng": 0}, {"keep": 0.8, "rng": 1}, {}),
    "gaussian_noise": ({"rng": 0}, {}),
    "group_norm": ({"groups": 2}, {"groups": 1}),
    "conv2d": SIDES,
    "conv2d_without_bias": SIDES,
    "max_pool2d": POOLS,
    "average_pool2d": POOLS,
    "svm_loss": ({}, {"margin": 0.5}),
    "offset_softmax_loss": ({}, {"delta": 0.1}),
    "squared_loss": tuple({"reduction": name} for name in ("half_mean", "mean", "half_sum", "sum")),
}  # fmt: skip


@pytest.mark.parametrize("layer", registered().values(), ids=lambda layer: layer.name)
def test_the_settings_of_a_layer_that_are_checked(layer):
    if not layer.forward.__module__.startswith("layers."):
        pytest.skip("registered by a test")
    assert layer.settings == SETTINGS.get(layer.name, ({},))


def test_statistics_over_pixels_are_those_of_spatial_batch_norm():
    assert [name for name, layer in registered().items() if layer.pixels] == ["spatial_batch_norm"]
    assert [name for name, layer in registered().items() if layer.noisy] == ["dropout", "gaussian_noise"]


def drawn(draw, n, times=60):
    return [draw(np.random.default_rng(seed), n) for seed in range(times)]


@pytest.mark.parametrize("n", [1, 3, 6])
def test_the_sides_of_images_are_of_their_own_and_none_is_the_batch(n):
    """Channels and filters of 2, 3, 4, height and width of 5, 6, 7: every two of them, in both orders."""
    sizes = drawn(image_sizes, n)
    few, more = {2, 3, 4} - {n}, {5, 6, 7} - {n}
    assert {size[:2] for size in sizes} == {(a, b) for a in few for b in few if a != b}
    assert {size[2:] for size in sizes} == {(a, b) for a in more for b in more if a != b}


def test_the_values_of_an_image_are_evenly_spaced_with_mean_0_and_spread_1():
    """M values a step d apart spread by d sqrt((M^2 - 1) / 12)."""
    for (x,) in drawn(images, 3, 5):
        assert x.shape[0] == 3
        values = np.sort(x.ravel())
        np.testing.assert_allclose(np.diff(values), math.sqrt(12 / (x.size**2 - 1)), rtol=1e-9)
        assert values.mean() == pytest.approx(0, abs=1e-12)
        assert not np.array_equal(values, x.ravel())
    (x,) = get("image").inputs(np.random.default_rng(0), 3)
    np.testing.assert_array_equal(x, images(np.random.default_rng(0), 3)[0].reshape(3, -1))


@pytest.mark.parametrize(("n", "channels"), [(2, 4), (3, 4), (4, 6), (5, 4), (6, 4)])
def test_images_for_a_norm_have_channels_in_pairs(n, channels):
    x, gamma, beta = draw_images(np.random.default_rng(0), n)
    assert (x.shape, gamma.shape, beta.shape) == ((n, channels, 3, 2), (channels,), (channels,))


@pytest.mark.parametrize("n", [3, 5, 6])
def test_rows_for_layer_norm_have_five_features_or_more(n):
    assert {x.shape[1] for x, *_ in drawn(get("layer_norm").inputs, n)} == {5, 7, 11} - {n}


def test_a_filter_is_two_by_three_or_three_by_two():
    for x, w, b in drawn(get("conv2d").inputs, 2, 30):
        assert (len(x), x.shape[1], len(b)) == (2, w.shape[1], len(w))
    assert {w.shape[2:] for _, w, _ in drawn(get("conv2d").inputs, 2, 30)} == {(2, 3), (3, 2)}
    shapes = [[a.shape for a in some] for some in drawn(get("conv2d_without_bias").inputs, 2, 30)]
    assert shapes == [[a.shape for a in some[:2]] for some in drawn(get("conv2d").inputs, 2, 30)]


@pytest.mark.parametrize("name", ["affine", "linear", "affine_relu", "embedding"])
def test_matrices_have_two_primes_that_are_not_the_batch(name):
    layer = get(name)
    for x, w, *b in drawn(layer.inputs, 5, 30):
        assert {x.shape[1], *w.shape} <= {3, 7, 11}
        assert len({x.shape[1], *w.shape}) == (3 if name == "embedding" else 2)
        assert len(x) == 5
        assert [a.shape for a in b] == ([w.shape[1:]] if "b" in layer.args else [])
        assert name == "embedding" or x.shape[1] == len(w)
    if name == "embedding":  # every row of the table is read, and none beside it
        read = [(set(x.ravel()), len(w)) for x, w in drawn(layer.inputs, 500, 3)]
        assert all(seen == set(range(rows)) for seen, rows in read)
