"""A gradient of the wrong shape: transposed, not summed, an axis too many, flat, summed over the wrong axis."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, combinations, permutations

import numpy as np

from base.arrays import Array

from ..view import Explanation, View

Reshape = Callable[[View], Array]


def explain(views: Sequence[View]) -> Explanation:
    """The first of the family that holds on every view; WRONG_SHAPE otherwise. Here `a` has the shape it came in."""
    v = views[0]
    shapes = f"the gradient of {v.name} has shape {v.a.shape}, the argument {v.g.shape}"
    for code, what, fix, reshape in _candidates(v):
        if all(_holds(reshape, view) for view in views):
            return Explanation(code, f"{shapes}: {what}", {"shape": v.a.shape, "expected": v.g.shape}, fix, reshape)
    swapped = _swapped(views)
    if swapped:
        fix = "return the gradients in the order of the arguments"
        return Explanation("SWAPPED", f"{shapes}: it is the gradient of {swapped}", {"of": swapped}, fix)
    for code, what in _sums(v):
        if all(code in {c for c, _ in _sums(view)} for view in views):
            return Explanation(code, f"{shapes}: {what}", {"shape": v.a.shape, "expected": v.g.shape})
    return Explanation("WRONG_SHAPE", shapes, {"shape": v.a.shape, "expected": v.g.shape})


def _holds(reshape: Reshape, view: View) -> bool:
    try:
        return view.right(reshape(view))
    except (ValueError, TypeError):
        return False


def _candidates(v: View) -> Iterator[tuple[str, str, str, Reshape]]:
    """(code, what it is, fix, correction), the simplest first. A factor N may come on top of a shape."""
    units: tuple[tuple[Callable[[View], float], str], ...] = (
        (lambda w: 1.0, ""),
        (lambda w: 1 / w.n, " (and N times too small)"),
        (lambda w: float(w.n), " (and N times too large)"),
    )
    for unit, extra in units:
        for code, what, fix, reshape in _reshapes(v):
            yield code, what + extra, fix, partial(_over, reshape, unit)


def _over(reshape: Reshape, unit: Callable[[View], float], w: View) -> Array:
    return np.asarray(reshape(w) / unit(w))


def _reshapes(v: View) -> Iterator[tuple[str, str, str, Reshape]]:
    if v.a.ndim > v.g.ndim:
        yield "KEEPDIMS", "an axis of length 1 too many", "drop keepdims, or reshape", _squeezed
    if v.a.ndim == v.g.ndim:
        for axes in permutations(range(v.a.ndim)):
            yield "TRANSPOSED", "it is transposed", "transpose it", partial(_turned, axes)
    yield "FLATTENED", "right numbers, not reshaped", f"reshape to the shape of {v.name}", _reshaped
    for axes in _subsets(v.a.ndim):
        axis = axes if len(axes) > 1 else axes[0]
        what, fix = f"the sum over axis {axis} is missing", f".sum(axis={axis})"
        yield "NOT_SUMMED", what, fix, partial(_summed, axes)


def _turned(axes: tuple[int, ...], v: View) -> Array:
    return v.a.transpose(axes)


def _summed(axes: tuple[int, ...], v: View) -> Array:
    return np.asarray(v.a.sum(axis=axes)).reshape(v.g.shape)


def _squeezed(v: View) -> Array:
    """In the argument's shape, if what came differs from it by axes of length 1 only."""
    if [s for s in v.a.shape if s != 1] != [s for s in v.g.shape if s != 1]:
        raise ValueError("not a matter of axes of length 1")
    return _reshaped(v)


def _reshaped(v: View) -> Array:
    return v.a.reshape(v.g.shape)


def _subsets(ndim: int) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(range(ndim), k) for k in range(1, ndim + 1))


def _swapped(views: Sequence[View]) -> str | None:
    v = views[0]
    for other in v.run.numeric:
        if all(
            w.run.numeric[other].value.shape == w.a.shape
            and np.allclose(w.a, w.run.numeric[other].value, rtol=1e-5, atol=1e-7 * w.size)
            for w in views
        ):
            return str(other)
    return None


def _sums(v: View) -> list[tuple[str, str]]:
    """WRONG_AXIS and OVER_SUMMED from sums of the numeric gradient, or of every output's contribution to it."""
    found = []
    for axes in _subsets(v.g.ndim):
        total = v.g.sum(axis=axes)
        if total.size == v.a.size and _alike(v, v.a.ravel(), total.ravel()):
            found.append(("OVER_SUMMED", f"summed over axis {axes} as well"))
    share = contributions(v)
    if share is not None:
        right = [x for x in _subsets(share.ndim) if _same(share.sum(axis=x), v.g, v)]
        for axes in _subsets(share.ndim):
            total = share.sum(axis=axes)
            if right and axes not in right and total.size == v.a.size and _alike(v, v.a.ravel(), total.ravel()):
                code = "OVER_SUMMED" if total.size < v.g.size and set(axes) > set(right[0]) else "WRONG_AXIS"
                found.append((code, f"summed over axis {axes} instead of {right[0]}"))
    return found


def contributions(v: View) -> Array | None:
    """What every output contributes to the sum of this gradient, in the shape of the output."""
    if v.jac is None or v.jac.shape[1] != v.dout.size:
        return None
    return np.asarray((v.jac.sum(axis=0) * v.dout.ravel()).reshape(v.dout.shape))


def _same(total: Array, g: Array, v: View) -> bool:
    return total.size == g.size and _alike(v, total.ravel(), g.ravel())


def _alike(v: View, a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=1e-5, atol=1e-6 * v.size))
