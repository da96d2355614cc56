"""Penalties by how the gradient depends on their strength: the parts at reg and at 0 are compared apart.

No formula of the penalty is assumed, so lambda / m, lambda / 2m and parameters of any name are all understood.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from base.arrays import Array

from ...numeric.central_differences import differentiate
from ...subject.adapters import ModelSubject, NetSubject
from ..view import Explanation, View
from . import scale

Parts = tuple[Array, Array, Array]  # analytic, numeric and error at reg = 0
NEGLIGIBLE = 1e-7


def explain(views: Sequence[View]) -> Explanation | None:
    """MISSING_REG, EXTRA_REG, or SCALE_* and SIGN of the penalty's part or of the data's part."""
    subject = views[0].subject
    separable = isinstance(subject, ModelSubject) or (isinstance(subject, NetSubject) and subject.takes_reg)
    if not separable or not isinstance(subject, NetSubject) or not subject.reg:
        return None
    apart = [_apart(v, subject) for v in views]
    if any(p is None for p in apart):
        return None
    data = [replace(v, a=p[0], g=p[1], e=p[2]) for v, p in zip(views, apart, strict=True) if p]
    share = [replace(v, a=v.a - w.a, g=v.g - w.g, e=v.e + w.e) for v, w in zip(views, data, strict=True)]
    if all(_differ(s, v) for s, v in zip(share, views, strict=True)):
        return _penalty(share, views)
    if all(_none(d.a, d, v) for d, v in zip(data, views, strict=True)):
        text = f"only the penalty's gradient is returned for {views[0].name}: the data's part (reg = 0) is zero"
        return Explanation("ZERO", text, {})
    if all(_differ(d, v) for d, v in zip(data, views, strict=True)):
        return _prefixed("the data's part (reg = 0)", scale.explain, data)
    return None


def partly(views: Sequence[View]) -> Explanation | None:
    """A share of the penalty's gradient is there, half of it or 1/N: it is too small, and not missing."""
    told = explain(views)
    return told if told is not None and told.code in ("SCALE_HALF", "SCALE_INV_BATCH") else None


def _apart(v: View, subject: NetSubject) -> Parts | None:
    """The gradients of this tensor with the penalty switched off."""
    run, strength = v.run, subject.reg_now
    try:
        subject.reg_now = 0.0
        grad = subject.run(run.values, run.douts)[1][v.name]
        base = subject.evaluate(run.values)
        d = differentiate(subject.evaluate, run.values, [v.name], run.dout, base)[v.name]
    except Exception:  # a function that does not take reg = 0 tells nothing
        return None
    finally:
        subject.reg_now = strength
    if not isinstance(grad, np.ndarray) or grad.shape != v.a.shape:
        return None
    return np.asarray(grad, dtype=np.float64), d.value, d.bound


def _differ(part: View, whole: View) -> bool:
    return bool(np.any(np.abs(part.r) > 20 * part.e + NEGLIGIBLE * whole.size))


def _none(t: Array, part: View, whole: View) -> bool:
    return bool(np.max(np.abs(t), initial=0) <= 20 * np.max(part.e) + NEGLIGIBLE * whole.size)


def _penalty(share: Sequence[View], views: Sequence[View]) -> Explanation | None:
    name = views[0].name
    if all(_none(s.a, s, v) for s, v in zip(share, views, strict=True)):
        return Explanation(
            "MISSING_REG", f"the loss depends on {name} through the penalty, its gradient does not depend on reg", {}
        )
    if all(_none(s.g, s, v) for s, v in zip(share, views, strict=True)):
        return Explanation(
            "EXTRA_REG", f"the gradient of {name} depends on reg, the loss's penalty does not depend on {name}", {}
        )
    return _bias_line(share, views) or _prefixed("the penalty's part", scale.explain, share)


def _bias_line(share: Sequence[View], views: Sequence[View]) -> Explanation | None:
    """EXTRA_REG or MISSING_REG on the first or last column or row alone, which holds the biases of a matrix."""
    name = views[0].name
    if any(v.x.ndim != 2 or min(v.x.shape) < 2 for v in views):
        return None
    for axis, word in ((1, "column"), (0, "row")):
        for k, which in ((0, "0"), (-1, "-1 (the last)")):
            lines = [[np.take(t, [k], axis) for t in (s.a, s.g)] for s in share]
            rest = [np.delete(s.r, k, axis) for s in share]
            if not all(_none(r, s, v) for r, s, v in zip(rest, share, views, strict=True)):
                continue
            where = f"in {word} {which} of {name}, that of the biases?,"
            if all(_none(g, s, v) for (_, g), s, v in zip(lines, share, views, strict=True)):
                return Explanation(
                    "EXTRA_REG", f"{where} the gradient has a penalty, the loss has none", {"axis": axis}
                )
            if all(_none(a, s, v) for (a, _), s, v in zip(lines, share, views, strict=True)):
                return Explanation(
                    "MISSING_REG", f"{where} the loss has a penalty, the gradient has none", {"axis": axis}
                )
    return None


def _prefixed(what: str, family: Callable[[Sequence[View]], Any], views: Sequence[View]) -> Explanation | None:
    told: Explanation | None = family(views)
    if told is not None:
        told.message, told.correct = f"{what}: {told.message}", None
    return told
