"""Distortions: strengths in pixels, shapes, the interpolation against SciPy's, and that seed and step decide."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from mnist import Ahead, Distortion

RNG = np.random.default_rng(0)
IMAGES = RNG.random((40, 28, 28)).astype(np.float32)
ALL = Distortion(elastic=1.4, sigma=4, rotation=10, scaling=0.1, shear=0.1, shift=1)


def places(fields):
    """Coordinates (2, n, height, width) that the fields point at, in pixels of the image."""
    height, width = fields.shape
    n = len(fields.corner)
    row, column = np.divmod(fields.corner - np.arange(n)[:, None] * (height + 2) * (width + 2), width + 2)
    return np.stack([row + fields.y - 1, column + fields.x - 1]).reshape(2, n, height, width)


def moved(distortion, n=400, seed=0):
    """Displacements (2, n, height, width)."""
    return places(distortion.fields(seed, 0, n)) - np.mgrid[: distortion.shape[0], : distortion.shape[1]][:, None]


@pytest.mark.parametrize("shape", [(28, 28), (8, 8), (5, 9)])
@pytest.mark.parametrize("flat", [True, False])
def test_nothing_asked_nothing_changed(shape, flat):
    images = RNG.random((7, *shape)).astype(np.float32)
    images = images.reshape(7, -1) if flat else images
    out = Distortion(shape=shape)(images, seed=0)
    np.testing.assert_array_equal(out, images)
    assert out is not images


@pytest.mark.parametrize(("elastic", "sigma"), [(1.38, 4.0), (0.8, 2.0), (1.0, 7.0)])
def test_elastic_strength_is_the_rms_displacement_of_every_pixel(elastic, sigma):
    inner = moved(Distortion(elastic=elastic, sigma=sigma), 2000)[..., 6:-6, 6:-6]  # the border's are cut off outside
    rms = np.sqrt(np.mean(inner**2, axis=(1, 2, 3)))
    np.testing.assert_allclose(rms, elastic, rtol=0.05)
    by_pixel = np.sqrt(np.mean(inner**2, axis=1))
    np.testing.assert_allclose(by_pixel, elastic, rtol=0.12)


def test_elastic_fields_are_correlated_like_smoothed_noise():
    sigma, field = 3.0, moved(Distortion(elastic=1.0, sigma=3.0), 3000)[0]
    middle = field[:, 14, 14]
    for distance in (1, 3, 5):
        found = np.mean(middle * field[:, 14, 14 + distance])
        assert found == pytest.approx(np.exp(-(distance**2) / (4 * sigma**2)), abs=0.08)
    assert abs(np.mean(middle * moved(Distortion(elastic=1.0, sigma=3.0), 3000)[1][:, 14, 14])) < 0.08  # y against x


def test_rotation_keeps_distances_from_the_centre_and_its_limit():
    at = places(Distortion(rotation=20).fields(0, 0, 300)) - 13.5
    grid = np.mgrid[:28, :28][:, None] - 13.5
    inside = np.hypot(*grid[:, 0]) < 12
    np.testing.assert_allclose(np.hypot(*at)[:, inside] - np.hypot(*grid[:, 0])[inside], 0, atol=1e-3)
    turned = np.rad2deg(np.arctan2(at[0], at[1]) - np.arctan2(grid[0], grid[1]))[:, 13, 20]
    assert 15 < np.abs(turned).max() <= 20 + 1e-3
    assert turned.min() < 0 < turned.max()


def test_scaling_shift_and_shear_stay_within_their_limits():
    at = places(Distortion(scaling=0.2).fields(0, 0, 300)) - 13.5
    for scaled in (at[0][:, 20, 14], at[1][:, 14, 20]):
        assert 6.5 / 1.2 - 1e-3 <= scaled.min() < 5.7 < 7.7 < scaled.max() <= 6.5 / 0.8 + 1e-3
    assert np.abs(at[0][:, 20, 14] - at[1][:, 14, 20]).max() > 1  # each axis by itself
    shifted = moved(Distortion(shift=2.0), 300)[:, :, 5:-5, 5:-5]
    assert np.ptp(shifted, axis=(2, 3)).max() < 1e-3
    assert 1.8 < np.abs(shifted).max() <= 2.001
    sheared = moved(Distortion(shear=0.3), 300)
    assert np.abs(sheared[0]).max() < 1e-3
    assert 1.5 < np.abs(sheared[1][:, 13 + 6, 14]).max() <= 0.3 * 5.5 + 1e-3


def test_interpolation_equals_scipys():
    fields = ALL.fields(3, 7, len(IMAGES))
    out = fields.apply(IMAGES)
    at = places(fields)
    for k in range(len(IMAGES)):
        expected = map_coordinates(np.pad(IMAGES[k], 1), at[:, k] + 1, order=1)
        np.testing.assert_allclose(out[k], expected, atol=2e-5)


def test_seed_and_step_decide():
    images = IMAGES.reshape(40, 784)
    first = ALL.fields(0, 5, 40).apply(images)
    np.testing.assert_array_equal(ALL.fields(0, 5, 40).apply(images), first)
    assert not np.array_equal(ALL.fields(0, 6, 40).apply(images), first)
    assert not np.array_equal(ALL.fields(1, 5, 40).apply(images), first)
    np.testing.assert_array_equal(ALL(images, seed=2, step=1), ALL(images, seed=2, step=1))
    assert not np.array_equal(ALL(images, seed=2, step=1), ALL(images, seed=2, step=2))


def test_a_short_batch_takes_the_first_fields():
    fields = ALL.fields(0, 0, 40)
    np.testing.assert_array_equal(fields.apply(IMAGES[:9]), fields.apply(IMAGES)[:9])


def test_made_ahead_is_the_same_in_any_order():
    ahead = Ahead(ALL, seed=4, n=6)
    for step in (0, 1, 2, 7, 3, 3, 0):
        for found, expected in zip(ahead.fields(step)[:3], ALL.fields(4, step, 6)[:3], strict=True):
            np.testing.assert_array_equal(found, expected)


def test_out_is_filled_and_the_images_are_left_alone():
    images = IMAGES.copy()
    images.setflags(write=False)
    out = np.empty_like(images)
    assert ALL.fields(0, 0, 40).apply(images, out=out) is out
    np.testing.assert_array_equal(out, ALL.fields(0, 0, 40).apply(images))
    assert ALL(images.astype(np.float64), seed=0).dtype == np.float64


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"elastic": -1}, "elastic is -1; expected a number 0 or more"),
        ({"sigma": 0}, "sigma is 0; expected a number above 0"),
        ({"scaling": 1.0}, "scaling is 1.0; expected a number 0 or more, below 1"),
        ({"rotation": float("nan")}, "rotation is nan; expected a number 0 or more"),
        ({"shift": "2"}, "shift is '2'; expected a number 0 or more"),
    ],
)
def test_strengths_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        Distortion(**settings)


def test_images_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"images have shape \(3, 64\); expected up to 5 of \(28, 28\)"):
        ALL.fields(0, 0, 5).apply(np.zeros((3, 64)))
    with pytest.raises(ValueError, match="expected up to 2 of"):
        ALL.fields(0, 0, 2).apply(IMAGES[:3])


def test_the_elastic_shapes_are_the_fewest_that_hold_all_but_a_thousandth_of_the_variance():
    """Against the covariance of all pixels, not of one axis at a time."""
    for shape, sigma in (((6, 8), 2.0), ((9, 5), 1.0), ((7, 7), 4.0)):
        y, x = np.mgrid[: shape[0], : shape[1]].reshape(2, -1)
        covariance = np.exp(-((y[:, None] - y) ** 2 + (x[:, None] - x) ** 2) / (4 * sigma**2))
        share = np.cumsum(np.linalg.eigvalsh(covariance)[::-1]) / len(y)
        shapes = Distortion(shape=shape, elastic=1.0, sigma=sigma)._shapes[:-3]
        assert len(shapes) == 1 + np.argmax(share >= 0.999)
        np.testing.assert_allclose(np.sum(shapes**2, axis=0), 1, rtol=1e-5)
        np.testing.assert_allclose(shapes.T @ shapes, covariance, atol=0.02)


def test_a_seed_and_a_step_stand_for_the_same_distortion_for_ever():
    """Recorded runs rest on it: four pixels of two images, as they were drawn when this was written."""
    distortion = Distortion(shape=(5, 7), rotation=30, scaling=0.2, shear=0.3, shift=1.5)
    wanted = [
        [[[1.6865, 2.0637], [3.6394, 4.0167]], [[-0.6269, -0.3993], [1.5348, 1.7623]]],
        [[[3.6884, 5.3931], [3.5978, 5.3025]], [[2.2317, 4.5016], [2.4657, 4.7356]]],
    ]
    np.testing.assert_allclose(places(distortion.fields(3, 7, 2))[:, :, 1:4:2, 2:5:2], wanted, atol=1e-3)


def test_no_two_images_of_a_step_or_of_two_steps_are_distorted_alike():
    images = np.repeat(IMAGES[:1], 300, axis=0)
    out = np.concatenate([ALL(images, seed=0, step=step) for step in (0, 1, 2)])
    assert len({image.tobytes() for image in out}) == 900
    assert np.array_equal(ALL(images[:200], seed=0, step=1)[:128], out[300:428])


def test_what_comes_from_beyond_the_border_is_background():
    """Shifts of up to ten pixels, against SciPy on an image with a wide border."""
    distortion, wide = Distortion(shift=10.0), np.pad(IMAGES + 1, ((0, 0), (12, 12), (12, 12)))
    out = distortion(IMAGES + 1, seed=0)
    by = np.median(moved(distortion, len(IMAGES)), axis=(2, 3))
    assert np.abs(by).max() > 9
    grid = np.mgrid[:28, :28] + 12
    for k in range(len(IMAGES)):
        wanted = map_coordinates(wide[k], grid + by[:, k, None, None], order=1)
        np.testing.assert_allclose(out[k], wanted, atol=5e-3)


def test_what_comes_from_beyond_is_the_background_around_the_image():
    """Images of 4 x 6 in sheets of 6 x 8: the rim at 0, or a thousandth of a pixel before that at 5 and 7."""
    corner, y, x, _ = Distortion((4, 6), shift=1e6).fields(0, 0, 50)
    for place, share, last in ((corner % 48 // 8, y, 4), (corner % 8, x, 6)):
        assert set(np.unique(place)) == {0, last}
        np.testing.assert_allclose(share, np.where(place == 0, 0, 0.999), atol=1e-5)


def test_the_fields_of_the_two_coming_steps_are_made_ahead_and_each_once():
    asked = []

    class Noted:
        def fields(self, *which):
            asked.append(which)
            return which

    ahead = Ahead(Noted(), seed=4, n=6)
    assert [ahead.fields(step) for step in range(4)] == [(4, step, 6) for step in range(4)]
    assert ahead.fields(3) == (4, 3, 6)  # asked again, made again
    assert set(ahead._coming) == {4, 5}
    assert ahead.fields(8) == (4, 8, 6)
    assert set(ahead._coming) == {9, 10}  # those that nobody asks for any more are let go
    ahead._worker.shutdown()
    assert [step for _, step, _ in asked] == [0, 1, 2, 3, 4, 5, 3, 8, 9, 10]
