"""Masks: missing, inverted, leaking, or with wrong entries, read off the analytic and numeric Jacobians by output.

An output is inactive where no input moves it. A mask is right when the backward agrees on which outputs those are.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from base.arrays import Array

from ..view import Explanation, View


def explain(views: Sequence[View]) -> Explanation | None:
    """MASK_* when every view tells the same story."""
    told = [_lifted(v) if v.lifted else _two_valued(v) or _columns(v) for v in views]
    if any(t is None for t in told) or len({t[0] for t in told if t}) != 1:
        codes = {t[0] for t in told if t}
        if any(t is None for t in told) or not codes <= {"MASK_WRONG", "MASK_MISSING", "MASK_LEAK"}:
            return None
        told = [t for t in told if t and t[0] == "MASK_WRONG"] or told
    code, wrong = told[0]  # type: ignore[misc]
    text = "; ".join(filter(None, (TEXTS[code], _interval(views[0], wrong))))
    return Explanation(code, text, {"wrong_entries": int(wrong.sum())}, FIXES[code])


FIXES = {
    "MASK_MISSING": "multiply dout by the mask of the forward",
    "MASK_INVERTED": "turn the comparison round",
    "MASK_LEAK": "set the inactive entries to what the forward lets through",
    "MASK_WRONG": "take the mask of the forward",
    "MASK_FROM_DOUT": "take the mask of the forward",
}
TEXTS = {
    "MASK_MISSING": "right where active, but dout passes where the forward lets nothing (or less) through: "
    "the mask is not applied",
    "MASK_INVERTED": "gradient flows exactly where the forward is inactive: the mask is inverted",
    "MASK_LEAK": "inactive entries get a fraction of dout",
    "MASK_WRONG": "the mask differs from the forward's",
    "MASK_FROM_DOUT": "the mask is taken from the upstream gradient, not from the forward",
}
Told = tuple[str, Array]  # code, mask of the wrong entries


def diagonal(v: View) -> tuple[Array, Array] | None:
    """(analytic, numeric) derivative per element of an elementwise layer, None for other layers."""
    if v.jac is None or v.ours is None or v.jac.shape[0] != v.jac.shape[1]:
        return None
    d, b = np.diagonal(v.jac), np.diagonal(v.ours)
    small = 1e-6 * max(float(np.max(np.abs(v.jac), initial=0)), float(np.max(np.abs(v.ours), initial=0)), 1e-30)
    off_d, off_b = np.abs(v.jac).sum() - np.abs(d).sum(), np.abs(v.ours).sum() - np.abs(b).sum()
    if off_d > small * d.size or off_b > small * d.size:
        return None
    return b.copy(), d.copy()


def _close(a: Array, b: Any) -> Array:
    return np.asarray(np.isclose(a, b, rtol=1e-5, atol=1e-7))


def _two_valued(v: View) -> Told | None:
    """Elementwise, with a derivative that takes two values: relu, leaky relu, dropout, clip."""
    pair = diagonal(v)
    if pair is None:
        return None
    b, d = pair
    keep = ~v.kink.ravel()
    levels = _levels(d[keep])
    if len(levels) != 2:
        return None
    low, high = levels
    active = _close(d, high)
    at_low, at_high = b[~active & keep], b[active & keep]
    wrong = ~_close(b, d) & keep
    told = None
    if _constant(b[keep]):
        told = "MASK_MISSING" if not _close(b[0], low) or low else None
        if told and _close(b[0], low):
            told = "MASK_WRONG"
    elif low and np.all(_close(at_high, high)) and not np.any(at_low):
        told = "MASK_WRONG"  # leaky relu with the slope left out
    elif np.all(_close(at_high, low)) and not np.any(_close(at_low, low)):
        told = "MASK_INVERTED"
    elif np.all(_close(at_high, high)) and _constant(at_low):
        c = at_low[0]
        told = "MASK_MISSING" if _close(c, 1.0) else "MASK_LEAK" if 0 < abs(c) < abs(high) else "MASK_WRONG"
    elif np.all(_close(b, low) | _close(b, high) | ~keep):
        told = "MASK_WRONG"
    return (told, wrong) if told else None


def _levels(d: Array) -> list[float]:
    values: list[float] = []
    for value in d:
        if not any(np.isclose(value, known, rtol=1e-5, atol=1e-7) for known in values):
            values.append(float(value))
        if len(values) > 2:
            break
    return sorted(values, key=abs)


def _constant(values: Array) -> bool:
    return bool(values.size and np.any(values) and np.all(_close(values, values[0])))


def _columns(v: View) -> Told | None:
    """Any layer with outputs that nothing moves: compare the two Jacobians output by output."""
    if v.jac is None or v.ours is None:
        return None
    j, b = v.jac, v.ours
    small = 1e-6 * float(np.max(np.abs(j), initial=1e-30))
    active, flows = np.max(np.abs(j), axis=0) > small, np.max(np.abs(b), axis=0) > small
    equal = np.max(np.abs(j - b), axis=0) <= 10 * small
    wrong = ~equal
    if active.all() or not active.any():
        return _entries(v)
    if np.all(equal[active]):
        share = [_share(b[:, o], j[:, active]) for o in np.flatnonzero(flows & ~active)]
        if len(share) < 0.5 * np.sum(~active):
            return "MASK_WRONG", wrong
        known = [s for s in share if s is not None]
        leak = known and all(np.isclose(s, known[0], rtol=1e-4) for s in known) and known[0] < 0.999
        return "MASK_LEAK" if leak else "MASK_MISSING", wrong
    if not np.any(flows[active]) and np.any(flows[~active]):
        return "MASK_INVERTED", wrong
    if np.all(equal | ~flows) and not _by_sample(v, wrong):
        return "MASK_WRONG", wrong
    return _entries(v)


def _entries(v: View) -> Told | None:
    """Jacobians of zeros and one other value (max, pooling, gathers) that differ in their places."""
    if v.jac is None or v.ours is None:
        return None
    levels = _levels(v.jac.ravel())
    if len(levels) != 2 or (levels[0] != 0 and abs(levels[0]) > 1e-6):
        return None
    ours = v.ours.ravel()
    if not np.all(_close(ours, 0) | _close(ours, levels[1])) or not np.any(ours):
        return None
    wrong = np.any(~_close(v.ours, v.jac), axis=0)
    one_each = np.all(np.round(np.abs(v.jac).sum(axis=0) / abs(levels[1])) == 1)
    selects = one_each and v.jac.shape[0] > v.jac.shape[1] and not _by_sample(v, wrong)
    return ("MASK_WRONG", wrong) if selects else None


def _by_sample(v: View, wrong: Array) -> bool:
    """Whether whole samples are wrong: that is another family's story."""
    if v.out.ndim == 0 or len(v.out) != v.n or v.n < 2:
        return False
    rows = wrong.reshape(v.n, -1)
    return bool(np.all(rows.all(axis=1) | ~rows.any(axis=1)))


