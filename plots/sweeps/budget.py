"""What tuning buys: the measure that the best of k random trials reaches on average, against k."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..saving import PathLike, drawn
from .bands import draw_target, plain_log
from .looks import label_lines, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEIGHT = 3.9


def budget(
    curves: Mapping[str, ArrayLike],
    names: Sequence[str],
    *,
    ylabel: str,
    target: float | None = None,
    title: str = "",
    path: PathLike | None = None,
) -> "Figure":
    """curves: solver -> (trials,), the expected best of 1, 2, ... trials; `target` as a horizontal line."""
    if not curves:
        raise ValueError("curves is empty; expected at least one solver")
    shown = looks(names)
    longest = max(np.size(curve) for curve in curves.values())
    with drawn(path, 6.0, _HEIGHT) as figure:
        axes = figure.subplots()
        for name, curve in curves.items():
            y = np.asarray(curve, float)
            axes.plot(np.arange(1, y.size + 1), y, color=shown[name].colour, linestyle=shown[name].dash,
                      marker="o" if y.size <= 20 else "", markersize=3)  # fmt: skip
        axes.set_xscale("log")
        axes.set_yscale("log")
        ticks = [k for k in (1, 2, 3, 5, 10, 20, 50, 100) if k <= longest]
        axes.set_xticks(ticks, [str(k) for k in ticks])
        axes.minorticks_off()
        axes.set_xlim(0.95, max(longest, 2))
        if target is not None:
            draw_target(axes, target)
        plain_log(axes.yaxis)
        axes.set_xlabel("tuning trials")
        axes.set_ylabel(ylabel)
        axes.grid(axis="y")
        if title:
            axes.set_title(title)
        ends = {name: float(np.asarray(curve, float)[-1]) for name, curve in curves.items()}
        label_lines(axes, ends, shown, _HEIGHT - 0.9)
    return figure
