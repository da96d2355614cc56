"""Grey values, frames and what is cut out, exactly on their limits: numbers by hand that floats hold exactly."""

import numpy as np
import pytest

import mnist
from mnist.drawn import light, preparing, scaling
from mnist.drawn.frame import Frame
from mnist.drawn.grey import grey


def bar(top=10, left=19, height=20, width=2, side=40):
    """Ink on a square sheet, the middle of which is the middle of a bar of 20 x 2 from row 10 and column 19 on."""
    image = np.zeros((side, side))
    image[top : top + height, left : left + width] = 1
    return image


FRAME = Frame((40, 40), 20, (19.5, 19.5))


@pytest.mark.parametrize(
    ("ink", "other", "paper"),
    [
        ((0.2, 1.0), (0.9, 0.5), 1),  # what is half clear says nothing of the ink, which is dark
        ((0.2, 1.0), (0.9, 0.51), 0),
        ((0.2, 0.01), (0.9, 0.0), 1),  # what is all clear has no colour
        ((0.5, 1.0), (0.9, 0.0), 0),  # ink of 0.5 is bright
    ],
)
def test_clear_pixels_are_white_below_dark_ink_and_black_below_bright(ink, other, paper):
    assert grey(np.array([[ink, (0, 0), (0, 0), other]]))[0, 1] == paper


@pytest.mark.parametrize(("ink", "rim"), [(0.3, 1), (0.29, 0.5)])
def test_what_varies_by_a_fifth_is_no_sheet(ink, rim):
    """0.5 - 0.3: bright paper alone would be its own ink, of 0.48 in the mean."""
    sheet = np.full((10, 10), 0.5)
    sheet[4] = ink
    clear = np.pad(np.dstack([sheet, np.ones((10, 10))]), ((1, 1), (1, 1), (0, 0)))
    assert grey(clear)[0, 0] == rim


@pytest.mark.parametrize("shape", [(2, 3, 5), (2, 3, 0), (0, 3), (3,), (1, 2, 3, 1)])
def test_what_has_another_shape_is_no_picture(shape):
    with pytest.raises(mnist.DataError, match=r"^a picture has shape \(.*\); expected \(height, width\) or "):
        grey(np.zeros(shape))


@pytest.mark.parametrize(
    ("image", "left", "held"),
    [
        (bar(), True, True),
        (bar(left=21), True, True),  # by a twentieth of the side
        (bar(left=22), False, False),
        (bar(top=12), True, True),
        (bar(top=13), False, False),
        (bar(height=18), True, True),  # a tenth of the box less or more
        (bar(height=17), False, False),
        (bar(top=9, height=22), True, True),
        (bar(top=9, height=23), False, False),
        (np.maximum(bar(), 0.02), True, True),  # the paper is as good as black
        (np.maximum(bar(), 0.021), False, True),  # what training images have below a tenth is no ink
        (0.5 * bar(), True, True),
        (0.499 * bar(), False, True),
        (np.maximum(bar(), 0.1 * bar(top=8, height=24)), True, True),
        (np.maximum(bar(), 0.11 * bar(top=8, height=24)), False, False),
        (np.maximum(bar(height=10), 0.2 * bar()), False, False),  # its mass is at row (14.5 + 0.2 x 24.5) / 1.2
    ],
)
def test_what_has_the_form_of_training_images_at_its_limits(image, left, held):
    assert (preparing._already(image, FRAME, None) is not None) == left
    assert FRAME.holds(np.stack([image] * 3)) == held


def test_a_rim_of_half_grey_is_dark_paper():
    assert preparing._already(np.full((40, 40), 0.5), FRAME, None) is None
    assert Frame.of(np.maximum(bar(), 0.5)[None]).dark_paper is True
    assert Frame.of(np.where(bar(), 0, 0.51)[None]).dark_paper is False


def test_frames_are_measured_on_ink_of_half_and_more_and_on_pixels_above_a_tenth():
    faint, half = bar(), 0.5 * bar(height=10)
    assert Frame.of(np.stack([faint, half])).box == 15  # both
    assert Frame.of(np.stack([faint, 0.499 * bar(height=10)])).box == 20
    assert Frame.of(np.stack([np.maximum(bar(), 0.1 * bar(height=30))])).box == 20
    assert Frame.of(np.stack([np.maximum(bar(), 0.11 * bar(height=30))])).box == 30


@pytest.mark.parametrize(("most", "counts"), [(0.2, False), (0.21, True)])
def test_images_that_reach_no_more_than_a_fifth_say_nothing_of_a_frame(most, counts):
    """A faint one out of its place is one in two; the others alone stand in the frame."""
    images = np.stack([bar(), most * bar(left=30)])
    assert FRAME.holds(images) is not counts


@pytest.mark.parametrize("by_mass", [True, False])
def test_nine_images_in_ten_are_enough(by_mass):
    frame = FRAME._replace(by_mass=by_mass)
    assert frame.holds(np.stack([bar()] * 9 + [bar(left=30)]))
    assert not frame.holds(np.stack([bar()] * 8 + [bar(left=30)]))


def test_what_is_cut_out_is_ink_above_a_fifth_within_two_pixels():
    amount = np.zeros((11, 11))
    amount[5] = [0.5, 0.5, 0.5, 0.5, 0.5, 1, 0.5, 0.2, 0.5, 0.5, 0.5]
    mask = amount == 1
    np.testing.assert_array_equal(preparing._cut_out(amount, mask), [[0.5, 0.5, 1, 0.5]])
    np.testing.assert_array_equal(preparing._cut_out(amount.T, mask), [[0.5], [0.5], [1], [0.5]])


