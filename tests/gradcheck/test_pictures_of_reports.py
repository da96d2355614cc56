"""The three pictures of a page, by hand: cells, dots, lines and labels where they belong. The plot is 260 by 198."""

import re

import numpy as np
import pytest

from gradcheck.findings import TensorResult
from gradcheck.report import pictures


def tensor(analytic, numeric, bad=None):
    analytic, numeric = np.asarray(analytic, float), np.asarray(numeric, float)
    no = np.zeros(numeric.shape, bool)
    return TensorResult(analytic, numeric, no.astype(float), no, no if bad is None else np.asarray(bad), no, 0.0)


def cells(gap, **most):
    """(x, y, side, hue, lightness, title) of every cell."""
    svg = pictures.heat_map(tensor(gap, np.zeros_like(gap)), **most)
    found = re.findall(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="\3" fill="hsl\((\d+) 75% (\d+)%\)">'
        r"<title>(.*?)</title>",
        svg,
    )
    return [(*map(float, one[:5]), one[5]) for one in found]


def texts(svg):
    return [(float(x), float(y), anchor, words) for x, y, anchor, words in
            re.findall(r'<text x="([-\d.]+)" y="([-\d.]+)" text-anchor="(\w+)">(.*?)</text>', svg)]  # fmt: skip


def test_a_cell_is_as_red_as_its_error_is_large():
    gap = np.array([[0.0, 1.0], [-1e-6, 1e-12]])
    assert cells(gap) == [
        (52, 8, 34, 215, 88, "[0, 0] 0"), (86, 8, 34, 10, 46, "[0, 1] 1"), (52, 42, 34, 112, 67, "[1, 0] 1e-06"),
        (86, 42, 34, 215, 88, "[1, 1] 1e-12"),
    ]  # fmt: skip
    svg = pictures.heat_map(tensor(gap, np.zeros((2, 2))))
    assert texts(svg) == [(86, 92, "middle", "column"), (44, 42, "end", "row")]
    assert "|analytic - numeric|, blue below 1e-12, red up to 1<" in svg
    assert [one[3] for one in cells(np.array([[0.0, 10**-11.5]]))] == [215, 112], "red begins at 1e-11"
    assert [one[3] for one in cells(np.array([[1e-3, 1e-12]]))] == [10, 215]


@pytest.mark.parametrize(
    ("shape", "second", "side"),
    [((2,), (86, 8), 34), ((40,), (58.5, 8), 6.5), ((20, 1), (52, 17.9), 9.9), ((2, 2, 10), (65, 8), 13.0)],
)
def test_cells_fill_the_plot_and_are_no_larger_than_34(shape, second, side):
    found = cells(np.ones(shape))
    assert len(found) == np.prod(shape)
    assert found[1][:3] == (*second, side)


def test_numbers_that_are_none_leave_a_cell_blue():
    found = cells(np.array([[np.nan, np.inf, 1.0]]))
    assert [one[3] for one in found] == [215, 215, 10]


def test_large_tables_are_pooled_by_their_maximum():
    table = np.array([[1, 9, 2, 3, 4], [5, 0, 0, 0, 0], [6, 0, 7, 0, 8]])
    assert pictures._pooled(table, 2).tolist() == [[9, 4], [7, 8]]
    assert pictures._pooled(table, 5).tolist() == table.tolist()
    assert len(cells(np.ones((49, 3)))) == 25 * 3
    assert len(cells(np.ones((48, 3)))) == 48 * 3
    assert len(cells(np.ones((4, 3)), most=2)) == 2 * 2


def dots(svg):
    return re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="2.6" fill="var\(--(\w+)\)"', svg)


def lines(svg):
    ends = r'<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)" '
    found = re.findall(ends + r'stroke="var\(--(\w+)\)" stroke-width="1.5"(.*?)/>', svg)
    return [(*map(float, one[:4]), *one[4:]) for one in found]


DASHED = (52, 206, 312, 8, "soft", ' stroke-dasharray="4 4"')


