"""The panel of the measure of the task: accuracies in per cent, others as they are, by their own name.

It is scaled so that the differences after the first epoch can be seen.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from base.words import SHARES, readable

from . import style
from .history import Series
from .lines import draw_evaluations, label_ends

if TYPE_CHECKING:
    from matplotlib.axes import Axes

def draw_measure(axes: "Axes", series: Mapping[str, Series], measure: str) -> None:
    """Draw train_acc and val_acc, with labels at the line ends and the best of them as the title.

    measure: its name; those in SHARES are drawn in per cent.
    """
    factor = 100.0 if measure in SHARES else 1.0
    ends = draw_evaluations(axes, series, "acc", factor)
    _leave_start_out(axes, [one for key, one in series.items() if key.endswith("_acc")], measure)
    axes.set_ylabel(f"{readable(measure)} (%)" if measure in SHARES else readable(measure))
    axes.set_title(_title(series, measure))
    label_ends(axes, [end._replace(text=f"{end.text} {_number(end.value / factor, measure)}") for end in ends])


def _number(value: float, measure: str) -> str:
    return style.percent(value) if measure in SHARES else f"{value:.3g}"


def _leave_start_out(axes: "Axes", shown: list[Series], measure: str) -> None:
    """Fit the axis to what follows the entry before training, where that one would press the rest against the edge."""
    factor = 100 if measure in SHARES else 1
    x = np.concatenate([one.x for one in shown])
    y = factor * np.concatenate([one.y for one in shown])
    start, later = y[np.isfinite(y) & (x == 0)], y[np.isfinite(y) & (x > 0)]
    if later.size < 3 or not start.size or 3 * np.ptp(later) >= later.min() - start.min():
        return
    room = max(0.08 * np.ptp(later), 0.0025 * factor)
    axes.set_ylim(later.min() - room, later.max() + room)
    left = 2 * x[x > 0].min() > x.max()  # then the steep first line comes in on the right
    began = f"{start.min():.1f} %" if measure in SHARES else f"{start.min():.3g}"
    axes.annotate(f"from {began} before training", (0.02 if left else 0.98, 0.03), color=style.MUTED,
                  xycoords="axes fraction", ha="left" if left else "right", fontsize=style.FONT - 1)  # fmt: skip


def _title(series: Mapping[str, Series], measure: str) -> str:
    key, name = ("val_acc", "validation") if "val_acc" in series else ("train_acc", "training")
    x, y = series[key]
    best = int(np.nanargmax(y))
    found = _number(float(y[best]), measure)
    return f"Best {name} {readable(measure)} {found}, epoch {round(float(x[best]), 2):g}"
