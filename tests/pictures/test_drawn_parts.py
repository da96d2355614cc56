"""The parts of the preparation of pictures, each by hand: what the whole may make good again, a part may not."""

import numpy as np
import pytest

from mnist.drawn import choosing, grain, light, likeness, scaling, shapes
from mnist.drawn.shapes import Shape

RNG = np.random.default_rng(0)


def test_otsu_parts_the_classes_that_are_furthest_apart():
    values = np.concatenate([RNG.normal(0.2, 0.05, 3000), RNG.normal(0.5, 0.1, 300), RNG.normal(0.9, 0.02, 80)])
    edges = np.histogram(values, 256)[1]
    apart = []
    for edge in edges[1:-1]:
        low, high = values[values < edge], values[values >= edge]
        apart.append(len(low) * len(high) * (low.mean() - high.mean()) ** 2)
    assert abs(grain.otsu(values) - edges[1 + np.argmax(apart)]) < 1.5 * (edges[1] - edges[0])
    assert grain.otsu(np.repeat([0.0, 1.0], [50, 3])) == pytest.approx(0.5, abs=0.01)  # amid the gap
    assert grain.otsu(np.array([1.0, 1.4, 2.0])) == pytest.approx(1.7, abs=0.01)  # (1.2 - 2)^2 2 > (1 - 1.7)^2 2
    assert grain.otsu(np.full(9, 0.5)) == 0.5  # of one value nothing is apart


def test_the_grain_of_normal_noise_is_its_standard_deviation():
    sheet = 0.5 + np.add.outer(np.linspace(0, 1, 200), np.linspace(0, 0.5, 300)) + RNG.normal(0, 0.03, (200, 300))
    assert grain.noise_of(sheet) == pytest.approx(0.03, rel=0.03)
    assert grain.noise_of(np.tile([0.0, 1.0], (2, 4))) == 0  # of two rows nothing can be said
    smooth, left = grain.without_grain(sheet)
    assert left == pytest.approx(0.03 / (2 * np.sqrt(np.pi) * (0.6 + 200 / 400)), rel=0.03)
    assert grain.noise_of(smooth) < 0.01
    assert grain.without_grain(sheet[:4])[0].shape == (4, 300)
    np.testing.assert_array_equal(grain.without_grain(sheet[:4])[0], sheet[:4])  # too small to be smoothed
    assert np.ptp(grain.without_grain(sheet[:5])[0] - sheet[:5]) > 0.03
    same, none = grain.without_grain(np.tile(np.linspace(0, 1, 70), (70, 1)))
    np.testing.assert_array_equal(same, np.tile(np.linspace(0, 1, 70), (70, 1)))
    assert none == pytest.approx(0, abs=1e-12)


def test_the_rim_is_three_per_cent_deep():
    sheet = np.zeros((100, 200))
    sheet[3:-3, 3:-3] = 1
    assert grain.ring(sheet).max() == 0
    assert grain.ring(sheet).size == 2 * 3 * (100 + 200)
    assert grain.ring(np.ones((5, 4))).size == 2 * (5 + 4)


@pytest.mark.parametrize("bright", [True, False])
def test_light_of_the_fourth_degree_is_found_below_strokes(bright):
    y, x = np.meshgrid(np.linspace(-1, 1, 90), np.linspace(-1, 1, 130), indexing="ij")
    bent = 0.1 * x + 0.05 * y - 0.1 * x**2 * y + 0.05 * y**4 - 0.04 * x**3 * y
    paper = np.exp(bent - 0.4) if bright else 0.6 + bent
    sheet = paper.copy()
    sheet[30:60, 60:64] *= 0.2
    np.testing.assert_allclose(light._surface(sheet, bright), paper, atol=1e-9)


@pytest.mark.parametrize("bright", [True, False])
def test_black_ink_leaves_the_light_below_it_as_it_is(bright):
    sheet = np.full((40, 60), 0.8)
    sheet[10:30, 28:32] = 0
    np.testing.assert_allclose(light._surface(sheet, bright), 0.8, atol=1e-6)


