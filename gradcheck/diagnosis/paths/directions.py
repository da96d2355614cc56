"""A gradient against the derivative of an instrumented forward along a few random directions."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from base.arrays import Array

from ...subject.subject import Values

STEP, ROUGH = 1e-4, 1e-5
CLOSE = 1e-4  # of the difference between the analytic and the numeric derivative along a direction
NOISE = 1e-8


class Along(NamedTuple):
    """One direction in one tensor, and the analytic and numeric derivatives along it."""

    name: str
    direction: Array
    analytic: float
    numeric: float

    def explains(self, found: float) -> bool:
        """Whether a derivative is the analytic one, well apart from the numeric one."""
        apart = abs(self.analytic - self.numeric)
        return abs(found - self.analytic) <= CLOSE * apart

    def unchanged(self, found: float) -> bool:
        """Whether a derivative is still the numeric one."""
        return abs(found - self.numeric) <= NOISE * (abs(self.numeric) + abs(self.analytic))


def along(name: str, analytic: Array, numeric: Array, usable: Array, seed: int) -> Along:
    """A random direction that leaves out what is not to be judged (kinks)."""
    v = np.random.default_rng([seed, 23]).standard_normal(analytic.shape) * usable
    return Along(name, v, float(np.sum(analytic * v)), float(np.sum(numeric * v)))


def derivative(
    evaluate: Callable[[Values], Array], values: Values, a: Along, dout: Array, rough: bool = False
) -> float:
    """d(sum out * dout) along a direction, by central differences with one Richardson step (rough: without).

    nan where the forward does not take what an experiment hands it.
    """
    moved = dict(values)

    def slope(h: float) -> float:
        ends = []
        for step in (h, -h):
            moved[a.name] = values[a.name] + step * a.direction
            ends.append(evaluate(moved))
        return float(np.sum((ends[0] - ends[1]) * dout)) / (2 * h)

    try:
        if rough:
            return slope(ROUGH)
        return (4 * slope(STEP / 2) - slope(STEP)) / 3
    except Exception:
        return float("nan")
