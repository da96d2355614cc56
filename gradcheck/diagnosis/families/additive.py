"""A term too much or too little: a known tensor times a constant, and among these the gradient of a penalty."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from base.arrays import Array

from ..formulas import broadcast, fitted
from ..view import Explanation, View
from .scale import symbol_of

REG_NAMES = (
    "reg", "lambda", "lambd", "lam", "lamb", "lmbda", "weight_decay", "wd", "l2", "l1", "decay", "alpha", "penalty",
)  # fmt: skip
PENALTIES = {  # by whether analytic - numeric is negative
    True: ("MISSING_REG", "-", "the gradient of the penalty is missing"),
    False: ("EXTRA_REG", "+", "the penalty's gradient is added once too often, or where the loss has no penalty"),
}


def penalty(views: Sequence[View]) -> Explanation | None:
    """r = c W (or c sign(W)) on a parameter: MISSING_REG, EXTRA_REG."""
    v = views[0]
    for what, term in (("W", _itself), ("sign(W)", _signs)):
        c = [_multiple(w, term(w)) for w in views]
        if any(k is None for k in c) or not np.allclose(c, c[0], rtol=1e-4):  # type: ignore[arg-type]
            continue
        k = float(c[0])  # type: ignore[arg-type]
        symbol = _strength(v, abs(k))
        if symbol is None and v.subject.kind != "net":
            continue
        spelled = f"{symbol or f'{abs(k):.6g}'} * {what}".replace("W", v.name)
        code, sign, told = PENALTIES[k < 0]
        text, fix = f"analytic - numeric = {sign}{spelled}: {told}", f"d{v.name} {'+=' if k < 0 else '-='} {spelled}"
        return Explanation(code, text, {"c": k}, fix, partial(_without, k, term))
    return None


def _without(k: float, term: Callable[[View], Array], view: View) -> Array:
    return np.asarray(view.a - k * term(view))


def _itself(view: View) -> Array:
    return view.x


def _signs(view: View) -> Array:
    return np.asarray(np.sign(view.x))


def _strength(v: View, c: float) -> str | None:
    for name, value in v.scalars.items():
        last = name.rsplit(".", 1)[-1].lower().strip("_")
        if last in REG_NAMES or "reg" in last:
            for factor in (1, 2, 0.5):
                if np.isclose(c, factor * value, rtol=1e-4):
                    return name if factor == 1 else f"{factor} {name}"
            if np.isclose(c, value / v.n, rtol=1e-4):
                return f"{name} / N"
    return None


def _multiple(v: View, term: Array) -> float | None:
    """c with r = c term at noise level."""
    if term.shape != v.r.shape:
        return None
    keep = ~v.kink
    r, t = v.r[keep], term[keep]
    c = fitted(r, t)
    if not c or abs(c) * np.max(np.abs(t)) < 1e-9 * v.size:
        return None
    tol = 20 * v.e[keep] + 1e-5 * np.abs(c * t) + 1e-11 * v.size
    return c if np.all(np.abs(r - c * t) <= tol) else None


def explain(views: Sequence[View]) -> Explanation | None:
    """ADDITIVE_TERM: r = c * atom, in its own shape or summed to it, with the same c (or c / N) on every view."""
    return _additive(views, _terms)


def products(views: Sequence[View]) -> Explanation | None:
    """ADDITIVE_TERM with a product of two known tensors."""
    return _additive(views, _pairs)


Terms = Callable[[View], list[tuple[str, Array]]]


def _additive(views: Sequence[View], terms: Terms) -> Explanation | None:
    if views[0].g.size == 1:  # any number is a multiple of any other
        return None
    for name, _ in terms(views[0]):
        found = []
        for w in views:
            other = dict(terms(w)).get(name)
            found.append(None if other is None else _multiple(w, other))
        if any(c is None for c in found):
            continue
        c = np.array(found, dtype=float)
        per_n = c * [w.n for w in views]
        spelled = None
        if np.allclose(c, c[0], rtol=1e-4):
            spelled = f"{c[0]:.6g} {name}"
        elif np.allclose(per_n, per_n[0], rtol=1e-4):
            spelled = f"{per_n[0]:.6g} {name} / N"
        else:
            symbol = symbol_of(views, c)
            spelled = f"{symbol} {name}" if symbol else None
        if spelled:
            return Explanation(
                "ADDITIVE_TERM",
                f"analytic - numeric = {spelled}",
                {"term": name, "c": c.tolist()},
                f"subtract {spelled}",
            )
    return None


def _terms(v: View) -> list[tuple[str, Array]]:
    found: list[tuple[str, Array]] = []
    for name, t in v.atoms():
        full = broadcast(t, v.g.shape)
        if full is not None:
            found.append((name, np.asarray(full)))
        elif t.ndim > v.g.ndim:
            for axis in range(t.ndim):
                total = t.sum(axis=axis)
                if total.shape == v.g.shape:
                    found.append((f"sum({name}, axis={axis})", total))
    found.append(("1", np.ones(v.g.shape)))
    return found


def _pairs(v: View) -> list[tuple[str, Array]]:
    single = _terms(v)[:12]
    return [(f"{a} * {b}", s * t) for i, (a, s) in enumerate(single) for b, t in single[i:] if "1" not in (a, b)]
