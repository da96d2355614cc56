"""A factor too many or too few, element by element, and the right formula at the wrong point."""

from collections.abc import Iterator, Sequence

import numpy as np

from base.arrays import Array

from ..formulas import FORMULAS, broadcast, derived, fitted
from ..view import Explanation, View
from .masks import diagonal

PLAIN = (1.0, -1.0, 2.0, 0.5, -2.0, -0.5)


def explain(views: Sequence[View]) -> Explanation | None:
    """ELEMENTWISE_FACTOR on the gradient's own elements, or on the outputs through which it comes."""
    return _factor(views, _own_ratio, "") or _factor(views, _output_ratio, " of the upstream gradient")


Ratio = tuple[Array, Array, tuple[int, ...]]  # ratio, mask of where it is known, shape


def _own_ratio(v: View) -> Ratio | None:
    floor = 1e-5 * float(np.max(np.abs(v.g), initial=0))
    known = (np.abs(v.g) > np.maximum(floor, 1e4 * np.where(np.isfinite(v.e), v.e, np.inf))) & ~v.kink
    if np.any(np.abs(v.a[~known & ~v.kink]) > 1e-3 * v.size) or known.sum() < 2:
        return None
    return np.where(known, v.a / np.where(known, v.g, 1), 1.0), known, v.g.shape


def _output_ratio(v: View) -> Ratio | None:
    """B[:, o] = ratio_o J[:, o]: a factor that belongs to the outputs."""
    if v.jac is None or v.ours is None or v.jac.shape[1] != v.out.size:
        return None
    square = np.sum(v.jac**2, axis=0)
    known = square > 1e-10 * max(float(square.max(initial=0)), 1e-30)
    ratio = np.where(known, np.sum(v.jac * v.ours, axis=0) / np.where(known, square, 1), 1.0)
    if known.sum() < 2 or np.max(np.abs(v.ours - ratio * v.jac)) > 1e-5 * np.max(np.abs(v.ours)):
        return None
    return ratio.reshape(v.out.shape), known.reshape(v.out.shape), v.out.shape


def _candidates(v: View) -> Iterator[tuple[str, str, Array]]:
    for name, t in derived(list(v.atoms())):
        for formula, f in FORMULAS.items():
            yield name, formula, f(t)


def _constant(v: View, found: Ratio, factor: Array, inverse: bool) -> float | None:
    """k with ratio = k factor (or k / factor) throughout, None where the factor does not fit or does not vary."""
    ratio, known, shape = found
    full = broadcast(factor, shape)
    if full is None:
        return None
    f, r = full[known], ratio[known]
    if not _may_fit(f, r, inverse):
        return None
    if not np.all(np.isfinite(f)) or np.ptp(f) <= 1e-6 * np.max(np.abs(f), initial=0) or (np.any(f == 0) and inverse):
        return None
    predicted = 1 / f if inverse else f
    k = fitted(r, predicted)
    if not k or not np.allclose(k * predicted, r, rtol=1e-5, atol=1e-6 * float(np.max(np.abs(r)))):
        return None
    named = (*PLAIN, v.n, 1 / v.n, *v.scalars.values(), *(1 / s for s in v.scalars.values()))
    return k if any(np.isclose(k, c, rtol=1e-4) for c in named) else None


