"""Grey values, frames, what is left as it is, and large pictures, each worked by hand."""

import numpy as np
import pytest

import mnist
from mnist.drawn import choosing, preparing, scaling, shapes
from mnist.drawn.frame import Frame, _sampled
from mnist.drawn.grey import grey

BYTES = np.array([[0, 51], [102, 255]], np.uint8)


@pytest.mark.parametrize(
    ("picture", "values"),
    [
        (BYTES, [[0, 0.2], [0.4, 1]]),
        (BYTES[..., None], [[0, 0.2], [0.4, 1]]),
        (BYTES[..., None].repeat(3, axis=2), [[0, 0.2], [0.4, 1]]),
        ((BYTES.astype(np.uint16) * 257), [[0, 0.2], [0.4, 1]]),
        (np.array([[True, False]]), [[1, 0]]),
        (np.array([[0.25, 1.0]]), [[0.25, 1]]),
        (np.array([[0.0, 0.5]]), [[0, 0.5]]),
        (np.array([[-1.0, 3.0, 1.0]]), [[0, 1, 0.5]]),
        (np.array([[0.5, 1.5, 1.0]]), [[0, 1, 0.5]]),
        (np.array([[[0.2, 1.0], [0.4, 1.0]]]), [[0.2, 0.4]]),
        (np.array([[[0.2, 0.0], [0.4, 0.0]]]), [[1, 1]]),  # all is clear: paper
        (np.array([[[0.2, 1.0], [0.9, 0.0]]]), [[0.2, 1]]),  # dark ink on clear
        (np.array([[[0.6, 1.0], [0.1, 0.0]]]), [[0.6, 0]]),  # bright ink on clear
        (np.array([[[0.2, 0.5], [0.9, 0.0]]]), [[0.6, 1]]),  # half clear: the mean of ink and paper
        (np.array([[[0.2, 0.01], [0.9, 0.0]]]), [[0.992, 1]]),  # nothing is half opaque
        (np.full((2, 1, 3), [0.2, 0.4, 0.6]), [[0.363], [0.363]]),  # 0.299 of red, 0.587 of green, 0.114 of blue
        (np.full((1, 2, 4), [0.2, 0.4, 0.6, 1.0]), [[0.363, 0.363]]),
        (np.array([[[0.25], [1.0]]]), [[0.25, 1]]),
        (np.array([[[-1.0], [3.0]]]), [[0, 1]]),
    ],
)
def test_grey_values_by_hand(picture, values):
    np.testing.assert_allclose(grey(picture), values, atol=1e-12)


def test_an_opaque_sheet_gives_its_own_paper_to_the_clear_rim():
    sheet = np.full((10, 10), 0.7)
    sheet[3:7, 4] = 0.1
    clear = np.pad(np.dstack([sheet, np.ones((10, 10))]), ((2, 2), (2, 2), (0, 0)))
    np.testing.assert_allclose(grey(clear), np.pad(sheet, 2, constant_values=0.7), atol=1e-12)
    flat = np.pad(np.dstack([sheet * 0 + 0.7, np.ones((10, 10))]), ((2, 2), (2, 2), (0, 0)))
    np.testing.assert_allclose(grey(flat), np.pad(flat[2:-2, 2:-2, 0], 2), atol=1e-12)  # nothing on it: it is ink
    part = clear.copy()
    part[2:6, :, 1] = 0  # 60 % of its box are opaque where a corner stands alone
    part[2, 2] = (0.7, 1)
    assert grey(part)[0, 0] == 0


@pytest.mark.parametrize(("opaque", "beside"), [(70, 0.0), (71, 0.7)])
@pytest.mark.parametrize("turned", [False, True])
def test_more_than_seven_tenths_of_its_box_make_an_opaque_sheet(opaque, beside, turned):
    """Of 10 x 10: six rows and the first column, and more of the seventh row; else it is bright ink, on black."""
    sheet, alpha = np.full((12, 12), 0.7), np.zeros((12, 12))
    sheet[3:6, 4] = 0.1
    alpha[1:7, 1:11] = alpha[7:11, 1] = 1
    alpha[7, 2 : 2 + opaque - 64] = 1
    assert alpha.sum() == opaque
    picture = np.dstack([sheet, alpha])
    assert grey(picture.swapaxes(0, 1) if turned else picture)[0, 0] == pytest.approx(beside)


