"""The trials of the tuning, seen along each setting: a row of panels per solver, a dot per trial."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import style
from ..saving import PathLike, drawn
from .bands import plain_log
from .looks import looks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Trials(NamedTuple):
    """One solver's trials: setting -> (values, logarithmic), their measure (trials,), which is chosen, the label shown.

    Values of momenta come as 1 - momentum, so that a logarithmic axis shows where they were drawn.
    """

    settings: Mapping[str, tuple[ArrayLike, bool]]
    measure: ArrayLike
    chosen: int


def slices(
    trials: Mapping[str, Trials], names: Sequence[str], *, ylabel: str, title: str = "", path: PathLike | None = None
) -> "Figure":
    """One row of panels per solver, one panel per setting; the chosen trial is ringed. ValueError without a solver."""
    if not trials:
        raise ValueError("trials is empty; expected at least one solver")
    shown = looks(names)
    columns = max(len(one.settings) for one in trials.values())
    with drawn(path, 2.0 * columns + 0.8, 1.55 * len(trials) + 0.5) as figure:
        grid = figure.subplots(len(trials), columns, squeeze=False, sharey=True)
        for row, (name, one) in zip(grid, trials.items(), strict=True):
            for axes, (setting, (values, log)) in zip(row, one.settings.items(), strict=False):
                _panel(axes, np.asarray(values, float), one, shown[name].colour)
                axes.set_xscale("log" if log else "linear")
                axes.set_xlabel(setting, labelpad=1)
                axes.minorticks_off()
            row[0].set_ylabel(name, color=shown[name].colour, fontweight="bold")
            for axes in row[len(one.settings) :]:
                axes.set_visible(False)
        grid[0][0].set_yscale("log")
        plain_log(grid[0][0].yaxis)
        heading = f"{title}\n{ylabel}, one dot per trial, ring: chosen" if title else f"{ylabel}, one dot per trial"
        figure.suptitle(heading, x=0.01, ha="left", fontsize=style.FONT + 1, fontweight="bold")
    return figure


def _panel(axes: "Axes", values: np.ndarray, one: Trials, colour: str) -> None:
    measure = np.asarray(one.measure, float)
    axes.plot(values, measure, "o", color=colour, markersize=3.5, alpha=0.8, markeredgewidth=0)
    axes.plot(
        values[one.chosen], measure[one.chosen], "o", markersize=9, markerfacecolor="none", markeredgecolor=style.INK
    )
    axes.grid(axis="y")
    axes.tick_params(labelsize=style.FONT - 2)
