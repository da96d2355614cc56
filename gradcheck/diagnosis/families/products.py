"""Gradients that are sums or matrix products of the wrong things: swapped, transposed, over-summed, wrong operand."""

import operator
from collections.abc import Iterator, Sequence
from itertools import permutations, product

import numpy as np

from base.arrays import Array

from ..view import Explanation, View
from .shape import _subsets, contributions


def swapped(views: Sequence[View]) -> Explanation | None:
    """The gradient of another argument of the same shape."""
    v = views[0]
    for other, d in v.run.numeric.items():
        if other != v.name and np.any(d.value) and all(w.near(w.run.numeric[other].value) for w in views):
            return Explanation(
                "SWAPPED",
                f"what is returned for {v.name} is the gradient of {other}",
                {"of": other},
                "return the gradients in the order of the arguments",
            )
    return None


def blocks(views: Sequence[View]) -> Explanation | None:
    """Equal blocks along an axis in another order than the forward's: the gates of a cell."""
    v = views[0]
    for axis in range(v.a.ndim):
        for count in (2, 3, 4):
            for order in permutations(range(count)):
                if order != tuple(range(count)) and all(_reordered(w, axis, order) for w in views):
                    width = v.a.shape[axis] // count
                    wrong = [k for k in range(count) if order[k] != k]
                    said = ", ".join(f"{k * width} to {(k + 1) * width - 1}" for k in wrong)
                    text = f"along axis {axis}, what is returned for {v.name} has its blocks {said} in another order"
                    return Explanation("SWAPPED", text, {"order": order}, "stack them in the order of the forward")
    return None


def _reordered(v: View, axis: int, order: tuple[int, ...]) -> bool:
    if v.a.shape[axis] % len(order) or v.a.shape[axis] == len(order):
        return False
    parts = np.split(v.g, len(order), axis=axis)
    return v.near(np.concatenate([parts[k] for k in order], axis=axis))


def transposed(views: Sequence[View]) -> Explanation | None:
    """A square gradient that equals the numeric one transposed."""
    if all(v.a.ndim == 2 and v.a.shape[0] == v.a.shape[1] > 1 and v.near(v.g.T) for v in views):
        return Explanation("TRANSPOSED", "analytic = numeric.T", {}, "transpose it", lambda v: v.a.T)
    return None


def operands(views: Sequence[View]) -> Explanation | None:
    """a = S @ T for known tensors where g = S' @ T': a transpose too few, or another operand."""
    v = views[0]
    if v.a.ndim < 2:
        return None
    wrong = [f for f in _factors(v, v.a) if all(_is_product(w, w.a, f) for w in views)]
    if not wrong:
        return None
    right = [f for f in _factors(v, v.g) if all(_is_product(w, w.g, f) for w in views)]
    for code, related in (("TRANSPOSED", operator.eq), ("WRONG_POINT", operator.and_)):
        for w, r in product(wrong, right):
            if related({w[0], w[2]}, {r[0], r[2]}):
                text = f"computed {_spell(w)}, should be {_spell(r)}"
                return Explanation(code, text, {"computed": _spell(w)}, _spell(r))
    return None


def inner(views: Sequence[View]) -> Explanation | None:
    """a = U W where g = U W.T with the same U: a square operand is not transposed inside of a longer formula."""
    v = views[0]
    for name, w in v.atoms():
        if w.ndim != 2 or w.shape[0] != w.shape[1] or np.allclose(w, w.T):
            continue
        if all(_untransposed(u, dict(u.atoms()).get(name)) for u in views):
            text = f"the gradient comes back through {name} where {name}.T is right (or the reverse)"
            return Explanation("TRANSPOSED", text, {"operand": name}, f"transpose {name} in this gradient")
    return None


def _untransposed(v: View, w: Array | None) -> bool:
    if w is None or w.ndim != 2 or np.linalg.cond(w) > 1e6:
        return False
    a, g = v.a.reshape(-1, v.a.shape[-1]), v.g.reshape(-1, v.g.shape[-1])
    for ours, right in ((a.T, g.T), (a, g)):  # U W and W U
        if ours.shape[0] == len(w) and ours.shape[1] > 1:
            for left, other in ((w, w.T), (w.T, w)):
                u, t = np.linalg.solve(left, ours), np.linalg.solve(other, right)
                if np.allclose(u, t, rtol=1e-5, atol=1e-6 * float(np.max(np.abs(t)))):
                    return True
    return False


Factors = tuple[str, bool, str, bool]


