"""Judges a gradient element by element: agrees, wrong, at a kink, or beyond what the numeric derivative can tell.

Agree: |a - n| <= 10 E + 1e-8 max(|a|, |n|), and 1e-15 |dout| for outputs that are exactly 0 by cancellation. At a
kink any value between the one-sided derivatives is a subgradient; where relu's kind of kink lies at x == 0 the field's
convention (the derivative is 0) is asked for as well.
"""

from dataclasses import dataclass

import numpy as np

from base.arrays import Array

from .central_differences import Derivative

SAFETY = 10.0
RELATIVE = 1e-8
VAGUE = 1e-4
ABSOLUTE = 1e-15  # in units of the largest dout
EPS32 = float(np.finfo(np.float32).eps)


@dataclass
class Judgement:
    """Masks over one tensor. `convention` marks elements that are right but for the value chosen at a kink."""

    bad: Array
    convention: Array
    inconclusive: Array
    nonfinite: Array
    tolerance: Array
    excess: float


def tolerance(a: Array, d: Derivative, budget: Array | float = 0.0) -> Array:
    """What |a - n| may be: the bound with a safety factor, rounding of the analytic gradient, a float32 budget."""
    size = np.maximum(np.abs(np.nan_to_num(a)), np.abs(np.nan_to_num(d.value)))
    return np.asarray(SAFETY * d.bound + RELATIVE * size + budget + 1e-290)


def rounding_budget(a: Array, d: Derivative, dout: Array, dtype_tol: float | None, slack: float = 0.0) -> Array | float:
    """What rounding alone may do to the analytic gradient: next to nothing, or a float32 budget.

    slack: what a custom allows, as a share of the largest entry.
    """
    if slack:
        return slack * float(np.nanmax(np.abs(d.value), initial=0.0)) + rounding_budget(a, d, dout, dtype_tol)
    if a.dtype == np.float64:
        return ABSOLUTE * float(np.max(np.abs(dout), initial=0.0))
    if dtype_tol is not None:
        return dtype_tol
    magnitude = np.abs(d.jac) @ np.abs(dout) if d.jac is not None else np.abs(d.value).ravel()
    eps = float(np.finfo(a.dtype).eps) if a.dtype.kind == "f" else EPS32
    return np.asarray(16 * eps * (magnitude.reshape(a.shape) + np.nanmax(np.abs(d.value), initial=0.0)))


def judge(
    a: Array, d: Derivative, x: Array, *, kinks: str = "convention", budget: Array | float = 0.0, scale: float = 0.0
) -> Judgement:
    """Judge the analytic gradient `a` of the argument with values `x`; scale: the size of gradients around here."""
    a = np.asarray(a, dtype=np.float64)
    known = np.isfinite(d.bound) if d.checked is None else np.isfinite(d.bound) & d.checked
    finite = np.isfinite(a)
    tol = tolerance(a, d, budget)
    gap = np.abs(np.where(finite, a, 0.0) - np.where(known, d.value, 0.0))
    wrong = known & (gap > tol) & finite
    inside = d.kink & finite & _between(a, d, tol)
    convention = inside & _relu_like(d) & (x == 0) & d.lonely & (np.abs(a) > tol) & (kinks == "convention")
    tie = d.kink & ~d.lonely & wrong & ~inside  # among three equal values the right slope may lie beyond both sides
    wrong &= ~inside & ~tie
    if kinks == "skip":
        wrong &= ~d.kink
    nonfinite = ~finite & known
    size = np.maximum(np.maximum(np.abs(np.where(finite, a, 0)), np.abs(np.nan_to_num(d.value))), 0.1 * scale)
    checked = np.ones_like(known) if d.checked is None else d.checked
    vague = tie | checked & finite & ~wrong & ~d.kink & ~(d.bound <= np.maximum(VAGUE * size, 1e-13))
    smooth = known & ~d.kink & finite
    excess = float(np.max(gap[smooth] / tol[smooth])) if smooth.any() else 0.0
    return Judgement(wrong | nonfinite, convention, vague, nonfinite, tol, excess)


def _between(a: Array, d: Derivative, tol: Array) -> Array:
    slack = tol + 1e-3 * np.abs(d.right - d.left)
    low, high = np.minimum(d.left, d.right), np.maximum(d.left, d.right)
    with np.errstate(invalid="ignore"):
        return np.asarray((a >= low - slack) & (a <= high + slack))


def _relu_like(d: Derivative) -> Array:
    """One side flat, the other not."""
    small, large = np.minimum(np.abs(d.left), np.abs(d.right)), np.maximum(np.abs(d.left), np.abs(d.right))
    with np.errstate(invalid="ignore"):
        return np.asarray(small <= 1e-3 * large)
