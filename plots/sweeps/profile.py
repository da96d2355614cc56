"""The performance profile: on which share of all instances a solver is within a factor of the fastest one."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..saving import PathLike, drawn
from .looks import label_lines, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEIGHT = 3.9


def profile(
    tau: ArrayLike,
    shares: Mapping[str, ArrayLike],
    names: Sequence[str],
    *,
    instances: str = "instances",
    title: str = "",
    path: PathLike | None = None,
) -> "Figure":
    """tau (points,), shares: solver -> (points,) in 0..1. The labels carry each curve's mean, its area."""
    if not shares:
        raise ValueError("shares is empty; expected at least one solver")
    shown, x = looks(names), np.asarray(tau, float)
    with drawn(path, 6.2, _HEIGHT) as figure:
        axes = figure.subplots()
        ends, labels = {}, {}
        for name, share in shares.items():
            y = 100 * np.asarray(share, float)
            axes.step(x, y, where="post", color=shown[name].colour, linestyle=shown[name].dash)
            labels[name] = f"{name} ({y.mean():.0f})"
            ends[labels[name]] = float(y[-1])
        axes.set_xscale("log")
        ticks = [t for t in (1, 1.5, 2, 3, 4, 6, 8) if t <= x[-1]]
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
        axes.minorticks_off()
        axes.set_xlim(x[0], x[-1])
        axes.set_ylim(0, 101)
        axes.set_xlabel("times what the fastest needed")
        axes.set_ylabel(f"{instances} (%)")
        axes.grid(axis="y")
        if title:
            axes.set_title(title)
        label_lines(axes, ends, {labels[name]: shown[name] for name in shares}, _HEIGHT - 0.9)
    return figure
