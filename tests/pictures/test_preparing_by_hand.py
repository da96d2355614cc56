"""What `prepare` does with the ink that it has found: frames of both papers, and small digits on large sheets."""

import numpy as np
import pytest

import mnist
from mnist.drawn import choosing, preparing, scaling
from mnist.drawn.frame import Frame
from mnist.drawn.shapes import Found

SHEET = np.ones((60, 60))
SHEET[10:50, 20:26] = SHEET[44:50, 20:40] = 0


def test_ink_is_dark_where_the_paper_is_bright():
    dark, bright = mnist.prepare(SHEET), mnist.prepare(SHEET, Frame(dark_paper=False))
    np.testing.assert_array_equal(bright.pixels, 1 - dark.pixels)
    assert (dark.blank, bright.blank, dark.warnings, bright.warnings) == (False, False, (), ())
    assert dark.pixels[0, 0] == 0
    assert dark.pixels.max() > 0.9


@pytest.mark.parametrize(("strokes", "limits"), [((1.8, 3.7), [(14.4, 29.6)]), ((1.0, 2.0), [(8, 16)]), (None, [])])
def test_strokes_have_the_width_of_the_frames_on_a_sheet_of_160_pixels(monkeypatch, strokes, limits):
    """Its box of 20 pixels is eight times as large there; without widths the ink is as it was."""
    asked = []
    monkeypatch.setattr(scaling, "with_strokes", lambda ink, low, high: asked.append((low, high)) or ink)
    assert mnist.prepare(SHEET, Frame(strokes=strokes)).pixels.shape == (28, 28)
    assert asked == [pytest.approx(one) for one in limits]


@pytest.mark.parametrize("turned", [False, True])
def test_of_a_small_digit_its_box_and_as_much_around_it_are_looked_at_again(monkeypatch, turned):
    """Rows 100..139 and columns 300..329 of every second pixel, 40 on each side: 60..179 and 260..369."""
    asked = []

    def find(sheet, bright_paper=None, *, strokes=True):
        asked.append(sheet)
        mask = np.zeros(sheet.shape, bool)
        if len(asked) == 1:
            mask[100:140, 300:330] = True
        else:
            mask[:9] = True
        mask = mask.T if turned and len(asked) == 1 else mask
        return choosing.Ink(sheet, Found(mask, mask, 3 - len(asked)), True, 0.0)

    monkeypatch.setattr(preparing, "find_ink", find)
    sheet = np.random.default_rng(0).random((1400, 1400))
    found = preparing._seen(sheet.T if turned else sheet, None, True)
    again = sheet[120:360, 520:740]
    np.testing.assert_array_equal(asked[1], again.T if turned else again)
    assert (found.amount is asked[1], found.found.digits) == (True, 2)  # as many as were seen on the whole
