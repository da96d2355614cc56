"""Lines that carry their own names: labels at the right end, in the colour of the line, pushed apart where they touch.

A reader need not travel to a legend and back, nor match colours.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .style import FONT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class End(NamedTuple):
    """The name of a line, its last value, NaN if that is not finite, and the height at which its drawn part ends."""

    text: str
    value: float
    y: float
    colour: str


def spread(heights: list[float], gap: float) -> list[float]:
    """Heights in 0..1 moved as little as a sweep upwards needs to lie `gap` apart, all still below 1 if they fit."""
    order = sorted(range(len(heights)), key=lambda k: heights[k])
    placed = [0.0] * len(heights)
    floor = -np.inf
    for k in order:
        placed[k] = max(heights[k], floor)
        floor = placed[k] + gap
    ceiling = 1.0
    for k in reversed(order):
        placed[k] = min(placed[k], ceiling)
        ceiling = placed[k] - gap
    return [float(height) for height in placed]


def label_ends(axes: "Axes", ends: list[End], height: float) -> None:
    """Write each label beside the right edge of `axes`, `height` inches high, whose limits must be final."""
    to_axes = axes.transData + axes.transAxes.inverted()
    x = axes.get_xlim()[1]
    wanted = [float(np.clip(to_axes.transform((x, end.y))[1], 0.0, 1.0)) for end in ends]
    lines = max((end.text.count("\n") + 1 for end in ends), default=1)
    gap = lines * 1.3 * FONT / 72 / height
    for end, y in zip(ends, spread(wanted, gap), strict=True):
        axes.annotate(end.text, (1.0, y), xycoords="axes fraction", xytext=(5, 0), textcoords="offset points",
                      va="center", color=end.colour, annotation_clip=False)  # fmt: skip
