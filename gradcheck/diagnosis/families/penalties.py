"""Penalties by how the gradient depends on their strength: the parts at reg and at 0 are compared apart.

No formula of the penalty is assumed, so lambda / m, lambda / 2m and parameters of any name are all understood.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from base.arrays import Array

from ...numeric.central_differences import differentiate
from ...subject.adapters import NetSubject
from ..view import Explanation, View
from . import scale

Parts = tuple[Array, Array, Array]  # analytic, numeric and error at reg = 0
NEGLIGIBLE = 1e-7


def explain(views: Sequence[View]) -> Explanation | None:
    """MISSING_REG, EXTRA_REG, or SCALE_* and SIGN of the penalty's part or of the data's part."""
    subject = views[0].subject
    if not isinstance(subject, NetSubject) or not subject.takes_reg or not subject.reg:
        return None
    apart = [_apart(v, subject) for v in views]
    if any(p is None for p in apart):
        return None
    data = [replace(v, a=p[0], g=p[1], e=p[2]) for v, p in zip(views, apart, strict=True) if p]
    share = [replace(v, a=v.a - w.a, g=v.g - w.g, e=v.e + w.e) for v, w in zip(views, data, strict=True)]
    if all(_differ(s, v) for s, v in zip(share, views, strict=True)):
        return _penalty(share, views)
    if all(_differ(d, v) for d, v in zip(data, views, strict=True)):
        return _prefixed("the data's part (reg = 0)", scale.explain, data)
    return None


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
    return bool(np.all(np.abs(t) <= 20 * part.e + NEGLIGIBLE * whole.size))


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
    return _prefixed("the penalty's part", scale.explain, share)


def _prefixed(what: str, family: Callable[[Sequence[View]], Any], views: Sequence[View]) -> Explanation | None:
    told: Explanation | None = family(views)
    if told is not None:
        told.message, told.correct = f"{what}: {told.message}", None
    return told
