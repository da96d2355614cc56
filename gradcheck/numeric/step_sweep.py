"""The central difference at one element over many step sizes: where truncation ends and rounding begins.

For a right gradient the distance falls like h^2 and then rises like 1/h; for a wrong one it levels off.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from base.arrays import Array

from ..subject.subject import Subject, Values

STEPS = 10.0 ** np.arange(-0.5, -10.6, -0.5)


def across(evaluate: Callable[[Values], Array], values: Values, dout: Array, name: str, move: Array) -> float:
    """sum((out(x + move) - out(x - move)) * dout) for one argument x."""
    ahead, back = (evaluate({**values, name: values[name] + sign * move}) for sign in (1, -1))
    return float(np.sum((ahead - back) * dout))


def step_sweep(
    subject: Subject, values: Values, dout: Array, name: str, analytic: Any, numeric: Array
) -> list[tuple[float, float, float]]:
    """(h, |D(h) - analytic|, |D(h) - numeric|) at the element where the two differ most."""
    if not isinstance(analytic, np.ndarray) or analytic.shape != numeric.shape or not numeric.size:
        return []
    a, n = analytic.reshape(-1), numeric.reshape(-1)
    k = int(np.argmax(np.nan_to_num(np.abs(a - n))))
    unit = np.eye(1, n.size, k).reshape(numeric.shape)
    points = []
    with np.errstate(all="ignore"):
        for h in STEPS:
            slope = across(subject.evaluate, values, dout, name, h * unit) / (2 * h)
            points.append((float(h), abs(slope - float(a[k])), abs(slope - float(n[k]))))
    return points
