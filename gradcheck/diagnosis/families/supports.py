"""Masks that have no shape of their own: max and pooling, hinges over rows, pieces of a loss such as Huber's.

They show in where the two gradients agree: on the entries that the forward uses, or on an interval of a residual.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np

from base.arrays import Array

from ..view import Explanation, View, float_arguments
from .masks import FIXES, TEXTS, diagonal

SPREAD = "spread"
FEWEST = 3  # entries on either side for a pattern to mean something


def selections(views: Sequence[View]) -> Explanation | None:
    """MASK_* of a layer that selects: every output takes one entry of its window, and the window's choice varies."""
    code = _agreed(_selection(v) for v in views)
    if code is None:
        return None
    if code == SPREAD:
        text = "every output takes one entry of its window, and dout is spread evenly over all of them, as for a mean"
        return Explanation("MASK_MISSING", text, {}, FIXES["MASK_MISSING"])
    return Explanation(code, f"every output takes one entry of its window: {TEXTS[code]}", {}, FIXES[code])


def _selection(v: View) -> str | None:
    if v.jac is None or v.ours is None or v.jac.shape[0] <= v.jac.shape[1]:
        return None
    level = float(np.max(np.abs(v.jac)))
    j, b = v.jac / (level or 1.0), v.ours / (level or 1.0)
    used, flows = np.abs(j) > 1e-6, np.abs(b) > 1e-6
    if np.any(used.sum(axis=0) != 1) or not np.allclose(np.abs(j[used]), 1, rtol=1e-5):
        return None
    window = used | flows
    places = (np.cumsum(window, axis=0) * used).max(axis=0)  # which entry of its window each output takes
    rest = window & ~used
    others = b[rest]
    if np.ptp(places) == 0 or not others.size or np.any(rest.sum(axis=0) == 0):
        return None
    if not np.all(window.any(axis=1)):  # a window that leaves entries out is another fault: the wrong indices
        return None
    if not np.allclose(others, others[0], rtol=1e-5):
        return None
    if not np.any(flows[used]):
        return "MASK_INVERTED"
    if np.allclose(np.abs(b[window]), abs(others[0])) and np.allclose(np.abs(b).sum(axis=0), 1):
        return SPREAD
    if not np.allclose(b[used], j[used], atol=1e-5):
        return None
    if np.allclose(j[used], others[0], rtol=1e-5):
        return "MASK_MISSING"
    return "MASK_LEAK" if abs(others[0]) < 1 else None


def zeros(views: Sequence[View]) -> Explanation | None:
    """MASK_MISSING or MASK_INVERTED where the numeric gradient is exactly zero on a part of the entries."""
    code = _agreed(_zeros(v) for v in views)
    return None if code is None else Explanation(code, TEXTS[code], {}, FIXES[code])


def _agreed(codes: Iterable[str | None]) -> str | None:
    """The code that all views give."""
    first, *others = set(codes)
    return None if others else first


def _zeros(v: View) -> str | None:
    keep = ~v.kink
    quiet = (np.abs(v.g) <= np.maximum(1e-9 * v.size, 10 * v.e)) & keep
    loud = ~quiet & keep
    if min(quiet.sum(), loud.sum()) < FEWEST:
        return None
    flows, equal = np.abs(v.a) > 1e-6 * v.size, np.abs(v.r) <= 1e-6 * v.size + 20 * v.e
    if np.all(equal[loud]) and np.mean(flows[quiet]) > 0.9:
        return "MASK_MISSING"
    return "MASK_INVERTED" if not np.any(flows[loud]) and np.mean(flows[quiet]) > 0.9 else None


def intervals(views: Sequence[View]) -> Explanation | None:
    """MASK_WRONG: exactly equal but on an interval (or outside of one) of x, or of a difference of two arguments."""
    for what, t in _residuals(views[0]):
        if all(_separates(w, dict(_residuals(w)).get(what)) for w in views):
            wrong = t[views[0].off]
            text = f"right everywhere but where {what} lies between {wrong.min():.3g} and {wrong.max():.3g}"
            return Explanation("MASK_WRONG", f"{text}: a threshold differs from the forward's", {"of": what})
    return None


def _residuals(v: View) -> Iterator[tuple[str, Array]]:
    same = [(n.lstrip("#"), t) for n, t in float_arguments(v.run) if t.shape == v.g.shape]
    single = [(v.name, v.x)] if v.x.shape == v.g.shape else []
    pairs = [(f"{a} - {b}", s - t) for (a, s), (b, t) in combinations(same, 2)]
    for name, t in [*pairs, *single]:
        yield f"|{name}|", np.abs(t)
        yield name, t


def _separates(v: View, t: Array | None) -> bool:
    """Whether the wrong entries fill an interval of t that holds no right one."""
    if t is None or v.lifted or diagonal(v) is not None:  # elementwise layers: one branch has a wrong formula
        return False
    wrong, right = t[v.off], t[~v.off & ~v.kink]
    if min(wrong.size, right.size) < FEWEST:
        return False
    return not np.any((right >= wrong.min()) & (right <= wrong.max()))