def test_a_sheet_of_its_own_size_is_no_other():
    sheet = np.array([[0.0, 2.0, -1.0]])
    assert scaling.resized(sheet, 1, 3).tolist() == sheet.tolist()
    assert scaling.resized(np.ones((1, 4)), 3, 2).tolist() == [[1, 1]] * 3
    assert scaling.fitted(np.ones((1, 80)), 20).shape == scaling.fitted(np.ones((80, 1)), 20).shape[::-1] == (1, 20)
    assert scaling.fitted(np.ones((3, 80)), 40).shape == (2, 40)


def test_what_reaches_a_half_is_not_cropped_and_no_stroke():
    ink = np.array([[0.0, 0.5, 1, 0.49], [0, 0, 0, 0]])
    assert scaling.cropped(ink).tolist() == [[0.5, 1]]
    assert scaling.cropped(ink, 0.49).tolist() == [[0.5, 1, 0.49]]
    strokes = np.zeros((9, 9))
    strokes[:, 4] = 1
    wider = strokes.copy()
    wider[:, 5] = 0.5
    np.testing.assert_array_equal(scaling.with_strokes(strokes, 1, 9), scaling.with_strokes(wider, 1, 9))


@pytest.mark.parametrize(
    ("centre", "corner"),
    [((10.0, 10.0), (9, 8)), ((9.9, 9.9), (8, 8)), ((9.5, 9.5), (8, 8)), ((9.4, 9.4), (8, 7)), ((0.0, 30.0), (0, 15)),
     ((30.0, 0.0), (16, 0))],
)  # fmt: skip
def test_the_middle_of_a_box_is_moved_by_whole_pixels_and_stays_on_the_sheet(centre, corner):
    """Of 4 x 5 pixels it is at 1.5 and 2: half a pixel is moved on."""
    placed = scaling.placed(np.ones((4, 5)), (20, 20), centre, False)
    assert scaling.box_of(placed > 0) == (*corner, corner[0] + 4, corner[1] + 5)


def test_ink_of_the_faintest_contrast_and_of_three_times_its_grain_is_some():
    darker = np.zeros(100)
    darker[:10] = 0.02
    np.testing.assert_allclose(light._stretched(darker, 0.0), darker / 0.02)
    assert light._stretched(0.99 * darker, 0.0) is None
    darker[:10] = 0.75
    assert light._stretched(darker, 0.25) is not None
    assert light._stretched(darker, 0.2501) is None


def test_what_is_half_as_strong_as_the_strongest_counts():
    """0.5 and four of 1: of five the sixtieth hundredth is the middle of the third and the fourth, and of four."""
    darker = np.array([0.0, 0.0, 0.5, 0.5, 0.5, 1, 0.25])
    np.testing.assert_allclose(light._stretched(darker, 0.0), darker / 0.5)
    darker[2:5] = 0.49
    np.testing.assert_allclose(light._stretched(darker, 0.0), darker)


def test_likeness_at_its_limits():
    like = mnist.Likeness(np.array([[1.0, 0, 0, 0]]), 0.0, (0.2, 0.5))
    assert like.doubt(np.array([[0, 0], [1.0, 0]])) is None  # no less alike than is usual
    assert like.doubt(np.array([[1.0, 0], [1.0, 0]])) is None  # as much ink as any


def test_a_lying_digit_is_as_long_as_it_is_wide():
    assert FRAME.holds(np.stack([bar().T] * 3))
    assert not FRAME.holds(np.stack([bar(height=17).T] * 3))
    assert Frame.of(bar(height=17).T[None]).box == 17


def test_images_are_placed_by_what_varies_less_from_one_to_the_next():
    """Squares with a blot on their diagonal, the second a pixel larger: the mass moves from one end to the other."""
    images = np.zeros((2, 40, 40))
    for image, end, blot in zip(images, (30, 31), (10, 26), strict=True):
        image[10:end, 10:end] = 0.2
        image[blot : blot + 4, blot : blot + 4] = 1
    frame = Frame.of(images)
    assert (frame.by_mass, frame.centre) == (False, (19.75, 19.75))
    assert Frame.of(images[:, :, ::-1]).centre == (19.75, 19.25)


def test_what_is_enlarged_stays_between_paper_and_ink():
    """Cubic curves overshoot at an edge."""
    larger = scaling.resized(np.repeat([[0.0, 1.0]], 4, axis=1), 4, 64)
    assert (larger.min(), larger.max()) == (0, 1)


@pytest.mark.parametrize(("shape", "y"), [((3, 5), 1), ((2, 5), 3), ((1, 5), 3)])
def test_the_light_is_a_polynomial_of_places_between_minus_one_and_one(shape, y):
    """In the third row and the second of five columns, x = -1/2: y^i x^j of the fourth degree at most."""
    terms = light._terms(np.array([2]), np.array([1]), shape)
    x = [1, -1 / 2, 1 / 4, -1 / 8, 1 / 16]
    wanted = [*x, *(y * one for one in x[:4]), *(y**2 * one for one in x[:3]), *(y**3 * one for one in x[:2]), y**4]
    assert terms.tolist() == [wanted]
    assert light._terms(np.arange(2), np.arange(2), (4, 1)).shape == (4, 15)
    assert light._terms(np.array([0]), np.array([0]), (4, 1))[0, :3].tolist() == [1, -1, 1]