def test_a_sheet_of_one_row_has_light_too():
    np.testing.assert_allclose(light._surface(np.full((1, 40), 0.5), True), 0.5, atol=1e-9)


def test_ink_is_divided_by_what_strokes_have():
    darker = np.concatenate([np.zeros(50), [0.1], np.linspace(0.2, 0.4, 21)])
    np.testing.assert_allclose(light._stretched(darker, 0.0), darker / 0.32, atol=1e-12)  # of 0.2..0.4, 60 %
    strong = darker[darker >= 0.27]
    np.testing.assert_allclose(light._stretched(darker, 0.09), darker / np.percentile(strong, 60), atol=1e-12)
    np.testing.assert_allclose(light._stretched(darker, 0.13), darker / np.percentile(darker[-4:], 60), atol=1e-12)
    assert light._stretched(darker, 0.134) is None  # three times the grain is more than all
    assert light._stretched(0.019 / 0.4 * darker, 0.0) is None
    assert light._stretched(0.021 / 0.4 * darker, 0.0) is not None


def test_three_thin_lines_across_are_taken_out_along_their_own_axis():
    mask = np.zeros((60, 100), bool)
    mask[20:40, 50:55] = True
    digit = mask.copy()
    mask[[5, 15, 50]] = True
    mask[5, 90:] = False  # nine tenths are across, too
    np.testing.assert_array_equal(shapes.without_lines(mask), digit)
    two = digit.copy()
    two[[5, 50]] = True
    assert shapes.without_lines(two) is two
    upright = np.zeros((100, 60), bool)
    upright[:, [3, 4, 12, 13, 30]] = True
    assert not shapes.without_lines(upright).any()
    thick = digit.copy()
    thick[:10] = thick[45] = thick[47] = True
    assert shapes.without_lines(thick) is thick


@pytest.mark.parametrize(
    ("shape", "rim"),
    [
        ((0, 0, 5, 100, 400), True),  # a strip along the top
        ((0, 0, 10, 100, 900), False),  # which is no strip any more
        ((50, 0, 55, 100, 400), True),  # it touches the sides
        ((50, 2, 55, 98, 400), False),
        ((0, 0, 100, 6, 400), True),
        ((2, 94, 98, 100, 500), True),
        ((0, 0, 9, 100, 800), True),
        ((0, 0, 100, 9, 800), True),
        ((0, 0, 100, 10, 900), False),
        ((0, 0, 50, 6, 200), False),  # which is no longer than a stroke
        ((0, 0, 6, 50, 200), False),
        ((2, 2, 98, 98, 700), True),  # a frame
        ((15, 2, 98, 98, 700), False),
        ((2, 2, 98, 98, 4000), False),
        ((20, 30, 70, 60, 500), False),
    ],
)
def test_frames_and_strips_are_no_digits(shape, rim):
    assert shapes._is_rim(Shape(1, *shape), (100, 100)) is rim


def test_specks_are_small_beside_the_largest_shape():
    main = Shape(1, 0, 0, 60, 80, 1000)  # a diagonal of 100
    for speck, kept in (((0, 0, 12, 3, 20), True), ((0, 0, 9, 7, 50), False), ((0, 0, 12, 3, 9), False)):
        found = shapes._without_specks([Shape(2, *speck), main])
        assert (len(found) == 2) is kept
    assert shapes._without_specks([Shape(1, 0, 0, 3, 3, 9)]) == []
    assert shapes._without_specks([]) == []
    assert len(shapes._without_specks([Shape(1, 0, 0, 4, 1, 4)])) == 1


