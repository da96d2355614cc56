"""Weights, gradients and activations of each layer over the time of a training run."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import style
from .lines import End, label_ends
from .saving import PathLike, drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = {
    "weights": "weights, root mean square",
    "gradients": "gradients, root mean square",
    "activations": "activations, standard deviation",
}
DASHES = ("-", "--", ":", "-.")
MOST = 12  # lines a panel, from the input on


def layers(rows: Sequence[Mapping[str, Any]], *, path: PathLike | None = None) -> "Figure":
    """A panel for the weights, the gradients and the activations, a line for each parameter or node.

    rows: what `solver.LayerRecord` kept, one dict an evaluation. Vertical axes are logarithmic: what vanishes or
    explodes towards the input is a fan. Names of layers with silent units (0 in all rows) say their last share.
    Raises ValueError for no rows.
    """
    if not rows:
        raise ValueError("rows is empty; expected what a LayerRecord kept, one dict an evaluation")
    shown = [key for key in PANELS if rows[0].get(key)]
    with drawn(path, 4.6 * len(shown), style.PANEL) as figure:
        for axes, key in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
            _panel(axes, rows, key)
    return figure


def _panel(axes: "Axes", rows: Sequence[Mapping[str, Any]], key: str) -> None:
    epochs, ends = [row["epoch"] for row in rows], []
    names = list(rows[0][key])
    for k, name in enumerate(names[:MOST]):
        y = np.array([row[key][name] for row in rows], dtype=np.float64)
        y[~(y > 0)] = np.nan  # 0 and infinity have no place on a logarithmic axis
        colour, dash = style.PALETTE[k % len(style.PALETTE)], DASHES[k // len(style.PALETTE) % len(DASHES)]
        axes.plot(epochs, y, dash, color=colour, zorder=3)
        if np.isfinite(y).any():
            last = float(y[np.isfinite(y)][-1])
            ends.append(End(name + _silent(rows, key, name), last, last, colour))
    axes.set_yscale("log")
    axes.set_xlabel("epoch")
    more = f", the first {MOST} of {len(names)}" if len(names) > MOST else ""
    axes.set_title(PANELS[key] + more)
    axes.grid(axis="y")
    label_ends(axes, ends)


def _silent(rows: Sequence[Mapping[str, Any]], key: str, name: str) -> str:
    share = rows[-1].get("silent", {}).get(name, 0.0) if key == "activations" else 0.0
    return f" ({style.percent(share, 0)} silent)" if share > 0 else ""
