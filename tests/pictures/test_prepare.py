"""`mnist.prepare`: what is drawn on any paper comes out as MNIST's images are."""

import numpy as np
import pytest

import mnist


def alike(one, other):
    """The cosine between two images."""
    return float(np.vdot(one, other) / np.linalg.norm(one) / np.linalg.norm(other))


def on_paper(ink, paper=1.0, pen=0.0):
    return np.round((paper + (pen - paper) * ink) * 255).astype(np.uint8)


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


SHEETS = {
    "bright on dark": lambda ink: on_paper(ink, 0.0, 1.0),
    "grey paper": lambda ink: on_paper(ink, 0.6, 0.4),
    "fractions": lambda ink: 1 - ink,
    "16 bits": lambda ink: (65535 * (1 - ink)).astype(np.uint16),
    "truth values": lambda ink: ink < 0.5,
    "colours of one brightness": lambda ink: np.where(ink[..., None] > 0, [255, 0, 0], [0, 130, 0]).astype(np.uint8),
    "black ink, the rest clear": lambda ink: np.dstack([0 * ink, ink]),
    "white ink, the rest clear": lambda ink: np.dstack([0 * ink + 1] * 3 + [ink]),
    "a clear rim": lambda ink: np.pad(np.dstack([1 - ink, 0 * ink + 1]), ((30, 30), (30, 30), (0, 0))),
    "half in the shade": lambda ink: (1 - 0.9 * ink) * np.where(np.arange(200) < 70, 0.5, 1.0),
    "a lamp at one side": lambda ink: (1 - 0.9 * ink) * np.linspace(0.3, 1, 200),
    "grain": lambda ink: np.clip(0.8 - 0.6 * ink + np.random.default_rng(0).normal(0, 0.08, ink.shape), 0, 1),
    "dots for grey": lambda ink: np.random.default_rng(0).uniform(size=ink.shape) < 0.9 - 0.8 * ink,
    "odd pixels": lambda ink: np.where(np.random.default_rng(0).uniform(size=ink.shape) < 0.01, 0, 1 - ink),
    "a thin frame": lambda ink: 1 - np.maximum(ink, np.pad(np.zeros((116, 196)), 2, constant_values=1)),
    "a frame inside": lambda ink: 1 - np.maximum(
        ink, np.pad(np.pad(np.zeros((108, 188)), 2, constant_values=1), 4)
    ),
    "a dark table": lambda ink: np.pad(1 - ink, 25, constant_values=0.35),
    "a speck": lambda ink: 1 - np.maximum(ink, np.pad(np.ones((3, 3)), ((100, 17), (10, 187)))),
    "ruled paper": lambda ink: 1 - np.maximum(ink, 0.3 * (np.arange(120) % 24 == 9)[:, None]),
    "four times as large": lambda ink: np.kron(1 - ink, np.ones((4, 4))),
    "twelve times as large": lambda ink: np.kron(on_paper(ink), np.ones((12, 12), np.uint8)),
    "a small part of a large sheet": lambda ink: np.pad(on_paper(ink)[::2, ::2], 700, constant_values=255),
    "cut at its edges": lambda ink: (1 - ink)[20:80, 110:150],
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_whatever_the_sheet(seven, name):
    plain = mnist.prepare(on_paper(seven)).pixels
    pixels, _, blank = mnist.prepare(SHEETS[name](seven))
    assert not blank
    assert alike(pixels, plain) > 0.8


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
    """A cross of one pixel's width on 20 x 20: all four arms come out as long as they are."""
    ink = np.zeros((20, 20))
    ink[3:16, 9] = ink[9, 3:16] = 1
    for size in (1, 3):
        pixels = mnist.prepare(1 - np.kron(ink, np.ones((size, size)))).pixels
        rows, columns = np.flatnonzero((pixels > 0.3).any(1)), np.flatnonzero((pixels > 0.3).any(0))
        assert np.ptp(rows) + 1 >= 19
        assert np.ptp(columns) + 1 >= 19


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
