"""Elements at a tie are judged together: each alone may take any share, all together exactly one whole.

Of two equal maxima any share between 0 and 1 is a subgradient, but when both move by the same amount the maximum moves
with them: the shares add up to the derivative along that direction, which has no kink.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from base.arrays import Array

from .central_differences import Derivative

H = 1e-5
GROUPS = 50  # that are looked at in one tensor
SMOOTH = 1e-3  # of the slope: the second difference that is still none


def wrong_together(
    evaluate: Callable[[dict[str, Any]], Array],
    values: dict[str, Any],
    name: str,
    d: Derivative,
    analytic: Array,
    dout: Array,
) -> Array:
    """Mask of the tied elements whose gradients do not add up to the derivative along their common direction."""
    wrong = np.zeros(d.kink.shape, bool)
    a = np.asarray(analytic, dtype=np.float64).ravel()
    base = float(np.sum(evaluate(values) * dout))
    for members in _groups(d)[:GROUPS]:
        ends = [float(np.sum(evaluate({**values, name: _moved(values[name], members, h)}) * dout)) for h in (H, -H)]
        slope, bend = (ends[0] - ends[1]) / (2 * H), (ends[0] + ends[1] - 2 * base) / H
        size = max(abs(slope), float(np.max(np.abs(a[members]))))
        if abs(bend) <= SMOOTH * size and abs(float(np.sum(a[members])) - slope) > 0.01 * size:
            wrong.ravel()[members] = True
    return wrong


def _groups(d: Derivative) -> list[Array]:
    """Elements that share the kinks of their outputs, two or more at a time."""
    by_outputs: dict[bytes, list[int]] = {}
    for index, outputs in d.kinked.items():
        if not d.lonely.ravel()[index]:
            by_outputs.setdefault(np.sort(outputs).tobytes(), []).append(index)
    return [np.array(members) for members in by_outputs.values() if len(members) > 1]


def _moved(x: Array, members: Array, h: float) -> Array:
    moved = np.array(x, dtype=np.float64)
    moved.reshape(-1)[members] += h
    return moved
