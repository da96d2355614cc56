"""Where the stages of reading a drawing say yes and where no: what lies exactly on a limit, on numbers by hand."""

import numpy as np
import pytest

from mnist.drawn import choosing, grain, shapes
from mnist.drawn.shapes import Found, Shape

NOWHERE = np.zeros((100, 100), bool)


@pytest.mark.parametrize(
    ("shape", "size", "rim"),
    [
        ((0, 5, 5, 95, 300), (100, 100), True),  # along the top alone
        ((95, 5, 100, 95, 300), (100, 100), True),
        ((5, 0, 95, 6, 300), (100, 100), True),
        ((5, 94, 95, 100, 300), (100, 100), True),
        ((0, 10, 5, 90, 300), (100, 100), False),  # eight tenths of the side and no more
        ((10, 0, 90, 6, 300), (100, 100), False),
        ((9, 9, 91, 91, 700), (100, 100), True),  # a frame, nine pixels from the rim
        ((10, 9, 91, 91, 700), (100, 100), False),
        ((9, 9, 91, 90, 700), (100, 100), False),
        ((0, 0, 80, 100, 700), (100, 100), False),
        ((1, 1, 99, 99, 2999), (100, 100), True),
        ((1, 1, 99, 99, 3000), (100, 100), False),  # three tenths of the sheet
        ((4, 0, 16, 100, 400), (20, 100), False),  # as wide as the sheet, but not as tall
        ((0, 4, 100, 16, 400), (100, 20), False),
        ((2, 3, 19, 92, 400), (20, 100), True),
        ((0, 2, 4, 19, 60), (40, 20), True),  # strips may be 0.08 of 40, and a pixel
        ((0, 2, 5, 19, 60), (40, 20), False),
        ((2, 0, 19, 4, 60), (20, 40), True),
        ((2, 0, 19, 5, 60), (20, 40), False),
    ],
)
def test_frames_and_strips_at_their_limits(shape, size, rim):
    assert shapes._is_rim(Shape(1, *shape), size) is rim


@pytest.mark.parametrize(("speck", "kept"), [((9, 12, 13), 2), ((9, 12, 12), 1), ((9, 11, 99), 1)])
def test_a_speck_is_less_than_12_hundredths_of_the_largest_or_has_less_than_a_hundredth_of_its_ink(speck, kept):
    """The largest has a diagonal of 125 = |(75, 100)| and 1,300 pixels: 15 = |(9, 12)|, and 13."""
    height, width, area = speck
    found = shapes._without_specks([Shape(1, 0, 0, height, width, area), Shape(2, 0, 0, 75, 100, 1300)])
    assert len(found) == kept


@pytest.mark.parametrize(
    ("box", "area", "apart"),
    [
        ((100, 20, 160, 50), 500, True),  # it ends where the other begins
        ((100, 20, 160, 51), 500, False),
        ((70, 50, 100, 90), 500, True),
        ((70, 50, 101, 90), 500, False),
        ((160, 50, 200, 70), 500, True),  # half as wide
        ((160, 50, 184, 90), 500, True),  # four tenths as tall
        ((160, 50, 200, 90), 300, True),
        ((170, 95, 190, 130), 500, False),  # beside and below, but neither tall nor ...
        ((170, 95, 195, 110), 500, False),  # ... wide
        ((170, 95, 195, 115), 500, True),
    ],
)
def test_digits_apart_at_their_limits(box, area, apart):
    """From one of 60 x 40 pixels, of which 1,000 are ink, in rows 100..159 and columns 50..89."""
    assert shapes._apart(Shape(2, *box, area), Shape(1, 100, 50, 160, 90, 1000)) is apart


