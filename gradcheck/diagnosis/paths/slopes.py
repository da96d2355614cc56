"""Slopes that stand in for the derivative of a function of one argument: left out, at the wrong point, twice."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from .switches import Slope

STEP = 1e-5
F = Callable[[Any], Any]


class Wrong(NamedTuple):
    """A wrong slope: its code, what is said of `{f}`, and the slope."""

    code: str
    says: str
    fix: str
    slope: Slope


def own(f: F, u: Array, out: Array) -> Array | None:
    """f'(u) element by element; None for a function that is not one of its elements."""
    if out.shape != u.shape or u.dtype.kind != "f":
        return None
    h = STEP * np.maximum(1.0, np.abs(u))
    wide, narrow = ((np.asarray(f(u + k * h)) - np.asarray(f(u - k * h))) / (2 * k * h) for k in (1.0, 0.5))
    return np.asarray((4 * narrow - wide) / 3)


def _left_out(f: F, u: Array, out: Array) -> Array | None:
    d = own(f, u, out)
    return None if d is None or _is_mask(d) or np.allclose(d, 1) else np.ones_like(u)


def _unmasked(f: F, u: Array, out: Array) -> Array | None:
    d = own(f, u, out)
    return np.ones_like(u) if d is not None and _is_mask(d) else None


def _inverted(f: F, u: Array, out: Array) -> Array | None:
    d = own(f, u, out)
    return 1 - np.round(d) if d is not None and _is_mask(d) else None


def _is_mask(d: Array) -> bool:
    return bool(np.all(np.isclose(d, 0, atol=1e-7) | np.isclose(d, 1)) and np.ptp(d) > 0.5)


def _at_output(f: F, u: Array, out: Array) -> Array | None:
    return own(f, out, np.asarray(f(out))) if out.shape == u.shape else None


def _of_input(f: F, u: Array, out: Array) -> Array | None:
    """The formula that gives the derivative from the output, at the argument: 1 - u^2 for tanh, u (1 - u)."""
    d = own(f, u, out)
    if d is None:
        return None
    if np.allclose(d, 1 - out * out, atol=1e-6):
        return np.asarray(1 - u * u)
    return np.asarray(u * (1 - u)) if np.allclose(d, out * (1 - out), atol=1e-6) else None


def _half_formula(pick: Callable[[Array], tuple[Array, Array]]) -> Slope:
    """One factor of s (1 - s), or 1 - t for 1 - t^2."""

    def half(f: F, u: Array, out: Array) -> Array | None:
        d = own(f, u, out)
        if d is None or _is_mask(d):
            return None
        whole, part = pick(out)
        return part if np.allclose(d, whole, atol=1e-6) else None

    return half


def _of_output(power: float) -> Slope:
    return lambda f, u, out: None if (d := own(f, u, out)) is None or _is_mask(d) else np.sign(d) * np.abs(d) ** power


def _times(c: float) -> Slope:
    return lambda f, u, out: None if (d := own(f, u, out)) is None else c * d


WRONG = (
    Wrong("ELEMENTWISE_FACTOR", "the derivative of {f} is left out", "multiply by the derivative of {f}", _left_out),
    Wrong("MASK_MISSING", "the mask of {f} is not applied", "multiply by the mask of {f}", _unmasked),
    Wrong("WRONG_POINT", "the derivative of {f} is taken at its value", "take it at its argument", _at_output),
    Wrong("WRONG_POINT", "the formula for the derivative of {f} from its value is used with its argument",
          "use it with the value", _of_input),
    Wrong("SIGN", "the derivative of {f} has the wrong sign", "turn the sign", _times(-1)),
    Wrong("SCALE_TWO", "the derivative of {f} is twice too large", "halve it", _times(2)),
    Wrong("SCALE_HALF", "the derivative of {f} is halved: the factor 2 of a square?", "double it", _times(0.5)),
    Wrong("ELEMENTWISE_FACTOR", "the derivative of {f} is multiplied in twice", "multiply by it once", _of_output(2)),
    Wrong("ELEMENTWISE_FACTOR", "of the derivative s (1 - s) of s = {f}, the factor 1 - s is left out",
          "multiply by it", _half_formula(lambda s: (s * (1 - s), s))),
    Wrong("ELEMENTWISE_FACTOR", "of the derivative s (1 - s) of s = {f}, the factor s is left out",
          "multiply by it", _half_formula(lambda s: (s * (1 - s), 1 - s))),
    Wrong("ELEMENTWISE_FACTOR", "the derivative of t = {f} is taken as 1 - t, it is 1 - t^2",
          "square it", _half_formula(lambda t: (1 - t * t, 1 - t))),
    Wrong("MASK_INVERTED", "the mask of {f} is inverted", "turn the comparison round", _inverted),
)  # fmt: skip


def in_block(slope: Slope, axis: int, blocks: int, which: int) -> Slope:
    """The slope in one of several equal blocks along an axis (the gates of a cell), the right one elsewhere."""

    def mixed(f: F, u: Array, out: Array) -> Array | None:
        right, wrong = own(f, u, out), slope(f, u, out)
        if right is None or wrong is None or u.ndim != 2 or u.shape[axis] % blocks or u.shape[axis] == blocks:
            return None
        at = np.arange(u.shape[axis]) // (u.shape[axis] // blocks) == which
        return np.where(at if axis else at[:, None], wrong, right)

    return mixed


BLOCKS = [(axis, blocks, which) for axis in (1, 0) for blocks in (2, 3, 4) for which in range(blocks)]
IN_BLOCKS = [wrong for wrong in WRONG if wrong.slope in (_left_out, _at_output, _of_input)]