@pytest.mark.parametrize(
    ("shape", "apart"),
    [
        ((0, 40, 60, 70, 500), True),  # beside, as tall
        ((0, 40, 30, 70, 500), True),
        ((0, 40, 29, 70, 500), False),  # less than half as tall: a part of it
        ((0, 39, 60, 70, 500), False),  # they overlap
        ((60, 0, 100, 40, 500), True),  # below, as wide
        ((60, 0, 100, 19, 500), False),
        ((60, 0, 83, 40, 500), False),  # wide and flat: the foot of a digit
        ((60, 0, 100, 40, 299), False),
        ((59, 0, 100, 40, 500), False),
    ],
)
def test_digits_apart(shape, apart):
    group = Shape(1, 0, 0, 60, 40, 1000)
    assert shapes._apart(Shape(2, *shape), group) is apart
    assert len(shapes._groups([Shape(2, *shape), group])) == 1 + apart


def test_a_group_is_the_box_and_the_ink_of_its_shapes():
    assert shapes._together(Shape(1, 5, 6, 20, 30, 100), Shape(2, 3, 8, 15, 40, 50)) == Shape(1, 3, 6, 20, 40, 150)
    assert shapes._together(Shape(1, 3, 8, 25, 40, 50), Shape(2, 5, 6, 20, 30, 100)) == Shape(1, 3, 6, 25, 40, 150)


def test_a_bar_has_the_width_of_its_strokes():
    for width in (4, 8, 12):
        bar = np.zeros((200, 40), bool)
        bar[10:190, 10 : 10 + width] = True
        assert scaling.stroke_width(bar) == pytest.approx(width, rel=0.12)
    assert scaling.stroke_width(np.zeros((4, 4), bool)) == 0


def test_resizing_is_the_mean_over_each_pixel():
    sheet = RNG.random((6, 9))
    np.testing.assert_allclose(scaling.resized(sheet, 3, 3), sheet.reshape(3, 2, 3, 3).mean((1, 3)), atol=1e-12)
    np.testing.assert_allclose(scaling.resized(sheet, 4, 9)[0], (sheet[0] + 0.5 * sheet[1]) / 1.5, atol=1e-12)
    np.testing.assert_array_equal(scaling.resized(sheet, 6, 9), sheet)
    np.testing.assert_array_equal(scaling.resized(sheet[:1], 3, 9), np.repeat(sheet[:1], 3, axis=0))
    slope = np.tile(np.linspace(0.2, 0.8, 40)[:, None], (1, 5))
    larger = scaling.resized(slope, 80, 5)
    wanted = 0.2 + 0.6 * ((np.arange(80) + 0.5) / 2 - 0.5) / 39
    np.testing.assert_allclose(larger[10:-10], np.tile(wanted[10:-10, None], (1, 5)), atol=1e-3)


def test_ink_is_placed_by_mass_or_by_its_box():
    ink = np.zeros((4, 5))
    ink[:, 0] = 1
    ink[3] = 1  # an L: its mass lies low and left
    np.testing.assert_allclose(scaling.middles(ink[None], True), [[18 / 8, 10 / 8]])
    np.testing.assert_allclose(scaling.middles(ink[None], False), [[1.5, 2.0]])
    for by_mass, corner in ((True, (8, 9)), (False, (9, 8))):
        sheet = scaling.placed(ink, (20, 20), (10.0, 10.0), by_mass)
        assert scaling.box_of(sheet > 0) == (*corner, corner[0] + 4, corner[1] + 5)
    assert scaling.box_of(scaling.placed(ink, (20, 20), (0.0, 19.0), False) > 0) == (0, 15, 4, 20)


def test_boxes_that_do_not_meet_share_nothing():
    assert choosing._area((2, 3, 5, 9)) == 18
    assert choosing._area((5, 3, 2, 9)) == 0
    assert choosing._area((2, 9, 5, 3)) == 0