@pytest.mark.parametrize(("length", "thick", "taken"), [(86, 4, True), (85, 4, False), (86, 5, False)])
@pytest.mark.parametrize("turned", [False, True])
def test_lines_are_longer_than_85_hundredths_and_at_most_three_hundredths_and_a_pixel_thick(
    length, thick, taken, turned
):
    """They go with the pixel on either side; the first lies along the rim."""
    mask = NOWHERE.copy()
    for start in (0, 30, 60):
        mask[start : start + thick, :length] = True
        mask[start + thick : start + thick + 2, 50] = True
    mask[28:30, 40] = True
    left = NOWHERE.copy()
    left[28, 40] = left[[5, 35, 65], 50] = True
    mask, left = (mask.T, left.T) if turned else (mask, left)
    np.testing.assert_array_equal(shapes.without_lines(mask), left if taken else mask)


def test_a_line_over_the_whole_sheet_is_one_with_its_margin_alone():
    mask = NOWHERE.copy()
    mask[:3] = mask[50] = mask[99] = True
    mask[[3, 4, 97, 98], 20] = True
    left = NOWHERE.copy()
    left[[4, 97], 20] = True
    np.testing.assert_array_equal(shapes.without_lines(mask), left)


@pytest.mark.parametrize(("gap", "around"), [(4, True), (5, False)])
def test_what_covers_nine_tenths_of_the_rim_lies_around_the_sheet(gap, around):
    """A line along a rim of 40 pixels, the corners twice, has too much ink of 10 x 10 to be a thin frame."""
    mask = np.zeros((10, 10), bool)
    mask[[0, -1]] = mask[:, [0, -1]] = True
    mask[0, 2 : 2 + gap] = False
    frame = mask.copy()
    mask[3:8, 4:6] = True
    found = shapes.find_digit(mask)
    assert found.digits == 1
    np.testing.assert_array_equal(found.mask, mask & ~frame if around else frame | mask)
    np.testing.assert_array_equal(found.rim, frame if around else mask & False)


def test_of_a_frame_alone_the_frame_is_the_digit():
    mask = NOWHERE.copy()
    mask[:5] = True
    found = shapes.find_digit(mask)
    np.testing.assert_array_equal(found.mask, mask)
    assert (found.rim.any(), found.digits) == (False, 1)


def ink(top, left, bottom, right):
    mask = NOWHERE.copy()
    mask[top:bottom, left:right] = True
    return choosing.Ink(mask.astype(float), Found(mask, NOWHERE, 1), True, 0.25)


@pytest.mark.parametrize(
    ("strokes", "gap", "unlikely"),
    [
        (ink(20, 10, 31, 90), ink(24, 20, 34, 30), False),  # seven tenths of it
        (ink(20, 10, 31, 90), ink(23, 20, 33, 30), True),
        (ink(20, 20, 25, 40), ink(20, 20, 25, 39), False),  # 95 hundredths as large
        (ink(20, 20, 25, 40), ink(20, 20, 25, 38), True),
        (ink(0, 10, 3, 90), ink(0, 20, 3, 40), False),  # strokes on a fifth of the rim of 1,200 pixels
        (ink(0, 11, 3, 90), ink(0, 20, 3, 40), True),
    ],
)
def test_gaps_between_strokes_at_their_limits(strokes, gap, unlikely):
    costs = [one.cost for one in choosing._gaps_apart([strokes, gap])]
    assert costs == [0.25, 1.25 if unlikely else 0.25]


def test_half_of_its_box_does_not_make_a_sheet():
    mask = np.zeros((30, 30), bool)
    mask[:20, :20] = np.add.outer(np.arange(20), np.arange(20)) % 2 == 0
    assert not choosing._is_sheet(mask)
    mask[10, 11] = True
    assert choosing._is_sheet(mask)


@pytest.mark.parametrize(("noise", "blank"), [(0.11, True), (0.1, False), (0.09, False)])
def test_what_varies_by_less_than_five_times_its_grain_is_blank(monkeypatch, noise, blank):
    """0.5 is what it varies by."""
    sheet = np.zeros((40, 40))
    sheet[10:30, 18:22] = 0.5
    monkeypatch.setattr(choosing, "without_grain", lambda grey: (grey, noise))
    monkeypatch.setattr(choosing, "_ink", lambda amount, *_: ink(20, 20, 80, 80))
    assert (choosing._best_guess(sheet, True, False) is None) is blank