def _share(column: Array, active: Array) -> float | None:
    """The factor between this column and an active one of the same pattern, up to order."""
    mine = np.sort(np.abs(column))
    for other in np.sort(np.abs(active), axis=0).T:
        size = float(other @ other)
        if size:
            c = float(mine @ other) / size
            if np.allclose(mine, c * other, rtol=1e-4, atol=1e-7) and abs(c) <= 1 + 1e-6:
                return c
    return None


def _lifted(v: View) -> Told | None:
    """A gradient by pre-activations, recovered from that of a weight: the numeric one is 0 where the unit is off."""
    size = v.size
    off, flows = np.abs(v.g) <= 1e-7 * size, np.abs(v.a) > 1e-6 * size
    if off.all() or not off.any():
        return None
    equal = np.abs(v.r) <= 1e-5 * size
    if v.unmasked is not None and np.allclose(v.a, np.maximum(v.unmasked, 0), atol=1e-6 * size):
        return "MASK_FROM_DOUT", ~equal
    if np.all(equal[~off]) and np.any(flows[off]):
        share = np.mean(flows[off])
        unmasked = v.unmasked
        code = "MASK_MISSING" if share > 0.5 else "MASK_WRONG"
        if unmasked is not None and code == "MASK_MISSING":
            c = float(np.sum(v.a[off] * unmasked[off]) / max(np.sum(unmasked[off] ** 2), 1e-300))
            leaks = 1e-6 < abs(c) < 0.999 and np.allclose(v.a[off], c * unmasked[off], atol=1e-5 * size)
            code = "MASK_LEAK" if leaks else code
        return code, ~equal
    if not np.any(flows[~off]) and np.any(flows[off]):
        return "MASK_INVERTED", ~equal
    if np.all(equal | ~flows) and not np.all((~equal | off).all(axis=1) | equal.all(axis=1)):
        return "MASK_WRONG", ~equal
    return None


def _interval(v: View, wrong: Array) -> str:
    """'all 9 wrong entries have 0 < x <= 0.1', if an interval of x holds all wrong and no right entries."""
    x = v.x.ravel()
    wrong = wrong.ravel()
    if x.size != wrong.size or not wrong.any():
        return ""
    low, high = float(x[wrong].min()), float(x[wrong].max())
    right = x[~wrong]
    if np.any((right >= low) & (right <= high)):
        return ""
    return f"all {int(wrong.sum())} wrong entries have {low:.3g} <= x <= {high:.3g}"
