"""A backward is a linear map of dout: b(a d1 + c d2) = a b(d1) + c b(d2), exactly up to rounding.

No step and no forward is needed, and the way in which linearity fails names the fault.
"""

from dataclasses import dataclass

import numpy as np

from base.arrays import Array

from ..numeric.noise import shaken
from ..subject.arrays import is_float
from ..subject.subject import Subject, Values

TOLERANCE = 1e-7
DTYPE_TOLERANCE = 3e-4  # where gradients come in float32
MARGIN = 64.0  # the worst of many roundings against the few that were seen
FLOOR = 1e-15  # of the largest dout: where a result is exactly 0 but for cancellation


@dataclass
class Linearity:
    """What was found for one tensor: 'linear', 'constant', 'affine', 'mask' (positive part) or 'nonlinear'."""

    kind: str
    offset: Array | None = None  # b(0) where that is not zero


def test_linearity(
    subject: Subject, values: Values, douts: list[Array], rng: np.random.Generator
) -> dict[str, Linearity]:
    """One verdict per gradient; `douts` is the upstream gradient of the check."""
    others = [rng.standard_normal(d.shape) for d in douts]

    def at(*combination: Array) -> dict[str, Array | None]:
        _, grads = subject.run(values, list(combination))
        return {
            k: v.astype(np.float64) if isinstance(v, np.ndarray) and v.dtype.kind in "fiub" else None
            for k, v in grads.items()
        }

    one, two = at(*douts), at(*others)
    mixed = at(*[a - 3 * b for a, b in zip(douts, others, strict=True)])
    large = at(*[1024 * a for a in douts])
    zero = at(*[0 * a for a in douts])
    moved = [(a, at(*[shaken(d, rng) for d in base])) for a, base in ((one, douts), (one, douts), (two, others))]
    result = {}
    for name, b1 in one.items():
        parts = [p for g in (two, mixed, large, zero) if (p := g[name]) is not None]
        if b1 is None or len(parts) < 4 or any(p.shape != b1.shape for p in parts):
            continue
        rough = _noise([(a[name], b[name]) for a, b in moved], max(float(np.max(np.abs(d), initial=0)) for d in douts))
        result[name] = _classify(b1, *parts, subject=subject, values=values, douts=douts, name=name, rough=rough)
    return result


def _noise(pairs: list[tuple[Array | None, Array | None]], largest: float) -> float:
    """What rounding does to a result that cancels: the largest change under shaken douts, at least some ulp of dout."""
    moves = [float(np.max(np.abs(a - b), initial=0)) for a, b in pairs if a is not None and b is not None]
    seen = max((m for m in moves if np.isfinite(m)), default=0.0)
    return max(MARGIN * seen, FLOOR * largest)


def _classify(
    one: Array,
    two: Array,
    mixed: Array,
    large: Array,
    zero: Array,
    *,
    subject: Subject,
    values: Values,
    douts: list[Array],
    name: str,
    rough: float,
) -> Linearity:
    if not all(np.all(np.isfinite(g)) for g in (one, two, mixed, large)):
        return Linearity("linear")
    size = max(float(np.max(np.abs(g), initial=0.0)) for g in (one, two, mixed / 3))
    tol = TOLERANCE if all(v.dtype == np.float64 for v in values.values() if is_float(v)) else DTYPE_TOLERANCE
    if size <= rough:  # nothing but rounding comes out
        return Linearity("linear")

    def equal(a: Array, b: Array, unit: float = 1.0) -> bool:
        return bool(np.all(np.abs(a - b) <= unit * (tol * size + rough)))

    if np.all(np.abs(one - two) <= tol * size) and np.all(np.abs(one - large) <= tol * size):
        return Linearity("constant", one)
    if equal(mixed, one - 3 * two, 4) and equal(large, 1024 * one, 1024):
        return Linearity("linear")
    if (
        np.all(np.isfinite(zero))
        and equal(mixed - zero, one - 3 * two + 2 * zero, 4)
        and equal(large - zero, 1024 * (one - zero), 1024)
    ):
        return Linearity("affine", zero)
    return Linearity("mask" if _positive_part(one, subject, values, douts, name, tol) else "nonlinear")


def _positive_part(one: Array, subject: Subject, values: Values, douts: list[Array], name: str, tol: float) -> bool:
    """b(d) = b(d+) and b(-|d|) = 0, or the same with the signs exchanged: a mask by the sign of dout."""
    size = float(np.max(np.abs(one), initial=0.0)) or 1.0
    for sign in (1.0, -1.0):
        kept = subject.run(values, [np.where(sign * d > 0, d, 0.0) for d in douts])[1][name]
        gone = subject.run(values, [-sign * np.abs(d) for d in douts])[1][name]
        doubled = subject.run(values, [2.0 * np.where(sign * d > 0, d, 0.0) for d in douts])[1][name]
        if all(isinstance(g, np.ndarray) and g.shape == one.shape for g in (kept, gone, doubled)):
            alike = np.all(np.abs(kept - one) <= tol * size) and np.all(np.abs(gone) <= tol * size)
            if alike and np.all(np.abs(doubled - 2 * kept) <= 2 * tol * size):
                return True
    return False
