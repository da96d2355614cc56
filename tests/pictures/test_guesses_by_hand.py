"""What a guess of the ink costs, and when the gaps between strokes are not taken for ink, on small masks by hand."""

import numpy as np
import pytest

from mnist.drawn import choosing, scaling
from mnist.drawn.shapes import Found

NOWHERE = np.zeros((100, 100), bool)


def ink(top, left, bottom, right, *, filled=False, cost=0.25):
    """The outline of a box, a pixel wide, or all of it."""
    mask = NOWHERE.copy()
    mask[top:bottom, left:right] = True
    if not filled:
        mask[top + 1 : bottom - 1, left + 1 : right - 1] = False
    return choosing.Ink(mask.astype(float), Found(mask, NOWHERE, 1), True, cost)


@pytest.mark.parametrize(
    ("strokes", "gap", "unlikely"),
    [
        (ink(20, 20, 80, 80), ink(30, 30, 60, 60), True),
        (ink(20, 20, 80, 78), ink(30, 70, 60, 80), True),  # eight tenths of it lie within
        (ink(20, 20, 80, 76), ink(30, 70, 60, 80), False),  # six tenths
        (ink(20, 20, 80, 80), ink(72, 30, 82, 60), True),
        (ink(20, 20, 80, 80), ink(74, 30, 84, 60), False),
        (ink(20, 20, 80, 70), ink(20, 20, 80, 67), True),  # 94 % as large
        (ink(20, 20, 80, 70), ink(20, 20, 80, 68), False),  # 96 %
        (ink(0, 0, 100, 100), ink(30, 30, 60, 60), False),  # what lies along the rim is a frame
        (ink(0, 20, 80, 80), ink(30, 30, 60, 60), True),  # a digit may touch it
        (ink(20, 20, 80, 80, filled=True), ink(30, 30, 60, 60), False),  # a sheet
        (ink(40, 40, 60, 60), ink(10, 10, 30, 30), False),  # beside it
    ],
)
def test_what_lies_between_strokes_is_unlikely_to_be_ink(strokes, gap, unlikely):
    wanted = [0.25, 1.25 if unlikely else 0.25]
    assert [one.cost for one in choosing._gaps_apart([strokes, gap])] == wanted
    assert [one.cost for one in choosing._gaps_apart([gap, strokes])] == wanted[::-1]
    assert choosing._gaps_apart([gap]) == [gap]


def cost(height=6, width=6, amount=1.0, paper=0.0, far=0.0, count=0, at_rim=False):
    """Of a block amid a sheet of 30 x 30, and of `count` pixels of `far` in its first rows."""
    mask, rim = np.zeros((30, 30), bool), np.zeros((30, 30), bool)
    mask[12 : 12 + height, 12 : 12 + width] = True
    sheet = np.where(mask, amount, paper)
    sheet.flat[:count] = far
    rim.flat[:count] = at_rim
    return choosing._cost(sheet, Found(mask, rim, 1))


def of_block(height, width):
    """Of its width, and of what is filled where it is no bar: (1 - 0.6)."""
    thick = max(0, scaling.stroke_width(np.ones((height, width), bool)) / max(height, width) - 0.3)
    return 3 * thick + (0.4 if min(height, width) > 0.4 * max(height, width) else 0)


def test_a_block_costs_what_it_is_thicker_than_strokes_and_fuller_than_digits():
    """Of 6 x 6 pixels 20 lie one deep, 12 two and 4 three: 4 x 56 / 36 - 2 wide."""
    assert of_block(6, 6) == pytest.approx(3 * ((224 / 36 - 2) / 6 - 0.3) + 0.4)
    for size in ((6, 6), (5, 12), (4, 12), (4, 10), (12, 5), (2, 12)):
        assert cost(*size) == pytest.approx(of_block(*size)), size


@pytest.mark.parametrize(
    ("far", "count", "more"),
    [
        (1.0, 10, 8.5 / 36), (0.4, 10, 2.5 / 36), (0.15, 10, 0), (-0.15, 10, 0), (-1.0, 10, 8.5 / 36),
        (1.0, 84, 71.4 / 36), (1.0, 90, 2), (-1.0, 84, 71.4 / 36), (-1.0, 90, 2), (3.0, 10, 10 / 36),
    ],
)  # fmt: skip
def test_what_is_left_over_or_on_the_other_side_of_the_paper_costs_its_share_of_the_ink(far, count, more):
    assert cost(far=far, count=count) == pytest.approx(of_block(6, 6) + more)
    assert cost(far=far, count=count, at_rim=True) == pytest.approx(of_block(6, 6) + (more if far < 0 else 0))


@pytest.mark.parametrize(("amount", "paper", "more"), [(0.6, 0.0, 0.2), (1.0, 0.1, 0.05), (1.4, 0.0, 0)])
def test_edges_that_are_not_sharp_cost_half_of_what_they_lack(amount, paper, more):
    assert cost(amount=amount, paper=paper) == pytest.approx(of_block(6, 6) + more)


def test_what_fills_the_whole_sheet_has_no_edge_at_all():
    mask = np.ones((12, 12), bool)
    thick = scaling.stroke_width(mask) / 12 - 0.3
    assert choosing._cost(mask.astype(float), Found(mask, ~mask, 1)) == pytest.approx(3 * thick + 0.4 + 0.5)


@pytest.mark.parametrize(
    ("price", "strokes", "guesses"), [(0.5, True, 4), (0.25, True, 4), (0.24, True, 1), (0.5, False, 1)]
)
def test_simpler_guesses_are_asked_first_and_win_where_others_are_no_better(monkeypatch, price, strokes, guesses):
    """Until one is good enough; without strokes the light is even, and one guess is all."""
    asked = []

    def one(amount, noise, bright, number, strokes):
        asked.append(number)
        return ink(20, 20, 80, 80, cost=price)._replace(amount=np.full((100, 100), number))

    monkeypatch.setattr(choosing, "_LATER", 0)
    monkeypatch.setattr(choosing, "_ODDS", 0)
    monkeypatch.setattr(choosing, "_ink", one)
    found = choosing._best_guess(0.9 - 0.7 * ink(20, 20, 80, 80).amount, True, strokes)
    assert asked == list(range(guesses))
    assert (found.cost, found.amount[0, 0]) == (price, 0)


@pytest.mark.parametrize("box", [(20, 35, 130, 95), (45, 15, 105, 115)])
def test_of_a_sheet_two_pixels_and_three_per_cent_of_its_shorter_side_are_left_out(monkeypatch, box):
    """Its shorter side is 60: 1.8 are two pixels more."""
    asked, (top, left, bottom, right) = [], box

    def guess(grey, bright_paper, strokes):
        asked.append(grey)
        mask = np.zeros((150, 130), bool)
        mask[top:bottom, left:right] = True
        return choosing.Ink(grey, Found(mask, mask, 1), True, 0.5)

    monkeypatch.setattr(choosing, "_best_guess", guess)
    sheet = np.random.default_rng(0).random((150, 130))
    assert choosing.find_ink(sheet).amount is sheet
    np.testing.assert_array_equal(asked[1], sheet[top + 4 : bottom - 4, left + 4 : right - 4])
