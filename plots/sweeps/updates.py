"""How far a step moves each layer: the norm of the update over the norm of the weights, per solver."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .. import style
from ..saving import PathLike, drawn
from .looks import label_lines, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS, _WIDTH, _HEIGHT = 4, 2.5, 2.3
_HEALTHY = (1e-4, 1e-2)


def updates(
    ratios: Mapping[str, tuple[ArrayLike, Mapping[str, ArrayLike]]],
    *,
    xlabel: str,
    title: str = "",
    path: PathLike | None = None,
) -> "Figure":
    """ratios: solver -> (x, layer -> ||dw|| / ||w||), each (points,); a panel per solver, a line per layer.

    The grey band from 1e-4 to 1e-2 is where course notes expect a healthy run. Raises ValueError without a solver.
    """
    if not ratios:
        raise ValueError("ratios is empty; expected at least one solver")
    columns = min(_COLUMNS, len(ratios))
    rows = -(-len(ratios) // columns)
    layers = list(dict.fromkeys(layer for _, one in ratios.values() for layer in one))
    shown = looks(layers)
    with drawn(path, _WIDTH * columns + 0.7, _HEIGHT * rows + 0.4) as figure:
        grid = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for axes, (name, (x, one)) in zip(grid, ratios.items(), strict=False):
            axes.axhspan(*_HEALTHY, color="#F0F0F0", linewidth=0)
            for layer, values in one.items():
                y = np.asarray(values, float)
                axes.plot(x, np.where(y > 0, y, np.nan), color=shown[layer].colour, linestyle=shown[layer].dash)
            axes.set_yscale("log")
            axes.minorticks_off()
            axes.set_title(name)
            axes.set_xlabel(xlabel)
        for axes in grid[len(ratios) :]:
            axes.set_visible(False)
        for row in range(rows):
            grid[row * columns].set_ylabel("|update| / |weights|")
        name, (_, one) = list(ratios.items())[min(columns, len(ratios)) - 1]
        ends = {layer: float(np.asarray(values, float)[-1]) for layer, values in one.items()}
        label_lines(grid[min(columns, len(ratios)) - 1], ends, shown, _HEIGHT - 0.8)
        if title:
            figure.suptitle(title, x=0.01, ha="left", fontsize=style.FONT + 1, fontweight="bold")
    return figure
