"""Only some samples contribute: the first, the last, or all but one."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from base.arrays import Array

from ..formulas import fitted
from ..view import Explanation, View

FIX = "sum over all samples (+= in a loop)"


def explain(views: Sequence[View]) -> Explanation | None:
    """BATCH_SUBSET: a = sum of c_i G_i over the samples, with c_i either 0 or one constant."""
    first, *others = [_shares(v) for v in views]
    if first is None or any(s is None for s in others):
        return None
    kept, n = np.flatnonzero(np.abs(first) > 1e-6), views[0].n
    text = f"only sample {', '.join(map(str, kept))} of {n} contributes"
    return Explanation("BATCH_SUBSET", text, {"samples": kept.tolist(), "N": n}, FIX)


def _shares(v: View) -> Array | None:
    """c_i for every sample, None unless the gradient is such a sum with some c_i = 0."""
    if v.n < 2:
        return None
    found = _from_jacobian(v) if v.jac is not None else _from_rows(v)
    found = _from_vjps(v) if found is None else found
    if found is None or np.all(np.abs(found) > 1e-6) or not np.any(np.abs(found) > 1e-6):
        return None
    used = found[np.abs(found) > 1e-6]
    return found if np.allclose(used, used[0], rtol=1e-4) else None


def _from_jacobian(v: View) -> Array | None:
    if v.ours is None or v.jac is None or v.out.ndim == 0 or len(v.out) != v.n:
        return None
    j, b = v.jac.reshape(v.jac.shape[0], v.n, -1), v.ours.reshape(v.jac.shape[0], v.n, -1)
    small = 1e-6 * float(np.max(np.abs(j), initial=1e-30))
    pairs = ((b[:, i], j[:, i]) for i in range(v.n))
    return _multiples(pairs, small, small, lambda c: 10 * small * max(1, abs(c)))


def _from_vjps(v: View) -> Array | None:
    """Outputs of any rank, the batch on any axis: one backward per sample, with dout set to zero elsewhere."""
    axes = [k for k, length in enumerate(v.out.shape) if length == v.n]
    if v.jac is None or v.jac.shape[1] != v.dout.size or not axes or v.n > 20:
        return None
    pairs = (_vjp(v, v.jac, (slice(None),) * axes[0] + (i,)) for i in range(v.n))
    return _multiples(pairs, 1e-7 * v.size, 1e-5 * v.size, lambda c: 1e-5 * v.size)


def _vjp(v: View, jac: Array, at: tuple[Any, ...]) -> tuple[Array, Array]:
    """The analytic and the numeric gradient for dout at one sample alone; the former is inf where there is none."""
    only, keep = np.zeros(v.dout.shape), ~v.kink.ravel()
    only[at] = v.dout[at]
    g = (jac @ only.ravel())[keep]
    ours = v.subject.run(v.run.values, [only])[1][v.name]
    usable = isinstance(ours, np.ndarray) and ours.size == keep.size
    return ours.ravel()[keep] if usable else np.full(g.shape, np.inf), g


def _from_rows(v: View) -> Array | None:
    """Losses and lifted gradients: rows of the gradient itself."""
    if v.a.ndim < 1 or len(v.a) != v.n or v.a.shape != v.g.shape:
        return None
    pairs = zip(v.a.reshape(v.n, -1), v.g.reshape(v.n, -1), strict=True)
    return _multiples(pairs, 1e-7 * v.size, 1e-6 * v.size, lambda c: 1e-5 * v.size)


def _multiples(
    pairs: Iterable[tuple[Array, Array]], quiet: float, loud: float, rest: Callable[[float], float]
) -> Array | None:
    """c with a = c g for each pair (a, g), where no more than rest(c) remains; None where a pair is none such.

    A g below `quiet` tells nothing, but then a has to be below `loud`.
    """
    found = []
    for a, g in pairs:
        silent = float(np.sum(g**2)) < quiet**2
        c = 0.0 if silent else fitted(a, g)
        if not np.max(np.abs(a - c * g), initial=0) <= (loud if silent else rest(c)):  # also where a is not finite
            return None
        found.append(np.nan if silent else c)
    return _settled(np.array(found))


def _settled(c: Array) -> Array | None:
    """Shares with those that are open taken as used; None where all are open."""
    known = c[~np.isnan(c)]
    return np.where(np.isnan(c), known[np.argmax(np.abs(known))], c) if known.size else None


def alone(views: Sequence[View]) -> Explanation | None:
    """BATCH_SUBSET in a loss or net: a is the gradient that one sample alone has, whichever axis carries the batch."""
    found = [_alone(v) for v in views]
    if any(f is None for f in found):
        return None
    which, n = found[0], views[0].n
    text = f"the gradient is that of sample {which} of {n} alone"
    return Explanation("BATCH_SUBSET", text, {"samples": [which], "N": n}, FIX)


def _alone(v: View) -> int | None:
    """The sample whose own gradient (of a batch of its copies), times 1 or 1/N, is the analytic one."""
    axes = v.evidence.source.batch_axes
    if v.subject.kind == "layer" or v.lifted or not axes or not 2 <= v.n <= 12 or not 3 <= v.a.size <= 64:
        return None
    for i in range(v.n):
        values = dict(v.run.values)
        for name, axis in axes:
            if np.ndim(values[name]) > axis and np.shape(values[name])[axis] == v.n:
                values[name] = np.take(values[name], [i] * v.n, axis=axis)
        own = v.derivative(values).value
        if any(v.near(c * own) for c in (1.0, 1.0 / v.n)):
            return i
    return None
