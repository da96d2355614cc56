"""Penalties by how the gradient depends on their strength: the parts at reg and at 0 are compared apart.

No formula of the penalty is assumed, so lambda / m, lambda / 2m and parameters of any name are all understood.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from base.arrays import Array

from ...subject.adapters import ModelSubject, NetSubject
from ...subject.subject import Subject, Values
from ..view import Explanation, View
from . import elementwise, products, scale
from .additive import REG_NAMES

Parts = tuple[Array, Array, Array]  # analytic, numeric and error at reg = 0
NEGLIGIBLE = 1e-7
STRENGTHS = tuple(n for n in REG_NAMES if n not in ("alpha", "decay"))  # these have other meanings as well


def explain(views: Sequence[View]) -> Explanation | None:
    """MISSING_REG, EXTRA_REG, or SCALE_*, SIGN, OVER_SUMMED and others of the penalty's part or of the data's part."""
    apart = [_apart(v) for v in views]
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
    """The penalty's gradient is there in part or in another form: half of it, 1/N, another sign; twice is EXTRA_REG."""
    told = explain(views)
    return told if told is not None and told.code not in ("MISSING_REG", "EXTRA_REG", "SCALE_TWO") else None


def _apart(v: View) -> Parts | None:
    """The gradients of this tensor with the penalty switched off."""
    subject, run = v.subject, v.run
    if subject.kind == "layer":
        return None
    try:
        with _switched_off(subject, run.values) as values:
            if values is None:
                return None
            grad = subject.run(values, run.douts)[1][v.name]
            d = v.derivative(values)
    except Exception:  # a function that does not take reg = 0 tells nothing
        return None
    if not isinstance(grad, np.ndarray) or grad.shape != v.a.shape:
        return None
    return np.asarray(grad, dtype=np.float64), d.value, d.bound


@contextmanager
def _switched_off(subject: Subject, values: Values) -> Iterator[Values | None]:
    """The arguments with reg = 0, wherever it stands: on a model, behind a net's data, an argument, in a partial."""
    if isinstance(subject, NetSubject) and subject.reg and (isinstance(subject, ModelSubject) or subject.takes_reg):
        strength, subject.reg_now = subject.reg_now, 0.0
        try:
            yield values
        finally:
            subject.reg_now = strength
        return
    among = [n for n, value in values.items() if _is_strength(n.lstrip("#"), value)]
    function = subject.swap(None)
    bound = [n for n, value in getattr(function, "keywords", {}).items() if _is_strength(n, value)]
    if not among and bound:
        subject.swap(partial(function, **dict.fromkeys(bound, 0.0)))
    try:
        yield {**values, **dict.fromkeys(among, 0.0)} if among or bound else None
    finally:
        subject.swap(function)


def _is_strength(name: str, value: Any) -> bool:
    number = isinstance(value, (int, float, np.floating)) and not isinstance(value, bool) and bool(value)
    return number and (name in STRENGTHS or "reg" in name)


def _differ(part: View, whole: View) -> bool:
    return bool(np.any(np.abs(part.r) > 20 * part.e + NEGLIGIBLE * whole.size))


def _none(t: Array, part: View, whole: View) -> bool:
    return bool(np.max(np.abs(t), initial=0) <= 20 * np.max(part.e) + NEGLIGIBLE * whole.size)


def _penalty(share: Sequence[View], views: Sequence[View]) -> Explanation | None:
    name = views[0].name
    if all(_none(s.a, s, v) for s, v in zip(share, views, strict=True)):
        text = f"the loss depends on {name} through the penalty, its gradient does not depend on reg"
        return Explanation("MISSING_REG", text, {})
    if all(_none(s.g, s, v) for s, v in zip(share, views, strict=True)):
        text = f"the gradient of {name} depends on reg, the loss's penalty does not depend on {name}"
        return Explanation("EXTRA_REG", text, {})
    found = _bias_line(share, views) or _summed(share)
    for family in () if found else (scale.explain, products.totals, products.transposed, elementwise.explain):
        found = found or _prefixed("the penalty's part", family, share)
    return found


def _summed(share: Sequence[View]) -> Explanation | None:
    """OVER_SUMMED: one number, a multiple of the sum of W, in every element."""
    factors = []
    for v in share:
        total = float(np.sum(v.g))
        if v.g.size < 2 or not total or not v.near(np.full(v.a.shape, float(np.mean(v.a)))):
            return None
        factors.append(float(np.mean(v.a)) / total)
    plain = any(np.isclose(factors[0], c, rtol=1e-4) for c in (1.0, 0.5, 2.0, 1.0 / share[0].n))
    return _sum_everywhere(share[0].name) if plain and np.allclose(factors, factors[0], rtol=1e-4) else None


def hidden(views: Sequence[View]) -> Explanation | None:
    """The same where the strength is not to be had: analytic - numeric = c (sum of W - W), with one c."""
    found = []
    for v in views:
        w = v.x.ravel()
        if v.subject.kind == "layer" or w.size < 4 or np.ptp(w) == 0:
            return None
        basis = np.stack([np.ones_like(w), w], axis=1)
        fit = np.linalg.lstsq(basis, v.r.ravel(), rcond=None)[0]
        if np.max(np.abs(basis @ fit - v.r.ravel())) > 1e-6 * v.size:
            return None
        if not fit[1] or not np.isclose(-fit[0] / fit[1], w.sum(), rtol=1e-4):
            return None
        found.append(fit[1])
    return _sum_everywhere(views[0].name) if np.allclose(found, found[0], rtol=1e-4) else None


def _sum_everywhere(name: str) -> Explanation:
    text = f"a multiple of the sum of {name} is added to every element of d{name}, in place of reg * {name}"
    return Explanation("OVER_SUMMED", f"the penalty's part: {text}", {}, f"reg * {name}, not reg * {name}.sum()")


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
                text = f"{where} the gradient has a penalty, the loss has none"
                return Explanation("EXTRA_REG", text, {"axis": axis})
            if all(_none(a, s, v) for (a, _), s, v in zip(lines, share, views, strict=True)):
                text = f"{where} the loss has a penalty, the gradient has none"
                return Explanation("MISSING_REG", text, {"axis": axis})
    return None


def _prefixed(what: str, family: Callable[[Sequence[View]], Any], views: Sequence[View]) -> Explanation | None:
    told: Explanation | None = family(views)
    if told is not None:
        told.message, told.correct = f"{what}: {told.message}", None
    return told
