"""Kinks: where the second difference does not vanish with the step, and the derivatives from the left and the right.

(f(x+h) - 2 f(x) + f(x-h)) / h is O(h) where f is smooth and the jump of the slope where a kink lies at x.
"""

from typing import NamedTuple

import numpy as np

from base.arrays import Array


class Sides(NamedTuple):
    """One-sided derivatives of every output, (elements, outputs) each."""

    left: Array
    right: Array


def suspects(rows: Array, base: Array, h: Array, noise: Array) -> Array:
    """Which (element, output) pairs look as if a kink lay at the very centre.

    rows: (elements, 4, outputs) at +h, -h, +h/2, -h/2. Halving the step halves the second difference of a smooth
    function and leaves that of a kink as it is. A kink beside the centre shows as a large bound instead.
    """
    wide = (rows[:, 0] + rows[:, 1] - 2 * base) / h
    narrow = (rows[:, 2] + rows[:, 3] - 2 * base) / (h / 2)
    slope = np.maximum(np.abs(rows[:, 2] - base), np.abs(base - rows[:, 3])) / (h / 2)
    with np.errstate(invalid="ignore"):
        large = (np.abs(narrow) > 20 * noise) & (np.abs(narrow) > 1e-3 * slope)
        return np.asarray(large & (np.abs(narrow) > 0.7 * np.abs(wide)) & (np.abs(narrow) < 1.5 * np.abs(wide)))


def one_sided(rows: Array, base: Array, h: Array) -> Sides:
    """Derivatives from either side, second order in h: 2 D(h/2) - D(h)."""
    right = 2 * (rows[:, 2] - base) / (h / 2) - (rows[:, 0] - base) / h
    left = 2 * (base - rows[:, 3]) / (h / 2) - (base - rows[:, 1]) / h
    return Sides(left, right)
