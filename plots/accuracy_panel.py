"""The panel of the accuracies, in per cent, scaled so that the differences after the first epoch can be seen."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from . import style
from .history import Series
from .lines import draw_evaluations, label_ends

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_accuracy(axes: "Axes", series: Mapping[str, Series]) -> None:
    """Draw train_acc and val_acc, with labels at the line ends and the best of them as the title."""
    ends = draw_evaluations(axes, series, "acc", 100.0)
    _leave_start_out(axes, [one for key, one in series.items() if key.endswith("_acc")])
    axes.set_ylabel("accuracy (%)")
    axes.set_title(_title(series))
    label_ends(axes, [end._replace(text=f"{end.text} {style.percent(end.value / 100)}") for end in ends])


def _leave_start_out(axes: "Axes", shown: list[Series]) -> None:
    """Fit the axis to what follows the entry before training, where that one would press the rest against the edge."""
    x = np.concatenate([one.x for one in shown])
    y = 100 * np.concatenate([one.y for one in shown])
    start, later = y[np.isfinite(y) & (x == 0)], y[np.isfinite(y) & (x > 0)]
    if later.size < 3 or not start.size or 3 * np.ptp(later) >= later.min() - start.min():
        return
    room = max(0.08 * np.ptp(later), 0.25)
    axes.set_ylim(later.min() - room, later.max() + room)
    left = 2 * x[x > 0].min() > x.max()  # then the steep first line comes in on the right
    axes.annotate(f"from {start.min():.1f} % before training", (0.02 if left else 0.98, 0.03), color=style.MUTED,
                  xycoords="axes fraction", ha="left" if left else "right", fontsize=style.FONT - 1)  # fmt: skip


def _title(series: Mapping[str, Series]) -> str:
    key, name = ("val_acc", "validation") if "val_acc" in series else ("train_acc", "training")
    x, y = series[key]
    best = int(np.nanargmax(y))
    return f"Best {name} accuracy {style.percent(float(y[best]))}, epoch {round(float(x[best]), 2):g}"