def test_dark_and_bright_are_weighed_where_they_differ_by_a_fifth_of_the_most():
    sheet = np.full((15, 15), 10.0)
    sheet[3, 3], sheet[9, 9] = 0, 12
    assert choosing._share_of_dark(sheet) == pytest.approx(10 / 12)
    sheet[9, 9] = 11.99
    assert choosing._share_of_dark(sheet) == 1
    sheet[3, 3], sheet[9, 9] = 8.01, 20
    assert choosing._share_of_dark(sheet) == 0
    assert choosing._share_of_dark(np.full((15, 15), 0.5)) == 0
    sheet[3, 3] = 10 - 1e-3
    assert choosing._share_of_dark(sheet[:7, :7]) == pytest.approx(1)


def test_what_is_around_a_pixel_of_a_small_sheet_are_three_by_three():
    """Five of nine are the median amid a plus, of four by four they are not, and of two by two three are."""
    sheet = np.full((8, 8), 0.5)
    sheet[2, 1:4] = sheet[1:4, 2] = 0.1
    sheet[6, 6] = 0.9
    assert choosing._share_of_dark(sheet) == pytest.approx(4 / 5)


def test_sixty_four_rows_and_columns_are_looked_at():
    for at in (0, 30, 31, 32, 33, 63):
        sheet = np.full((64, 64), 0.5)
        sheet[at, at] = 0.1
        assert choosing._share_of_dark(sheet) == pytest.approx(1), at
    sheet = np.full((65, 65), 0.5)
    sheet[32] = 0.1  # between the 32nd and the 33rd of 64 rows
    sheet[5, 5] = 0.9
    assert choosing._share_of_dark(sheet) == choosing._share_of_dark(sheet.T) == 0


def test_the_core_of_a_stroke_is_above_45_hundredths_and_what_hangs_on_it_above_36():
    amount = np.array([[0.37, 0.46, 0.36, 0.37, 0.0, 0.45, 0.4]])
    np.testing.assert_array_equal(choosing._mask(amount, 0.0099), [[True, True, False, False, False, False, False]])
    np.testing.assert_array_equal(choosing._mask(amount, 0.01), [[False, True, False, False, False, False, False]])


def test_the_grain_of_three_by_three_pixels_is_one_difference():
    """1 amid 0 is 4 in second differences along both axes; of normal noise the median is 0.6745 x 6."""
    sheet = np.zeros((3, 3))
    sheet[1, 1] = 1
    assert grain.noise_of(sheet) == pytest.approx(4 / (6 * 0.6745))
    assert grain.noise_of(sheet[:2]) == grain.noise_of(sheet[:, :2]) == 0


@pytest.mark.parametrize(
    ("noise", "sigma"), [(0.0039, 0), (0.004, 0.7), (0.15, 0.7), (0.1501, 1.7)]
)  # 0.6 and a four hundredth of 40 pixels
def test_grain_is_smoothed_by_its_strength(monkeypatch, noise, sigma):
    from scipy import ndimage

    sheet = np.random.default_rng(0).random((40, 60))
    monkeypatch.setattr(grain, "noise_of", lambda grey: noise)
    smooth, left = grain.without_grain(sheet)
    if not sigma:
        assert smooth is sheet
        assert left == noise
        return
    assert left == pytest.approx(noise / (2 * np.sqrt(np.pi) * sigma))
    source = sheet if noise > 0.15 else ndimage.median_filter(sheet, size=3)
    np.testing.assert_allclose(smooth, ndimage.gaussian_filter(source, sigma), atol=1e-12)


@pytest.mark.parametrize(("contrast", "odd"), [(0.2, False), (0.21, True)])
def test_odd_pixels_differ_by_more_than_a_fifth(contrast, odd):
    sheet = np.zeros((64, 70))
    sheet[5::10, 5::10] = contrast
    assert (grain.without_grain(sheet)[0] is not sheet) is odd
