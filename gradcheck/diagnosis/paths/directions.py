"""A gradient against the derivative of an instrumented forward along a few random directions."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from base.arrays import Array

from ...numeric.step_sweep import across
from ...subject.subject import Values

STEP, ROUGH = 1e-4, 1e-7
CLOSE = 1e-4  # of the difference between the analytic and the numeric derivative along a direction
NOISE = 1e-5


class Along(NamedTuple):
    """One direction in one tensor, and the analytic and numeric derivatives along it."""

    name: str
    direction: Array
    analytic: float
    numeric: float

    def explains(self, found: float, close: float = CLOSE) -> bool:
        """Whether a derivative is the analytic one, well apart from the numeric one."""
        return abs(found - self.analytic) <= close * abs(self.analytic - self.numeric)

    def may_explain(self, found: float) -> bool:
        """The same of a rough derivative."""
        return self.explains(found, 100 * CLOSE)

    def unchanged(self, found: float) -> bool:
        """Whether a derivative is still the numeric one."""
        return abs(found - self.numeric) <= NOISE * (abs(self.numeric) + abs(self.analytic))


def along(name: str, analytic: Array, numeric: Array, usable: Array, seed: int) -> Along:
    """A random direction that leaves out what is not to be judged (kinks)."""
    v = np.random.default_rng([seed, 23]).standard_normal(analytic.shape) * usable
    return Along(name, v, float(np.sum(analytic * v)), float(np.sum(numeric * v)))


def rough(evaluate: Callable[[Values], Array], values: Values, a: Along, dout: Array, base: Array) -> float:
    """d(sum out * dout) along a direction by one evaluation, for a first look; nan where it is not to be had."""
    try:
        moved = evaluate({**values, a.name: values[a.name] + ROUGH * a.direction})
        return float(np.sum((moved - base) * dout)) / ROUGH
    except Exception:
        return float("nan")


def derivative(evaluate: Callable[[Values], Array], values: Values, a: Along, dout: Array) -> float:
    """d(sum out * dout) along a direction, by central differences with one Richardson step.

    nan where the forward does not take what an experiment hands it.
    """
    try:
        wide, narrow = (across(evaluate, values, dout, a.name, h * a.direction) / (2 * h) for h in (STEP, STEP / 2))
        return (4 * narrow - wide) / 3
    except Exception:
        return float("nan")
