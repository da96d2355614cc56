"""Curves of many runs: per solver the median over seeds as a line and the interval of the median as a band."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import style
from ..saving import PathLike, drawn
from .looks import Look, label_lines, looks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 5.4, 3.9


class Band(NamedTuple):
    """One solver's curve: x, median, and the bounds of the median's interval (NaN: there is none), all (points,)."""

    x: ArrayLike
    median: ArrayLike
    low: ArrayLike
    high: ArrayLike


def bands(
    panels: Mapping[str, Mapping[str, Band]],
    names: Sequence[str],
    *,
    xlabel: str,
    target: tuple[str, float] | None = None,
    title: str = "",
    path: PathLike | None = None,
) -> "Figure":
    """One panel per measure (its key is the vertical label), one line per solver, both axes logarithmic.

    target: (panel, value) draws the target as a horizontal line in that panel. Raises ValueError without a panel.
    """
    if not panels or not all(panels.values()):
        raise ValueError("panels is empty; expected at least one measure with one solver")
    shown = looks(names)
    with drawn(path, _WIDTH * len(panels), _HEIGHT) as figure:
        for axes, (label, curves) in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
        ):
            goal = target[1] if target and target[0] == label else None
            _panel(axes, curves, shown, goal)
            axes.set_xlabel(xlabel)
            axes.set_ylabel(label)
            if goal is not None:
                draw_target(axes, goal)
        if title:
            figure.suptitle(title, x=0.01, ha="left", fontsize=style.FONT + 1, fontweight="bold")
    return figure


def draw_target(axes: "Axes", target: float) -> None:
    """A dotted line at the target with its name, on axes whose limits hold it."""
    axes.axhline(target, color=style.INK, linewidth=0.8, linestyle=":")
    axes.annotate(f"target {target:.3g}", (0.01, target), xycoords=("axes fraction", "data"),
                  xytext=(0, 2), textcoords="offset points", fontsize=style.FONT - 1)  # fmt: skip


def _panel(axes: "Axes", curves: Mapping[str, Band], shown: Mapping[str, Look], target: float | None) -> None:
    ends, positive = {}, []
    for name, band in curves.items():
        x, median, low, high = (np.asarray(part, float) for part in band)
        after = (x > 0) & np.isfinite(median) & (median > 0)  # a logarithmic axis has no room for step 0
        look = shown[name]
        axes.fill_between(x[after], low[after], high[after], color=look.colour, alpha=0.15, linewidth=0)
        axes.plot(x[after], median[after], color=look.colour, linestyle=look.dash, label=name)
        if after.any():
            ends[name] = float(median[after][-1])
            positive.append(median[after])
    axes.set_xscale("log")
    axes.set_yscale("log")
    values = np.concatenate(positive) if positive else np.ones(1)
    # a full-batch method may fall by decades where the others end: they keep the room
    low_edge = max(np.min(values), np.median(list(ends.values())) / 50) if ends else 0.5
    high_edge = max(np.percentile(values, 98), low_edge * 1.5)
    if target is not None:
        low_edge, high_edge = min(low_edge, target), max(high_edge, target)
    axes.set_ylim(low_edge / 1.15, high_edge * 1.15)
    axes.grid(axis="y")
    plain_log(axes.xaxis)
    plain_log(axes.yaxis)
    label_lines(axes, ends, shown, _HEIGHT - 0.9)


def plain_log(axis: object) -> None:
    """Numbers instead of powers of ten on a logarithmic axis, few enough to read."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    low, high = sorted(axis.get_view_interval())  # type: ignore[attr-defined]
    subs = (1.0, 2.0, 5.0) if high < 500 * low else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=12))  # type: ignore[attr-defined]
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1000 else f"{value:g}"))  # type: ignore[attr-defined]
    axis.set_minor_formatter(NullFormatter())  # type: ignore[attr-defined]
    axis.set_minor_locator(NullLocator())  # type: ignore[attr-defined]