def _may_fit(f: Array, r: Array, inverse: bool) -> bool:
    """Whether a few entries are in proportion: nearly all candidates fail here, where it costs little."""
    at = (0, len(f) // 2, len(f) - 1)
    p, q = [float(f[k]) for k in at], [float(r[k]) for k in at]
    size = 1e-4 * float(np.max(np.abs(r)))
    if inverse:  # r = k / f: r f is constant
        return all(abs(p[0] * q[0] - p[k] * q[k]) <= (abs(p[0]) + abs(p[k])) * size for k in (1, 2))
    return all(abs(p[0] * q[k] - p[k] * q[0]) <= (abs(p[0]) + abs(p[k])) * size for k in (1, 2))


def _factor(views: Sequence[View], ratio_of: object, suffix: str) -> Explanation | None:
    found = [ratio_of(v) for v in views]  # type: ignore[operator]
    if any(f is None for f in found) or np.ptp(found[0][0][found[0][1]]) < 1e-6:
        return None
    matches = []
    for name, formula, factor in _candidates(views[0]):
        for inverse in (True, False):
            k = _constant(views[0], found[0], factor, inverse)
            if k is not None and all(
                _again(v, f, name, formula, inverse) for v, f in zip(views[1:], found[1:], strict=True)
            ):
                matches.append((not any(np.isclose(k, p) for p in PLAIN), len(name), name, formula, inverse, k))
        if any(not m[0] for m in matches):
            break
    if not matches:
        return None
    _, _, name, formula, inverse, k = min(matches)
    spelled = formula.format(t=name) + ("" if np.isclose(k, 1) else f" (times {k:.6g})")
    text = f"the factor {spelled}{suffix} is missing" if inverse else f"a factor {spelled}{suffix} too much"
    return Explanation(
        "ELEMENTWISE_FACTOR",
        text,
        {"factor": spelled, "missing": inverse},
        f"{'multiply' if inverse else 'divide'} by {spelled}",
    )


def _again(v: View, found: Ratio, name: str, formula: str, inverse: bool) -> bool:
    return any(
        _constant(v, found, FORMULAS[formula](t), inverse) is not None for n, t in derived(list(v.atoms())) if n == name
    )


def wrong_point(views: Sequence[View]) -> Explanation | None:
    """The derivative at x := another tensor, by the numeric derivative there or by a common formula F(u) for F(v)."""
    for name, t in views[0].atoms():
        own, like_x = views[0].name, t.shape == views[0].x.shape
        if like_x and name not in (own, "dout") and all(_at_point(v, name) for v in views):
            text = f"the right derivative, but at {name} instead of {own}"
            return Explanation("WRONG_POINT", text, {"at": name}, f"evaluate the derivative at {own}")
    formulas = [_formula(v) for v in views]
    if all(f is not None for f in formulas):
        common = set.intersection(*(set(f or ()) for f in formulas))
        if common:
            formula, u, w = min(common, key=lambda c: (len(c[0]), c))
            told = {"computed": formula.format(t=u), "expected": formula.format(t=w)}
            text = f"computed {told['computed']}, should be {told['expected']}"
            return Explanation("WRONG_POINT", text, told, f"{u} -> {w}")
    return None


def _at_point(v: View, name: str) -> bool:
    point = dict(v.atoms()).get(name)
    if point is None or v.subject.kind != "layer" or v.lifted or point.shape != v.x.shape:
        return False
    try:
        return v.right_with({**v.run.values, v.name: point.copy()})
    except Exception:
        return False


def _formula(v: View) -> set[tuple[str, str, str]] | None:
    """(formula, used tensor, right tensor) with b = k F(used) and d = k F(right), elementwise."""
    pair = diagonal(v)
    if v.lifted and v.unmasked is not None and np.all(v.unmasked):
        pair = (v.a / v.unmasked).ravel(), (v.g / v.unmasked).ravel()
    elif pair is None:
        a, g = v.a.ravel(), v.g.ravel()
        if v.lifted or v.subject.kind != "layer" or v.dout.shape != v.g.shape:
            return None
        pair = a / v.dout.ravel(), g / v.dout.ravel()
    b, d = pair
    keep = ~v.kink.ravel()
    found = set()
    same = [(n, t.ravel()) for n, t in v.atoms() if t.shape == v.x.shape and n != "dout"]
    for formula, f in FORMULAS.items():
        with np.errstate(all="ignore"):
            values = {n: f(t) for n, t in same}
        used = [(n, k) for n, t in values.items() if (k := _multiple(b[keep], t[keep])) is not None]
        right = [(n, k) for n, t in values.items() if (k := _multiple(d[keep], t[keep])) is not None]
        found |= {(formula, n, m) for n, k in used for m, c in right if n != m and np.isclose(k, c, rtol=1e-4)}
    return found


def _multiple(target: Array, t: Array) -> float | None:
    k = fitted(target, t) if t.size and np.ptp(t) >= 1e-9 else 0.0
    size = float(np.max(np.abs(target), initial=0))
    return k if k and np.allclose(k * t, target, rtol=1e-5, atol=1e-6 * size) else None


def any_ratio(views: Sequence[View]) -> Explanation | None:
    """An elementwise layer whose derivative is another function of x, without a formula that we know."""
    if any(diagonal(v) is None for v in views):
        return None
    v = views[0]
    known = np.abs(v.g) > 1e-6 * v.size
    if not known.any() or not np.any(v.a):
        return None
    ratio = v.a[known] / v.g[known]
    text = (
        f"elementwise, analytic / numeric runs from {ratio.min():.3g} to {ratio.max():.3g} with {v.name}: "
        f"a factor that depends on {v.name} is wrong"
    )
    return Explanation("ELEMENTWISE_FACTOR", text, {"ratio_min": float(ratio.min()), "ratio_max": float(ratio.max())})
