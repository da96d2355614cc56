"""Normalisation and softmax layers: the terms through mean and variance, and sums over the wrong axis."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from base.arrays import Array

from ..view import Explanation, View

Axes = tuple[int, ...]


def explain(views: Sequence[View]) -> Explanation | None:
    """BN_MEAN_TERM, BN_VAR_TERM (both where both are wrong), WRONG_AXIS."""
    for axes in _normalised(views):
        found = _told(views, axes)
        if found:
            return found
        if all(_crossed(v, axes) for v in views):
            return Explanation("WRONG_AXIS", f"a mean is taken over another axis than {_spell(axes)}", {"axes": axes})
    found = _by_groups(views, _told) or _by_groups(views, _over_others)
    # sums over other axes, where the groups of group normalisation do not explain it
    others = (_over_others(views, axes) for axes in _normalised(views))
    return found or next(filter(None, others), None) or _softmax_layer(views)


def _normalised(views: Sequence[View]) -> Iterator[Axes]:
    """The axes along which all views are normalised."""
    for axes in _axes(views[0]):
        if all(v.x.ndim == views[0].x.ndim and _normalises(v, axes) for v in views):
            yield axes


def _told(views: Sequence[View], axes: Axes) -> Explanation | None:
    """The terms of which the residual of all views consists, along these axes."""
    told = [_terms(v, axes) for v in views]
    if not told[0] or any(t != told[0] for t in told):
        return None
    found = [_say(code, views[0], axes) for code in told[0]]
    found[0].also = found[1:]
    return found[0]


def _over_others(views: Sequence[View], axes: Axes) -> Explanation | None:
    """Normalised over `axes`, while the residual varies along some of them: what is left has three or more places."""
    for k in range(1, len(axes)):
        for fewer in combinations(axes, k):
            places = min(math.prod(v.x.shape[axis] for axis in fewer) for v in views)
            if places > 2 and all(_terms(v, fewer) for v in views):
                return Explanation("WRONG_AXIS", f"a sum is taken over other axes than {_spell(axes)}", {"axes": axes})
    return None


def _by_groups(
    views: Sequence[View], tell: Callable[[Sequence[View], Axes], Explanation | None]
) -> Explanation | None:
    """What `tell` says of group normalisation: x (N, C, ...) as (N, G, C / G, ...), normalised over all but N and G."""
    shape = views[0].x.shape
    for groups in range(2, shape[1] // 2 + 1) if len(shape) > 2 and not views[0].lifted else ():
        if any(v.x.ndim != len(shape) or v.x.shape[1] % groups for v in views):
            continue
        split, axes = [_split(v, groups) for v in views], tuple(range(2, len(shape) + 1))
        found = tell(split, axes) if all(_normalises(v, axes) for v in split) else None
        if found:
            for one in (found, *found.also):
                one.message += f" (of x as (N, {groups} groups, {shape[1] // groups} channels of a group, ...))"
            return found
    return None


def _split(v: View, groups: int) -> View:
    n, channels, *places = v.x.shape
    shape = (n, groups, channels // groups, *places)
    return replace(v, **{name: getattr(v, name).reshape(shape) for name in ("a", "g", "e", "x")})


def _axes(v: View) -> Iterator[Axes]:
    if v.x.ndim < 2 or v.lifted:
        return
    for k in range(1, v.x.ndim):
        yield from combinations(range(v.x.ndim), k)


def _xhat(v: View, axes: Axes) -> Array:
    centred = v.x - v.x.mean(axis=axes, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + 1e-12))


def _normalises(v: View, axes: Axes) -> bool:
    """The output does not change when x is shifted (and hardly when it is scaled) along these axes."""
    if np.prod([v.x.shape[k] for k in axes]) < 3 or v.subject.kind != "layer":
        return False
    size = np.max(np.abs(v.g), initial=0) * np.sqrt(np.prod([v.x.shape[k] for k in axes]))
    shift = np.max(np.abs(v.g.sum(axis=axes)))
    scale = np.max(np.abs((v.g * _xhat(v, axes)).sum(axis=axes)))
    return bool(size and shift <= 1e-6 * size and scale <= 2e-2 * size)


def _terms(v: View, axes: Axes) -> tuple[str, ...]:
    """Which of the two terms the residual consists of, along these axes."""
    mean, slope, rest = _residual(v, axes)
    noise = max(1e-5 * v.size, min(20 * float(np.max(v.e)), 1e-3 * v.size))
    if np.max(np.abs(rest)) > noise:
        return ()
    parts = {"BN_VAR_TERM": np.max(np.abs(slope)), "BN_MEAN_TERM": np.max(np.abs(mean))}
    return tuple(sorted(code for code, amount in parts.items() if amount > noise))[::-1]


def _residual(v: View, axes: Axes) -> tuple[Array, Array, Array]:
    """Its mean and its slope by xhat along these axes, and what remains."""
    xhat, mean = _xhat(v, axes), v.r.mean(axis=axes, keepdims=True)
    slope = ((v.r - mean) * xhat).mean(axis=axes, keepdims=True)
    return mean, slope, v.r - mean - slope * xhat


def _say(code: str, v: View, axes: Axes) -> Explanation:
    where = _spell(axes)
    if code == "BN_MEAN_TERM":
        text = f"the residual is constant along {where}: the term through the mean, -mean(dxhat), is missing or wrong"
        return Explanation(code, text, {"axes": axes})
    text = f"the residual is proportional to xhat along {where}: the term through the variance, -xhat mean(dxhat xhat)"
    evidence = {"axes": axes, "slopes": _residual(v, axes)[1].ravel()[:5].tolist()}
    return Explanation(code, f"{text}, is missing, or has the wrong sign or size", evidence)


def _crossed(v: View, axes: Axes) -> bool:
    """The residual lies in the span of sums over the right and over another axis (2-D only)."""
    if v.x.ndim != 2 or min(v.x.shape) < 4:
        return False
    n, d = v.x.shape
    scale = np.ones_like(v.x)
    for _, t in v.atoms():  # gamma / std multiplies both sums
        if t.shape == (d,) and axes == (0,) and np.all(t):
            scale = np.broadcast_to(t / v.x.std(axis=0), v.x.shape)
    xhat = _xhat(v, axes)
    for weight in (scale, 1 / v.x.std(axis=axes, keepdims=True) * np.ones_like(v.x), np.ones_like(v.x)):
        rows, cols = np.repeat(np.eye(n), d, axis=0), np.tile(np.eye(d), (n, 1))
        basis = np.hstack([rows, cols, rows * xhat.reshape(-1, 1), cols * xhat.reshape(-1, 1)]) * weight.reshape(-1, 1)
        if np.linalg.matrix_rank(basis) < v.r.size - 1:
            fit = np.linalg.lstsq(basis, v.r.ravel(), rcond=None)[0]
            if np.max(np.abs(basis @ fit - v.r.ravel())) <= 1e-4 * v.size:  # an eps beside the variance
                return True
    return False


def _softmax_layer(views: Sequence[View]) -> Explanation | None:
    """g = p (dout - sum(dout p)) over one axis, a with the sum over another axis, over all, or without it."""
    v = views[0]
    if v.out.shape != v.x.shape or v.lifted or v.x.ndim < 2:  # of one axis there is no other
        return None
    right = [
        axis for axis in range(v.x.ndim) if all(np.allclose(_vjp(w, axis), w.g, atol=1e-6 * w.size) for w in views)
    ]
    if not right:
        return None
    for axis in [*(k for k in range(v.x.ndim) if k != right[0]), None]:
        if all(w.near(_vjp(w, axis)) for w in views):
            over = "all" if axis is None else axis
            text = f"the sum of dout * out is taken over axis {over} instead of {right[0]}"
            return Explanation("WRONG_AXIS", text, {})
    return None


def _vjp(v: View, axis: int | None) -> Array:
    return np.asarray(v.out * (v.dout - (v.dout * v.out).sum(axis=axis, keepdims=True)))


def _spell(axes: Axes) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else f"axes {axes}"
