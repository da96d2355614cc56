"""Lines that carry their own names: labels at the right end, in the colour of the line, pushed apart where they touch.

A reader need not travel to a legend and back, nor match colours.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .history import Series, last_finite
from .style import BLUE, FONT, PANEL, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SETS = {"train": ("training", BLUE), "val": ("validation", VERMILION)}
_MARKED = 40  # up to so many evaluations each has its own dot


class End(NamedTuple):
    """The name of a line, its last value, NaN if that is not finite, and the height at which its drawn part ends."""

    text: str
    value: float
    y: float
    colour: str


def draw_evaluations(axes: "Axes", series: Mapping[str, Series], what: str, factor: float) -> list[End]:
    """Draw the series train_`what` and val_`what`, times `factor`, those that are there; their ends."""
    ends = []
    for part, (name, colour) in _SETS.items():
        one = series.get(f"{part}_{what}")
        if one is not None:
            y = np.where(np.isfinite(one.y), factor * one.y, np.nan)
            axes.plot(one.x, y, color=colour, zorder=3, label=f"{part}_{what}",
                      marker="o" if y.size <= _MARKED else "", markersize=3.5)  # fmt: skip
            ends.append(End(name, float(y[-1]), last_finite(y), colour))
    return ends


def label_ends(axes: "Axes", ends: list[End], height: float = PANEL - 0.9) -> None:
    """Write the labels, one line each, beside the right edge of axes `height` inches high, whose limits must be final.

    The height of a panel of curves is the panel's less title and horizontal axis.
    """
    to_axes = axes.transData + axes.transAxes.inverted()
    x = axes.get_xlim()[1]
    wanted = [float(np.clip(to_axes.transform((x, end.y))[1], 0.0, 1.0)) for end in ends]
    gap = 1.3 * FONT / 72 / height
    for end, y in zip(ends, spread(wanted, gap), strict=True):
        axes.annotate(end.text, (1.0, y), xycoords="axes fraction", xytext=(5, 0), textcoords="offset points",
                      va="center", color=end.colour, annotation_clip=False)  # fmt: skip


def spread(heights: list[float], gap: float) -> list[float]:
    """Heights in 0..1, lifted where needed to lie `gap` apart, then lowered where that led beyond 1."""
    order = sorted(range(len(heights)), key=lambda k: heights[k])
    placed = list(heights)
    for below, k in pairwise(order):
        placed[k] = max(placed[k], placed[below] + gap)
    ceiling = 1.0
    for k in reversed(order):
        placed[k] = min(placed[k], ceiling)
        ceiling = placed[k] - gap
    return placed
