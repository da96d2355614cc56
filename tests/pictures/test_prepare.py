"""`mnist.prepare`: what is drawn on any paper comes out as MNIST's images are."""

import json

import numpy as np
import pytest
from sheets import GOLDEN, SHEETS, on_paper, summary

import mnist


def alike(one, other):
    """The cosine between two images."""
    return float(np.vdot(one, other) / np.linalg.norm(one) / np.linalg.norm(other))


def test_the_form_of_mnist(seven):
    pixels, warnings, blank = mnist.prepare(on_paper(seven))
    assert (pixels.shape, warnings, blank) == ((28, 28), (), False)
    rows, columns = np.flatnonzero((pixels > 0.1).any(1)), np.flatnonzero((pixels > 0.1).any(0))
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 == pytest.approx(20 * 40 / 60, abs=1)
    mass = pixels.sum()
    centre = [pixels.sum(1 - axis) @ np.arange(28) / mass for axis in (0, 1)]
    assert centre == pytest.approx([14, 14], abs=0.5)
    assert pixels.min() == 0
    assert 0.9 < pixels.max() <= 1


@pytest.mark.parametrize("name", SHEETS)
def test_whatever_the_sheet(seven, name):
    plain = mnist.prepare(on_paper(seven)).pixels
    pixels, _, blank = mnist.prepare(SHEETS[name](seven))
    assert not blank
    assert alike(pixels, plain) > 0.8


@pytest.mark.parametrize("name", SHEETS)
def test_what_came_of_a_sheet_still_does(seven, name):
    assert summary(SHEETS[name](seven)) == pytest.approx(json.loads(GOLDEN.read_text())[name], abs=2e-4)


def test_strokes_are_kept_within_those_of_training(seven):
    """A hair and a brush: both come out some two to four pixels wide."""
    thin = np.zeros((400, 400))
    thin[50:350, 200:202] = 1
    thick = np.zeros((400, 400))
    thick[50:350, 140:260] = 1
    for ink, low, high in ((thin, 1.5, 2.6), (thick, 3.0, 6.5)):
        row = mnist.prepare(1 - ink).pixels[14]
        assert low < row.sum() < high


def test_what_is_so_already_stays_as_it_is():
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 13:16] = 200
    image[4:7, 9:13] = 130
    image[20:24, 16:20] = 90
    for picture in (image, 255 - image):
        assert mnist.prepare(picture).pixels == pytest.approx(image / 255, abs=1e-12)


def test_paper_that_is_known(seven):
    """A loop's inside can be taken for ink if somebody says that the paper is dark."""
    told = mnist.prepare(on_paper(seven), bright_paper=True).pixels
    assert np.array_equal(told, mnist.prepare(on_paper(seven)).pixels)
    assert not np.array_equal(told, mnist.prepare(on_paper(seven), bright_paper=False).pixels)


def test_hairlines_of_a_tiny_picture_are_no_odd_pixels():
    """A 7 of one pixel's width on 20 x 20 comes out as the same with pixels nine times as large."""
    ink = np.zeros((20, 20))
    ink[4, 5:14] = 1
    for k in range(12):
        ink[4 + k, 13 - k // 2] = 1
    pixels, _, blank = mnist.prepare(1 - ink)
    assert not blank
    assert alike(pixels, mnist.prepare(1 - np.kron(ink, np.ones((9, 9)))).pixels) > 0.95


@pytest.mark.parametrize("sheet", [np.full((50, 70), 200, np.uint8), np.zeros((40, 40, 4)), np.ones((1, 1))])
def test_blank(sheet):
    pixels, warnings, blank = mnist.prepare(sheet)
    assert blank
    assert "blank" in warnings[0]
    assert not pixels.any()


def test_several_digits_are_said(seven):
    pixels, warnings, _ = mnist.prepare(np.hstack([on_paper(seven), on_paper(seven)[:, 60:]]))
    assert "2 shapes stand apart" in warnings[0]
    assert alike(pixels, mnist.prepare(on_paper(seven)).pixels) > 0.95


def test_two_parts_of_one_digit_are_one(seven):
    """The bar of a 5 may hang in the air."""
    five = np.zeros((100, 100))
    five[20:25, 40:65] = 1
    five[28:45, 38:43] = 1
    five[42:47, 38:60] = 1
    five[45:75, 57:62] = 1
    five[72:77, 35:60] = 1
    pixels, warnings, _ = mnist.prepare(1 - five)
    assert warnings == ()
    assert pixels[4:7].any()


@pytest.mark.parametrize(
    ("picture", "text"),
    [
        (np.zeros((0, 5)), r"shape \(0, 5\)"),
        (np.zeros(7), r"shape \(7,\)"),
        (np.zeros((4, 4, 5)), r"\(4, 4, 5\)"),
        (np.full((4, 4), np.nan), "NaN"),
        (np.full((4, 4), "a"), "expected numbers"),
        (np.zeros((4, 4), complex), "complex"),
    ],
)
def test_what_is_no_picture(picture, text):
    with pytest.raises(mnist.DataError, match=text):
        mnist.prepare(picture)


def test_frames_are_measured_on_training_images(seven):
    """Sheets of another shape, size and paper: what is prepared fits among them."""
    rng = np.random.default_rng(0)
    images = np.ones((40, 20, 16))
    for image in images:
        top, left = rng.integers(3, 6), rng.integers(5, 8)
        image[top : top + 10, left : left + 2] = 0
        image[top : top + 2, left - 2 : left + 2] = 0
    frame = mnist.Frame.of(images)
    assert (frame.shape, frame.box, frame.dark_paper) == ((20, 16), 10, False)
    pixels = mnist.prepare(on_paper(seven), frame).pixels
    assert pixels.shape == (20, 16)
    assert np.median(pixels) == 1
    assert np.ptp(np.flatnonzero((pixels < 0.9).any(1))) + 1 == 10


def test_the_digits_of_scikit_learn_are_a_frame_of_their_own():
    pytest.importorskip("sklearn")
    frame = mnist.Frame.of(mnist.load("digits", flatten=False)["X_train"])
    assert (frame.shape, frame.box, frame.dark_paper) == ((8, 8), 8, True)


def test_filled_shapes_keep_their_greys():
    """Clothes, say: no strokes to be measured, and no outline to be moved."""
    images = np.zeros((20, 28, 28))
    images[:, 4:24, 4:24] = 0.6
    images[:, 10:18, 10:18] = 1.0
    frame = mnist.Frame.of(images)
    assert frame.strokes is None
    picture = np.pad(np.kron(images[0][4:24, 4:24], np.ones((5, 5))), 30)
    pixels = mnist.prepare(picture, frame).pixels
    assert alike(pixels, images[0]) > 0.98


def test_unlike_training():
    pytest.importorskip("sklearn")
    data = mnist.load("digits", flatten=False)
    likeness = mnist.Likeness.of(data["X_train"])
    doubted = [likeness.doubt(image) is not None for image in data["X_test"]]
    assert np.mean(doubted) < 0.05
    assert "more ink" in (likeness.doubt(np.ones((8, 8))) or "")
    chequered = np.indices((8, 8)).sum(0) % 2 * 0.6
    assert "unlike the training images" in (likeness.doubt(chequered) or "")