def test_colours_of_one_brightness_are_told_apart_and_brighter_stays_brighter():
    picture = np.zeros((4, 6, 3))
    picture[:] = (0.0, 0.0, 0.6)
    picture[1:3, 2:4] = (0.3, 0.0, 0.0)  # of nearly the same brightness
    seen = grey(picture)
    assert seen.min() == 0
    assert seen.max() == 1
    assert (seen[1, 2] > seen[0, 0]) == (0.3 * 0.299 > 0.6 * 0.114)
    plain = np.random.default_rng(0).random((5, 5))[..., None] * [1.0, 1.0, 1.0]
    np.testing.assert_allclose(grey(plain), plain[..., 0], atol=1e-12)
    np.testing.assert_allclose(grey(plain * [0, 1, 0]), plain[..., 0] * 0.587, atol=1e-12)
    of_red = (plain[..., 0] - plain.min()) / np.ptp(plain)  # which is a third of brightness
    np.testing.assert_allclose(grey(plain * [1, 0, 0]), of_red, atol=1e-9)


def bars(top=4, left=10, height=20, width=3, count=4, shape=(28, 28)):
    images = np.zeros((count, *shape))
    images[:, top : top + height, left : left + width] = 1
    return images


def test_images_stand_in_mnists_frame_where_nine_in_ten_do():
    frame = Frame()
    middle = bars(left=13)  # rows 4..23: the centre of mass at 13.5
    assert frame.holds(middle)
    assert frame.holds(bars(left=14))
    assert frame.holds(bars(top=5, left=13, height=18))
    assert not frame.holds(bars(top=5, left=13, height=17))  # a tenth of the box of 20 may be lacking
    assert frame.holds(bars(top=3, left=13, height=22))
    assert not frame.holds(bars(top=2, left=13, height=23))
    assert frame.holds(bars(top=5, left=13))
    assert not frame.holds(bars(top=2, left=13))  # 1.4 pixels off, at most
    assert not frame.holds(bars(left=15))
    mixed = np.concatenate([bars(left=13, count=9), bars(left=20, count=1)])
    assert frame.holds(mixed)
    assert not frame.holds(np.concatenate([mixed[1:], bars(left=20, count=1)]))
    assert frame.holds(np.concatenate([middle, np.zeros((40, 28, 28))]))  # blank ones say nothing
    assert not frame.holds(np.zeros((4, 28, 28)))
    assert not frame._replace(strokes=None).holds(middle)
    assert frame._replace(dark_paper=False).holds(1 - middle)
    assert not frame._replace(dark_paper=False).holds(middle)
    assert frame.holds(middle + 0.09 * (middle == 0))  # what is less than a tenth is paper
    assert not frame.holds(middle + 0.11 * (middle == 0))


def test_what_is_measured_on_images():
    frame = Frame.of(bars(left=13))
    assert (frame.shape, frame.box, frame.dark_paper, frame.centre) == ((28, 28), 20, True, (13.5, 14.0))
    assert not frame.by_mass  # mass and box vary alike
    width = scaling.stroke_width(np.ones((160, 24), bool)) / 160 * 20
    assert frame.strokes == pytest.approx((width, width))
    leaning = bars(left=13, count=6)
    leaning[:3, 20:24, 16:20] = leaning[3:, 20:24, 9:13] = 0.12  # moves the box, and hardly the mass
    assert Frame.of(leaning).by_mass
    assert Frame.of(1 - bars(left=13)).dark_paper is False
    assert Frame.of(bars(left=8, width=12)).strokes is None  # no strokes, a block
    assert Frame.of(np.zeros((3, 14, 12))) == Frame.scaled_to((14, 12))
    many = np.concatenate([bars(count=1), bars(count=1, height=10)] * 400)
    assert Frame.of(many).box == 20  # every second one of 800, three hundred at most
    first = np.concatenate([bars(count=150), bars(count=449, height=10)])
    assert Frame.of(first).box == 15  # of 599 the first three hundred, half of them 20 and half 10
    assert Frame.of(bars(height=12, width=3, shape=(16, 20), left=9)).shape == (16, 20)


