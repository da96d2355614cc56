"""How much the learning rate matters: what every trial reached against its rate, per solver the best as a line.

The line joins the best trial of each half decade, because other settings vary from trial to trial as well.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..saving import PathLike, drawn
from .bands import plain_log
from .looks import Look, looks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 3.9
Points = tuple[ArrayLike, ArrayLike, ArrayLike]


def lr_sensitivity(
    points: Mapping[str, Points],
    names: Sequence[str],
    *,
    ylabel: str,
    chosen: Mapping[str, float] | None = None,
    title: str = "",
    path: PathLike | None = None,
) -> "Figure":
    """points: solver -> (rate, measure, diverged), each (trials,); crosses diverged; `chosen`: the ringed rates."""
    if not points:
        raise ValueError("points is empty; expected at least one solver with a learning rate")
    shown = looks(names)
    with drawn(path, 6.6, _HEIGHT) as figure:
        axes = figure.subplots()
        axes.set_xscale("log")
        axes.set_yscale("log")
        for name, (rates, values, failed) in points.items():
            x, y, bad = np.asarray(rates, float), np.asarray(values, float), np.asarray(failed, bool)
            look, best = shown[name], _best_of_half_decades(x, y)
            axes.plot(x[best], y[best], color=look.colour, linestyle=look.dash, linewidth=1.4)
            axes.plot(x[~bad], y[~bad], "o", color=look.colour, markersize=3.5, alpha=0.55, markeredgewidth=0)
            axes.plot(x[bad], y[bad], "x", color=look.colour, markersize=6, markeredgewidth=1.6)
            if chosen and name in chosen:
                at = int(np.argmin(np.abs(np.log(x / chosen[name]))))
                axes.plot(x[at], y[at], "o", markersize=9, markerfacecolor="none", markeredgecolor=look.colour)
        axes.set_xlabel("learning rate   (line: best of each half decade, ring: chosen, cross: diverged)")
        axes.set_ylabel(ylabel)
        axes.grid(axis="y")
        plain_log(axes.yaxis)
        if title:
            axes.set_title(title)
        _legend(axes, points, shown)
    return figure


def _best_of_half_decades(x: np.ndarray, y: np.ndarray) -> list[int]:
    """Indices of the best trial in each half decade of x, from left to right."""
    bins = np.floor(2 * np.log10(x)).astype(int)
    found = [min(np.flatnonzero(bins == one), key=lambda i: y[i]) for one in np.unique(bins)]
    return sorted((int(i) for i in found), key=lambda i: x[i])


def _legend(axes: "Axes", points: Mapping[str, Points], shown: Mapping[str, Look]) -> None:
    """A legend beside the axes: the lines end at different rates, so that labels at their ends would point nowhere."""
    from matplotlib.lines import Line2D

    lines = [Line2D([], [], color=shown[name].colour, linestyle=shown[name].dash, label=name) for name in points]
    axes.legend(handles=lines, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