def test_what_is_darker_than_its_surroundings_is_counted():
    sheet = np.full((60, 60), 0.5)
    sheet[20:24, 20:24] = 0.1
    sheet[40:44, 40:42] = 0.9
    assert choosing._share_of_dark(sheet) == pytest.approx(2 / 3)
    assert choosing._share_of_dark(1 - sheet) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("count", "reference", "held", "every", "kept"),
    [  # at most a quarter is held out, and one at least
        (48, 10, 2, 4, 2), (48, 10, 10, 2, 6), (22, 10, 30, 1, 5), (3, 10, 30, 1, 1),
        (20_999, 10_000, 500, 1, 500), (21_000, 10_000, 500, 2, 500),
    ],
)  # fmt: skip
def test_likeness_is_measured_on_a_sample(monkeypatch, count, reference, held, every, kept):
    if reference != 10_000:
        monkeypatch.setattr(likeness, "_REFERENCE", reference)
        monkeypatch.setattr(likeness, "_HELD", held)
    images = np.random.default_rng(1).random((count, 8, 8) if count < 100 else (count, 2, 2))
    found, sample = likeness.Likeness.of(images), images[::every]
    assert len(found.reference) == len(sample)
    np.testing.assert_allclose(np.linalg.norm(found.reference, axis=1), 1, rtol=1e-5)
    assert found.ink == (sample.mean((1, 2)).min(), sample.mean((1, 2)).max())
    step = len(sample) // kept
    others = [k for k in range(len(sample)) if k % step]  # those held out meet the rest
    nearest = (found.reference[::step][:kept] @ found.reference[others].T).max(1)
    assert found.least == pytest.approx(np.percentile(nearest, 1), rel=1e-5)


def test_odd_pixels_are_taken_out_of_pictures_of_64_pixels_and_more():
    """Of smaller ones they may be the ends of strokes; and only where one in two hundred is odd."""
    sheet = np.ones((64, 70))
    sheet[5::10, 5::10] = 0
    assert grain.noise_of(sheet) == 0
    assert grain.without_grain(sheet)[0].min() > 0.99
    assert grain.without_grain(sheet[:63])[0].min() == 0
    few = np.ones((80, 80))
    few[5::20, 5::10] = 0  # 32 of 6,400 pixels
    assert grain.without_grain(few)[0].min() > 0.99
    few[5, 5] = 1
    assert grain.without_grain(few)[0].min() == 0


@pytest.mark.parametrize(("side", "papers"), [(60, 4), (50, 4), (47, 3), (24, 3), (22, 2)])
def test_paper_is_found_beside_strokes_in_windows_of_ten_pixels_and_more(side, papers):
    """A fifth and two fifths of the shorter side; besides, even light and a smooth surface."""
    sheet = np.full((side, side + 30), 0.7)
    sheet[5:15, 5:8] = 0.2
    found = list(light._papers(sheet, 0.5, True))
    assert len(found) == papers
    for paper in found:
        np.testing.assert_allclose(paper[5:15, 5:8], 0.7, atol=1e-6)


def test_where_no_shape_is_there_is_no_ink():
    blank = np.zeros((30, 30))
    assert shapes.find_digit(blank > 0) is None
    blank[4:7, 4:7] = 1  # a dot of noise
    assert shapes.find_digit(blank > 0) is None
    assert choosing._ink(blank, 0.0, True, 0, True) is None
    assert choosing._ink(None, 0.0, True, 0, True) is None
    blank[4:24, 4:7] = 1
    found = choosing._ink(blank, 0.0, True, 0, True).found
    assert (found.mask.sum(), found.rim.sum(), found.digits) == (60, 0, 1)


@pytest.mark.parametrize(
    ("beside", "taken_out"), [([], True), ([(0, 1)], True), ([(1, 1)], True), ([(0, 1), (1, 0)], False)]
)
def test_two_odd_pixels_are_grain_and_three_that_touch_are_something(beside, taken_out):
    sheet = np.ones((64, 70))
    for down, right in [(0, 0), *beside]:
        sheet[5 + down :: 10, 5 + right :: 10] = 0
    assert bool(grain.without_grain(sheet)[0].min() > 0.99) is taken_out