@pytest.mark.parametrize(
    ("shape", "box", "centre"),
    [((28, 28), 20, (14, 14)), ((56, 70), 40, (28, 35)), ((14, 12), 9, (7, 6)), ((1, 1), 1, (0.5, 0.5))],
)
def test_mnists_proportions_on_other_sheets(shape, box, centre):
    wanted = (shape, box, centre, True, (pytest.approx(0.09 * box), pytest.approx(0.185 * box)), True)
    assert Frame.scaled_to(shape) == wanted


def test_what_has_the_form_of_training_images_is_left_alone():
    def left(image, **settings):
        return preparing._already(image, Frame(), settings.get("bright_paper")) is not None

    image = bars(left=13)[0]
    assert left(image)
    assert left(1 - image)
    assert not left(1 - image, bright_paper=False)
    assert left(1 - image, bright_paper=True)
    assert not left(image[:27])
    assert left(0.5 * image)
    assert not left(0.49 * image)  # so faint a pen is none of training's
    assert not left(image + 0.03 * (image == 0))
    assert left(image + 0.02 * (image == 0))
    assert left(bars(top=5, left=13, height=18)[0])
    assert not left(bars(top=5, left=13, height=17)[0])
    assert left(bars(top=5, left=13)[0])
    assert not left(bars(left=15)[0])
    np.testing.assert_array_equal(preparing._already(1 - image, Frame(dark_paper=False), None), 1 - image)
    np.testing.assert_array_equal(preparing._already(image, Frame(dark_paper=False), None), 1 - image)


def test_large_pictures_are_averaged_and_small_digits_on_them_looked_at_again(monkeypatch):
    asked = []

    def find(sheet, bright_paper=None, *, strokes=True):
        asked.append((sheet.shape, bright_paper))
        mask = np.zeros(sheet.shape, bool)
        mask[10 : 10 + side, 20:30] = True
        return choosing.Ink(sheet, shapes.Found(mask, mask, len(asked)), True, 0.0)

    monkeypatch.setattr(preparing, "find_ink", find)
    side = 60
    for shape, seen in (((700, 700), (700, 700)), ((701, 300), (351, 150)), ((300, 1401), (100, 467))):
        asked.clear()
        assert preparing._seen(np.zeros(shape), None, True).amount.shape == seen
        assert asked == [(seen, None)]
    side = 59
    asked.clear()
    nearer = preparing._seen(np.zeros((1400, 1400)), None, True)
    assert asked == [((700, 700), None), ((2 * (69 + 59), 2 * (30 + 59)), True)]  # the box and its side around it
    assert nearer.found.digits == 2
    monkeypatch.setattr(preparing, "find_ink", lambda sheet, *_, **__: find(sheet) if len(sheet) == 700 else None)
    assert preparing._seen(np.zeros((1400, 1400)), None, True).amount.shape == (700, 700)
    monkeypatch.setattr(preparing, "find_ink", lambda *_, **__: None)
    assert preparing._seen(np.zeros((1400, 1400)), None, True) is None


def test_doubts_in_words():
    like = mnist.Likeness(np.array([[1.0, 0, 0, 0]]), 0.9, (0.2, 0.5))
    image = np.array([[1.0, 0], [0, 0]])
    assert like.doubt(image) is None
    assert like.doubt(0.8 * image) is None
    assert like.doubt(0.79 * image) == ("it has less ink than any training image (20%; they have 20% to 50%)")
    assert like.doubt(image + 1) == "it has more ink than any training image (125%; they have 20% to 50%)"
    assert (
        like.doubt(image[::-1]) == "it is unlike the training images: the nearest is 0.00 alike, 0.90 or more is usual"
    )


@pytest.mark.parametrize("turned", [False, True])
def test_the_brighter_of_two_colours_stays_so_whichever_is_the_paper(turned):
    """Red 0.3 is as bright as 0.09, blue 0.6 as 0.07."""
    patch = np.zeros((4, 6), bool)
    patch[1:3, 2:4] = True
    red = ~patch if turned else patch
    np.testing.assert_allclose(grey(np.where(red[..., None], [0.3, 0, 0], [0, 0, 0.6])), red, atol=1e-12)


