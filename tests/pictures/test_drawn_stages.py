"""Each stage of reading a drawing on small sheets, as it was recorded, and the borders that can be worked by hand.

Run this file to record `golden_stages.json` anew.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import mnist
from mnist.drawn import choosing, grain, light, preparing, scaling, shapes
from mnist.drawn.frame import Frame
from mnist.drawn.grey import grey

GOLDEN = Path(__file__).with_name("golden_stages.json")


def stroke(shape=(60, 50), width=6):
    """A hook, off-centre."""
    sheet = np.zeros(shape)
    sheet[12:46, 14 : 14 + width] = 1
    sheet[46 - width : 46, 14:36] = 1
    sheet[30:40, 36 - width // 2 : 36] = 0.7
    return sheet


def ring_of(radius=14, width=4):
    y, x = np.mgrid[:60, :56]
    away = np.hypot(y - 30, x - 25)
    return (np.abs(away - radius) < width / 2).astype(float)


NOISE = np.random.default_rng(3).normal(0, 1, (60, 56))
SHADE = np.linspace(0.35, 1, 60)[:, None]
SMALL = {
    "hook": 0.9 - 0.7 * stroke(),
    "bright hook": 0.2 + 0.6 * stroke(),
    "loop in grain": 0.75 - 0.5 * ring_of() + 0.05 * NOISE,
    "loop in coarse grain": np.clip(0.9 - 0.8 * ring_of(width=7) + 0.4 * NOISE, 0, 1),
    "loop in uneven light": SHADE * (0.9 - 0.6 * ring_of()),
    "shadow": np.where(np.arange(56) < 30, 0.4, 1.0) * (0.95 - 0.7 * ring_of(10)),
    "blot": 0.8 - 0.6 * (ring_of(0, 30) > 0),
    "thick hook": 0.9 - 0.5 * stroke(width=12),
    "two": 0.9 - 0.7 * np.hstack([stroke(), stroke()]),
    "bright and dark": 0.5 - 0.4 * ring_of(18) + 0.3 * ring_of(6),
    "ruled": np.minimum(0.9 - 0.7 * ring_of(), 1 - 0.4 * (np.arange(60) % 15 == 7)[:, None]),
    "at the rim": 0.9 - 0.7 * stroke()[10:46, 14:36],
}


def figures(array):
    """A few numbers that any change of an array changes."""
    array = np.asarray(array, float)
    weights = np.cos(0.7 * np.arange(array.size)).reshape(array.shape)
    return [float(array.mean()), float((array * weights).sum()), float((array**2).mean())]


def stages(sheet):
    """Stage -> its numbers."""
    smooth, noise = grain.without_grain(sheet)
    found = {
        "grain": [grain.noise_of(sheet), noise, *figures(smooth)],
        "threshold": [grain.otsu(smooth)],
        "dark": [choosing._share_of_dark(smooth)],
    }
    for bright in (True, False):
        told = []
        for number, amount in enumerate(light.guesses(smooth, noise, bright)):
            ink = choosing._ink(amount, noise, bright, number, True)
            filled = choosing._ink(amount, noise, bright, number, False)
            told += [0.0] if amount is None else figures(amount)
            told += [0.0] if ink is None else [ink.cost, ink.found.digits, float(ink.found.mask.sum()),
                                               float(ink.found.rim.sum()), *figures(ink.amount)]  # fmt: skip
            told += [0.0] if filled is None else [filled.cost, *figures(filled.amount)]
        found["ink on bright" if bright else "ink on dark"] = told
    for name, strokes in (("chosen", True), ("chosen, filled", False)):
        ink = choosing.find_ink(sheet, strokes=strokes)
        found[name] = [0.0] if ink is None else [ink.cost, ink.bright_paper, *figures(ink.amount)]
    return {name: [round(float(value), 6) for value in values] for name, values in found.items()}


@pytest.mark.parametrize("name", SMALL)
def test_every_stage_gives_what_it_gave(name):
    wanted = json.loads(GOLDEN.read_text())[name]
    for stage, values in stages(SMALL[name]).items():
        assert values == pytest.approx(wanted[stage], abs=2e-4, rel=1e-4), stage


@pytest.mark.parametrize(("inner", "taken"), [(0.3, True), (0.5, False), (0.6, False), (None, False)])
def test_a_sheet_that_lies_on_a_table_is_read_by_itself(monkeypatch, inner, taken):
    asked = []

    def guess(grey, bright_paper, strokes):
        asked.append(grey)
        mask = np.zeros(grey.shape, bool)
        mask[20:130, 15:115] = True
        cost = 0.5 if len(asked) == 1 else inner
        return None if cost is None else choosing.Ink(grey, shapes.Found(mask, mask, 1), bright_paper, cost)

    monkeypatch.setattr(choosing, "_best_guess", guess)
    sheet = np.random.default_rng(0).random((150, 130))
    ink = choosing.find_ink(sheet, True)
    assert len(asked) == 2
    np.testing.assert_array_equal(asked[1], sheet[25:125, 20:110])  # 3 % of its side and two pixels less
    assert (ink.amount is asked[1]) is taken
    choosing.find_ink(sheet, True, strokes=False)
    assert len(asked) == 3


def test_what_is_a_sheet():
    def filled(height, width, share=1.0, of=(40, 50)):
        mask = np.zeros(of, bool)
        mask[2 : 2 + height, 3 : 3 + width] = np.arange(height)[:, None] < share * height
        mask[[2, 1 + height], 3 : 3 + width] = True
        return mask

    assert choosing._is_sheet(filled(20, 40))
    assert not choosing._is_sheet(filled(12, 40))  # no 30 % of the whole
    assert not choosing._is_sheet(filled(15, 40))
    assert choosing._is_sheet(filled(16, 40))
    assert not choosing._is_sheet(filled(20, 40, 0.45))  # half of its box
    assert choosing._is_sheet(filled(20, 40, 0.55))
    assert not choosing._is_sheet(filled(11, 40, of=(16, 44)))
    assert choosing._is_sheet(filled(12, 40, of=(16, 44)))


def test_faint_pictures_are_blank():
    for contrast, blank in ((0.0201, False), (0.0199, True)):
        sheet = np.full((40, 40), 0.5)
        sheet[10:30, 18:22] -= contrast
        assert (choosing._best_guess(sheet, None, True) is None) is blank


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


def test_small_pictures_and_more_digits_are_said():
    def warned(side):
        picture = np.ones((40, side))
        picture[5:30, 3:5] = 0
        return mnist.prepare(picture).warnings

    assert warned(9) == ("the picture has only 40 x 9 pixels",)
    assert warned(10) == ()
    assert mnist.prepare(SMALL["two"]).warnings == (
        "2 shapes stand apart, but one digit a picture is read: the largest was taken",
    )
    assert mnist.prepare(SMALL["hook"]).warnings == ()
    blank = mnist.prepare(np.ones((30, 30)), Frame(dark_paper=False))
    assert (blank.pixels.min(), blank.blank) == (1, True)
    assert blank.warnings == ("the picture is blank: nothing stands out from the paper",)


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


def test_strokes_are_moved_to_the_limits_that_are_given():
    bar = np.zeros((160, 40))
    bar[:, 10:30] = 1
    widths = [scaling.stroke_width(scaling.with_strokes(bar, low, high) > 0.5) for low, high in
              ((1, 10), (1, 100), (30, 100))]  # fmt: skip
    assert widths == pytest.approx([10, scaling.stroke_width(bar > 0.5), 30], abs=2)
    hair = scaling.with_strokes(np.ones((160, 1)), 0.1, 0.2)
    assert hair.max() >= 0.5  # something stays
    assert figures(scaling.with_strokes(stroke((160, 120), 14), 20, 30)) == pytest.approx(
        [0.835205, -0.787297, 0.812854],
        abs=1e-4,  # as recorded
    )
    assert scaling.cropped(np.pad(bar, 3)).shape == (160, 20)
    assert scaling.fitted(np.ones((4, 8)), 20).shape == (10, 20)
    assert scaling.fitted(np.ones((1, 80)), 20).shape == (1, 20)
    assert scaling.fine(np.ones((4, 8))).shape == (80, 160)


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


if __name__ == "__main__":
    found = {name: stages(sheet) for name, sheet in SMALL.items()}
    rows = (f"{json.dumps(name)}: {json.dumps(row)}" for name, row in found.items())
    GOLDEN.write_text("{\n" + ",\n".join(rows) + "\n}\n")
