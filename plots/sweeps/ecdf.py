"""The share of all seeds and targets that a solver has reached by a given step: one curve summarises many targets."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..saving import PathLike, drawn
from .bands import plain_log
from .looks import label_lines, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEIGHT = 3.9


def ecdf(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    names: Sequence[str],
    *,
    xlabel: str,
    targets: str = "",
    title: str = "",
    path: PathLike | None = None,
) -> "Figure":
    """curves: solver -> (t, share), a step up to `share` at each t > 0; `targets` says which ones, below the title."""
    if not curves:
        raise ValueError("curves is empty; expected at least one solver")
    shown, ends = looks(names), {}
    longest = 1.03 * max((float(np.max(t)) for t, _ in curves.values() if np.size(t)), default=1.0)
    with drawn(path, 6.0, _HEIGHT) as figure:
        axes = figure.subplots()
        for name, (t, share) in curves.items():
            x = np.concatenate([np.asarray(t, float), [longest]])
            y = np.concatenate([np.asarray(share, float), [np.max(share) if np.size(share) else 0.0]])
            axes.step(x, 100 * y, where="post", color=shown[name].colour, linestyle=shown[name].dash)
            ends[name] = float(100 * y[-1])
        axes.set_xscale("log")
        axes.set_xlim(right=longest)
        plain_log(axes.xaxis)
        axes.set_ylim(0, 101)
        axes.set_xlabel(xlabel)
        axes.set_ylabel("seeds and targets reached (%)")
        axes.grid(axis="y")
        if title:
            axes.set_title(title + (f"\n{targets}" if targets else ""))
        label_lines(axes, ends, shown, _HEIGHT - 0.9)
    return figure
