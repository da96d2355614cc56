"""Each stage of reading a drawing on small sheets, as it was recorded, and the borders that can be worked by hand.

Run this file to record `golden_stages.json` anew.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import mnist
from mnist.drawn import choosing, grain, light, scaling, shapes
from mnist.drawn.frame import Frame

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


def test_strokes_are_moved_to_the_limits_that_are_given():
    bar = np.zeros((160, 40))
    bar[:, 10:30] = 1
    widths = [scaling.stroke_width(scaling.with_strokes(bar, low, high) > 0.5) for low, high in
              ((1, 10), (1, 100), (30, 100))]  # fmt: skip
    assert widths == pytest.approx([10, scaling.stroke_width(bar > 0.5), 30], abs=2)
    hair = scaling.with_strokes(np.ones((160, 1)), 0.1, 0.2)
    assert hair.shape == (162, 3)  # something stays: a pixel, and its edges by half
    np.testing.assert_allclose(hair[80], [0.5, 1, 0.5])
    assert figures(scaling.with_strokes(stroke((160, 120), 14), 20, 30)) == pytest.approx(
        [0.835205, -0.787297, 0.812854],
        abs=1e-4,  # as recorded
    )
    assert scaling.cropped(np.pad(bar, 3)).shape == (160, 20)
    assert scaling.fitted(np.ones((4, 8)), 20).shape == (10, 20)
    assert scaling.fitted(np.ones((1, 80)), 20).shape == (1, 20)
    assert scaling.fine(np.ones((4, 8))).shape == (80, 160)


if __name__ == "__main__":
    found = {name: stages(sheet) for name, sheet in SMALL.items()}
    rows = (f"{json.dumps(name)}: {json.dumps(row)}" for name, row in found.items())
    GOLDEN.write_text("{\n" + ",\n".join(rows) + "\n}\n")
