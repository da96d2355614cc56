"""How long each solver took to the target: every seed a dot, the median with its interval, misses in a lane."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .. import style
from ..saving import PathLike, drawn
from .bands import plain_log
from .looks import looks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def time_to_target(
    times: Mapping[str, ArrayLike],
    intervals: Mapping[str, tuple[float, float, float]],
    names: Sequence[str],
    *,
    xlabel: str,
    groups: Mapping[str, Sequence[int]] | None = None,
    title: str = "",
    path: PathLike | None = None,
) -> "Figure":
    """times: solver -> (seeds,), infinity where missed; intervals: solver -> (median, low, high), NaN bounds: too few.

    groups: solver -> how many of its seeds, in order, belong together (those of a study): a gap parts them. Solvers
    stand from the fastest at the top. Raises ValueError without a solver.
    """
    if not times:
        raise ValueError("times is empty; expected at least one solver")
    order = sorted(times, key=lambda name: (intervals[name][0], names.index(name)), reverse=True)
    finite = np.concatenate([np.asarray(times[name], float) for name in order])
    finite = finite[np.isfinite(finite)]
    low, high = (finite.min(), finite.max()) if finite.size else (1.0, 1.0)
    with drawn(path, 7.0, 1.1 + 0.42 * len(order)) as figure:
        axes, lane = figure.subplots(1, 2, width_ratios=[6, 1.2], sharey=True)
        _lane(lane)
        for row, name in enumerate(order):
            values = np.asarray(times[name], float)
            sizes = groups[name] if groups else [values.size]
            _row(axes, lane, row, values, sizes, intervals[name], looks(names)[name].colour)
        if high > 8 * low:
            axes.set_xscale("log")
            plain_log(axes.xaxis)
        elif finite.size:
            axes.set_xlim(0, 1.04 * high)
        else:  # no time at all: an axis without numbers
            axes.set_xticks([])
        axes.set_yticks(range(len(order)), order)
        axes.set_ylim(-0.6, len(order) - 0.4)
        axes.grid(axis="x")
        axes.set_xlabel(xlabel)
        if title:
            axes.set_title(title)
    return figure


def _row(
    axes: "Axes",
    lane: "Axes",
    row: int,
    times: np.ndarray,
    sizes: Sequence[int],
    interval: tuple[float, float, float],
    colour: str,
) -> None:
    hit = np.isfinite(times)
    shift = shifts(sizes)
    axes.plot(times[hit], row + shift[hit], "o", color=colour, markersize=4.5, alpha=0.6, markeredgewidth=0)
    median, low, high = interval
    edge = times[hit].max() if hit.any() else np.nan
    if np.isfinite(low):
        end = high if np.isfinite(high) else edge
        axes.plot([low, end], [row, row], color=colour, linewidth=2.2, solid_capstyle="butt")
        if not np.isfinite(high):  # the interval has no end: the lane holds it
            axes.annotate("", (1.0, row), (end, row), xycoords=("axes fraction", "data"), textcoords="data",
                          arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 1.4, "shrinkA": 0})  # fmt: skip
    if np.isfinite(median):
        axes.plot(median, row, "D", color=colour, markersize=6, markeredgecolor="white")
    else:
        lane.plot(0.32, row, "D", color=colour, markersize=6, markeredgecolor="white")
    if (~hit).any():
        text = f"{(~hit).sum()} of {times.size}"
        lane.annotate(text, (0.5, row), va="center", color=colour, fontsize=style.FONT - 1)


def shifts(sizes: Sequence[int]) -> np.ndarray:
    """Where the dots of a row lie across it, from -0.24 to 0.24: evenly, with a gap of two between groups."""
    places = np.concatenate([np.arange(size) + before for size, before in zip(sizes, _before(sizes), strict=True)])
    return np.asarray(places / max(places[-1], 1) * 0.48 - 0.24 * (places.size > 1))


def _before(sizes: Sequence[int]) -> np.ndarray:
    return np.cumsum([0, *sizes[:-1]]) + 2 * np.arange(len(sizes))


def _lane(lane: "Axes") -> None:
    lane.set_xlim(0, 1)
    lane.set_xticks([0.5], ["never"])
    lane.tick_params(left=False, bottom=False)
    lane.spines["left"].set_linestyle(":")
    lane.set_facecolor("#F7F7F7")