def test_dots_lie_on_the_line_of_their_slope():
    svg = pictures.scatter(tensor([2.0, -4.0], [1.0, -2.0], bad=[True, False]))
    assert dots(svg) == [("214.5", "57.5", "bad"), ("117.0", "206.0", "blue")]
    assert lines(svg) == [DASHED, (117, 206, 247, 8, "bad", "")]
    assert texts(svg) == [(186, 232, "middle", "numeric (up to 4)")]
    assert '<text x="14" y="103.0" text-anchor="middle" transform="rotate(-90 14 103.0)">analytic</text>' in svg
    assert '<rect x="52" y="8" width="260" height="198" fill="none"' in svg
    assert "fitted slope 2; dashed: where they agree" in svg
    assert len(dots(pictures.scatter(tensor([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), most=2))) == 2


@pytest.mark.parametrize(
    ("analytic", "numeric", "line"),
    [
        ([0.0, 0.0], [1.0, 2.0], (52, 107, 312, 107, "bad", "")),
        ([1.0, 2.0], [0.0, 0.0], (52, 107, 312, 107, "bad", "")),
        ([0.5, 1.0], [1.0, 2.0], (52, 156.5, 312, 57.5, "bad", "")),
        ([-2.0, 2.0], [2.0, -2.0], (52, 8, 312, 206, "bad", "")),
        ([1.0, 2.0], [1.0, 2.0], (52, 206, 312, 8, "good", "")),
        ([1 + 1e-7], [1.0], (52, 206, 312, 8, "good", "")),
        ([1 + 1e-5], [1.0], (52, 206, 312, 8, "bad", "")),
    ],
)
def test_the_fitted_line_ends_at_the_frame(analytic, numeric, line):
    assert lines(pictures.scatter(tensor(analytic, numeric))) == [DASHED, line]


def test_dots_that_are_no_numbers_are_left_out():
    assert dots(pictures.scatter(tensor([np.nan, 1.0, 0.0], [1.0, np.inf, 0.0]))) == [("182.0", "107.0", "blue")]
    assert pictures.scatter(tensor([np.nan], [1.0])) == ""


def test_errors_against_the_step():
    svg = pictures.sweep([(1e-1, 1e-2, 1e-3), (1e-3, 1e-2, 1e-7), (1e-2, np.nan, 1.0), (1e-2, 1.0, np.inf)])
    assert re.findall(r'<polyline points="(.*?)" fill="none" stroke="var\(--(\w+)\)" stroke-width="1.8"/>', svg) == [
        ("312.0,74.0 52.0,206.0", "good"), ("312.0,41.0 52.0,41.0", "bad")
    ]  # fmt: skip
    decades = [(46, 12 + 33 * (-1 - k), "end", f"1e{k}") for k in range(-7, 0)]
    assert texts(svg) == [*decades, (52, 220, "middle", "1e-3"), (186, 236, "middle", "step h")]
    assert pictures.sweep([(1e-3, 1e-2, 1e-3), (1e-1, 1e-2, 1e-7)]).count("312.0,206.0") == 1
    assert pictures.sweep([(1e-2, np.nan, 1.0)]) == ""


def test_errors_of_nothing_are_drawn_at_the_lowest_line():
    svg = pictures.sweep([(1.0, 1.0, 0.0), (1e-6, 1.0, 0.0)])
    assert '<polyline points="312.0,206.0 52.0,206.0"' in svg
    words = [one[3] for one in texts(svg)]
    assert words == ["1e-17", "1e-14", "1e-11", "1e-8", "1e-5", "1e-2", "1e1", "1e-6", "1e-3", "1e0", "step h"]


def test_steps_of_a_long_scale_are_two_decades_and_all_points_lie_within_the_first_and_the_last():
    svg = pictures.sweep([(h, 0.5, 1e-10) for h in (1e-1, 1e-2, 1e-4)])
    assert re.findall(r'<polyline points="(.*?)"', svg) == ["312.0,206.0 225.3,206.0 52.0,206.0",
                                                             "312.0,14.0 225.3,14.0 52.0,14.0"]  # fmt: skip
    words = [one[3] for one in texts(svg)]
    assert words == ["1e-10", "1e-8", "1e-6", "1e-4", "1e-2", "1e0", "1e-4", "1e-1", "step h"]