@pytest.mark.parametrize(
    ("count", "step", "last"),
    [(1, 1, 0), (2, 1, 1), (299, 1, 298), (300, 1, 299), (301, 1, 299), (599, 1, 299), (600, 2, 598), (900, 3, 897)],
)
def test_three_hundred_images_are_measured_at_most(count, step, last):
    images = np.arange(count)[:, None, None]
    assert _sampled(images).ravel().tolist() == list(range(0, last + 1, step))


def test_images_are_not_changed_by_a_look_at_them():
    images = np.full((2, 8, 8), 0.05)
    images[:, 2:6, 3] = 1
    before = images.copy()
    assert not Frame((8, 8), 7).holds(images)
    np.testing.assert_array_equal(images, before)


def test_mnists_frame():
    assert Frame() == ((28, 28), 20, (14.0, 14.0), True, (1.8, 3.7), True)


def test_a_frame_is_measured_on_ink_alone_and_on_images_that_have_some():
    """An L of 20 x 10 pixels, 3 wide; what is less than a tenth is paper, what reaches no half is blank."""
    image = np.zeros((28, 28))
    image[4:24, 3:6] = image[21:24, 3:13] = 1
    frame = Frame.of(np.stack([image, image]))
    assert (frame.box, frame.by_mass, frame.centre) == (20, False, (13.5, 7.5))
    assert frame.strokes[0] == frame.strokes[1] == pytest.approx(3, rel=0.2)
    assert Frame.of(np.stack([image, image, 0 * image, 0.45 * image])) == frame
    assert Frame.of(0.45 * image[None]) == Frame.scaled_to((28, 28))
    on_grey = Frame.of(np.stack([np.where(image > 0, 1, 0.05)] * 2))
    assert (on_grey.box, on_grey.centre) == (20, (13.5, 7.5))


def test_strokes_reach_from_the_fifth_to_the_ninety_fifth_hundredth(monkeypatch):
    """Of 21 widths of 0, 1, ..., 20 hundredths of the longer side, which is 20 pixels: 1 and 19 hundredths."""
    widths = iter(np.random.default_rng(0).permutation(21) * 1.6)
    monkeypatch.setattr(scaling, "stroke_width", lambda mask: next(widths))
    assert Frame.of(bars(count=21)).strokes == pytest.approx((0.2, 3.8))


@pytest.mark.parametrize(("green", "by_colour"), [(0.15, True), (0.17, False)])
def test_another_direction_than_brightness_has_half_as_much_contrast_again(green, by_colour):
    """Along (1, g, 0) the variance is (1 + g^2) / (0.299 + 0.587 g)^2 of brightness': 6.83, 6.47; 3 x 1.5^2 is 6.75."""
    plain = np.random.default_rng(0).random((5, 5))
    wanted = (plain - plain.min()) / np.ptp(plain) if by_colour else (0.299 + 0.587 * green) * plain
    np.testing.assert_allclose(grey(plain[..., None] * [1, green, 0]), wanted, atol=1e-9)


@pytest.mark.parametrize(("count", "sheet"), [(3, False), (6, True)])
@pytest.mark.parametrize(("paper", "ink"), [(0.7, 0.1), (0.3, 0.9)])
def test_a_hundredth_of_a_sheet_may_be_odd_pixels(count, sheet, paper, ink):
    """Of 400 pixels 3 are none of the 4 that make it, 6 are ink on paper; without ink all is ink itself."""
    values = np.full((20, 20), paper)
    values.flat[200 : 200 + count] = ink
    clear = np.pad(np.dstack([values, np.ones((20, 20))]), ((1, 1), (1, 1), (0, 0)))
    assert grey(clear)[0, 0] == pytest.approx(paper if sheet else float(paper < 0.5))


@pytest.mark.parametrize("lying", [False, True])
def test_a_bar_in_the_middle_stands_in_mnists_frame_already(lying):
    sheet = np.zeros((28, 28))
    sheet[4:24, 12:15] = 1
    sheet = sheet.T if lying else sheet
    np.testing.assert_array_equal(preparing._already(sheet, Frame(), None), sheet)
    assert preparing._already(np.roll(sheet, 2, axis=(0, 1)), Frame(), None) is None
