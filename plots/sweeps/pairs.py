"""Who beats whom on the same seed: a matrix of win shares with their intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .. import style
from ..saving import PathLike, drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def pairs(
    names: Sequence[str],
    share: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    cells: int = 1,
    title: str = "",
    path: PathLike | None = None,
) -> "Figure":
    """share[i, j]: how often names[i] is faster than names[j], in 0..1 (NaN: never decided); low, high: its interval.

    cells: pairs for which the intervals hold together, which the label says. A cell whose interval leaves out one half
    is printed bold. Raises ValueError where the shapes do not fit.
    """
    table, below, above = (np.asarray(part, float) for part in (share, low, high))
    n = len(names)
    if not table.shape == below.shape == above.shape == (n, n):
        raise ValueError(f"share has shape {table.shape}; expected ({n}, {n}), one row and column per name")
    with drawn(path, 1.6 + 0.95 * n, 1.3 + 0.62 * n, images=True) as figure:
        axes = figure.subplots()
        shown = np.where(np.eye(n, dtype=bool), np.nan, table)
        axes.imshow(shown, cmap="RdBu", vmin=-0.4, vmax=1.4, aspect="auto")  # no dark ends: text
        for i in range(n):
            for j in range(n):
                if i != j:
                    axes.text(j, i, _cell(table[i, j], below[i, j], above[i, j]), ha="center", va="center",
                              fontsize=style.FONT - 1.5,
                              fontweight="bold" if below[i, j] > 0.5 or above[i, j] < 0.5 else "normal")  # fmt: skip
        axes.set_xticks(range(n), names)
        axes.set_yticks(range(n), names)
        axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
        for side in axes.spines.values():
            side.set_visible(False)
        axes.set_ylabel("faster ...")
        together = f" for all {cells} pairs" if cells > 1 else ""
        axes.set_xlabel(f"... than: share of the seeds\non which they differ [95 %{together}]")
        if title:
            style.headline(figure, title)
    return figure


def _cell(share: float, low: float, high: float) -> str:
    if np.isnan(share):
        return "never\ndecided"
    return f"{100 * share:.0f} %\n[{100 * low:.0f}, {100 * high:.0f}]"