def _matrices(v: View) -> dict[str, Array]:
    found = {}
    for name, array in v.atoms():
        if array.ndim >= 2:
            found[name] = array.reshape(len(array), -1)
    if v.jac is not None and v.jac.shape[1] == v.dout.size and v.dout.ndim >= 2:
        active = np.any(v.jac != 0, axis=0).reshape(v.dout.shape)
        if not active.all():
            found["masked dout"] = (v.dout * active).reshape(len(v.dout), -1)
    return found


def _factors(v: View, target: Array) -> Iterator[Factors]:
    known = _matrices(v)
    for (s, left), (t, right) in product(known.items(), known.items()):
        if "dout" not in s and "dout" not in t and v.subject.kind == "layer":
            continue
        for flip_s, flip_t in product((False, True), (False, True)):
            if _gives(left.T if flip_s else left, right.T if flip_t else right, target, v):
                yield s, flip_s, t, flip_t


def _is_product(v: View, target: Array, f: Factors) -> bool:
    known = _matrices(v)
    if f[0] not in known or f[2] not in known:
        return False
    a, b = known[f[0]], known[f[2]]
    return _gives(a.T if f[1] else a, b.T if f[3] else b, target, v)


def _gives(a: Array, b: Array, target: Array, v: View) -> bool:
    right = target.reshape(len(target), -1)
    fits = a.shape[1] == b.shape[0] and (len(a), b.shape[1]) == right.shape
    return fits and bool(np.allclose(a @ b, right, rtol=1e-6, atol=1e-6 * v.size))


def _spell(f: Factors) -> str:
    return f"{f[0]}{'.T' if f[1] else ''} @ {f[2]}{'.T' if f[3] else ''}"


def totals(views: Sequence[View]) -> Explanation | None:
    """Sums over too many axes, broadcast back; sums over the wrong axis that happen to fit."""
    v = views[0]
    for axes in _subsets(v.g.ndim):
        which = axes if len(axes) > 1 else axes[0]
        for mean in (False, True):
            if all(_broadcast_back(w, axes, mean) for w in views):
                text = f"summed over axis {which} as well and broadcast back"
                return Explanation("OVER_SUMMED", text, {"axes": axes})
    share = contributions(v)
    if share is None:
        return None
    for axes in _subsets(share.ndim):
        if all(_total(w, axes) for w in views):
            which = axes if len(axes) > 1 else axes[0]
            text = f"summed over axis {which} of the outputs' contributions: the wrong one"
            return Explanation("WRONG_AXIS", text, {"axes": axes})
    return None


def _broadcast_back(v: View, axes: tuple[int, ...], mean: bool) -> bool:
    """Whether the gradient is the numeric one summed (or averaged) over several entries along these axes."""
    count = np.prod([v.g.shape[k] for k in axes])
    total = v.g.sum(axis=axes, keepdims=True) * (1 / count if mean else 1.0)
    return bool(count > 1) and v.near(np.broadcast_to(total, v.g.shape))


def _total(v: View, axes: tuple[int, ...]) -> bool:
    share = contributions(v)
    if share is None or share.ndim <= max(axes):
        return False
    total = share.sum(axis=axes)
    if total.size == 1 < v.a.size:
        return v.near(np.full(v.a.shape, float(total.ravel()[0])))
    return total.size == v.a.size and v.near(total.reshape(v.a.shape))


def sums_of_products(views: Sequence[View]) -> Explanation | None:
    """a_j = sum_i dout_ij T_ij with the wrong T where g is such a sum of another: gamma's gradient from x, say."""
    v = views[0]
    if v.subject.kind != "layer" or v.a.ndim > 1 or v.dout.ndim < 2:
        return None
    right = [n for n, t in v.atoms() if _reduces(v, t, v.g)]
    for name, t in v.atoms():
        if (
            name not in right
            and _reduces(v, t, v.a)
            and all(_reduces(w, dict(w.atoms()).get(name), w.a) for w in views)
        ):
            what = f"sum(dout * {name})" + (f", should be sum(dout * {right[0]})" if right else "")
            return Explanation("WRONG_POINT", f"computed {what}", {"computed": what})
    return None


def _reduces(v: View, t: Array | None, target: Array) -> bool:
    if t is None or t.shape != v.dout.shape:
        return False
    product_ = v.dout * t
    return any(
        (s := product_.sum(axis=axes)).size == target.size
        and np.allclose(s.ravel(), target.ravel(), rtol=1e-6, atol=1e-7 * v.size)
        for axes in _subsets(product_.ndim)
    )
