"""Where a gradient is too large for every element: which elements to differentiate, and a look at all of the others.

Random directions test the whole tensor at four evaluations each; where one disagrees, bisection leads to elements that
are then differentiated one by one. A direction alone is no finding.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from base.arrays import Array

Evaluate = Callable[[dict[str, Any]], Array]
LEAST = 30  # elements of every tensor
LABELS = 40  # entries (i, y_i) of scores
DIRECTIONS = 2
FOUND = 4  # wrong elements to lead to
STEPS = (1e-4, 1e-6)


def sample(values: Mapping[str, Any], names: Sequence[str], share: float, rng: np.random.Generator) -> dict[str, Array]:
    """Flat indices of a random share of every tensor, with some of the label entries where there are labels."""
    chosen = {}
    for n in names:
        size = values[n].size
        drawn = rng.permutation(size)[: max(LEAST, int(share * size))]
        chosen[n] = np.union1d(drawn, _label_entries(values, values[n])[:LABELS])
    return chosen


def _label_entries(values: Mapping[str, Any], x: Array) -> Array:
    rows = x.size // x.shape[-1] if x.ndim > 1 else 0
    for y in values.values():
        whole = isinstance(y, np.ndarray) and y.dtype.kind in "iu"
        if whole and y.size == rows > 0 and y.min() >= 0 and y.max() < x.shape[-1]:
            return np.asarray(np.arange(rows) * x.shape[-1] + y.ravel())
    return np.empty(0, int)


def disagreeing(
    evaluate: Evaluate, values: Mapping[str, Any], name: str, analytic: Array, dout: Array, rng: np.random.Generator
) -> Array:
    """Flat indices of a few elements to which random directions lead where they contradict the analytic gradient."""
    x, a = np.asarray(values[name], dtype=np.float64), np.asarray(analytic, dtype=np.float64).ravel()
    found: list[int] = []
    for _ in range(DIRECTIONS):
        v = rng.standard_normal(x.size) * np.maximum(np.abs(x.ravel()), 1e-3)

        def contradicts(part: Array, v: Array = v) -> bool:
            slope, bound = _slope(evaluate, values, name, x, part, v, dout)
            claim = a[part] @ v[part]
            return bool(abs(slope - claim) > 20 * bound + 1e-8 * float(np.abs(a[part]) @ np.abs(v[part])))

        found += _bisect(np.arange(x.size), contradicts)
        if found:
            break
    return np.unique(np.array(found, dtype=int))


def _bisect(whole: Array, contradicts: Callable[[Array], bool]) -> list[int]:
    """Single elements in parts that contradict, at most FOUND."""
    found: list[int] = []
    queue = [whole] if contradicts(whole) else []
    while queue and len(found) < FOUND:
        part = queue.pop()
        if len(part) == 1:
            found.append(int(part[0]))
            continue
        halves = (part[: len(part) // 2], part[len(part) // 2 :])
        queue += [h for h in halves if contradicts(h)]
    return found


def _slope(
    evaluate: Evaluate, values: Mapping[str, Any], name: str, x: Array, part: Array, v: Array, dout: Array
) -> tuple[float, float]:
    """Derivative along v restricted to `part`, with its bound, by the better of two Richardson pairs."""
    move = np.zeros(x.size)
    move[part] = v[part]
    best = (0.0, np.inf)
    for h in STEPS:
        outs = [evaluate({**values, name: x + s * h * move.reshape(x.shape)}) for s in (1.0, -1.0, 0.5, -0.5)]
        coarse, fine = (outs[0] - outs[1]) / (2 * h), (outs[2] - outs[3]) / h
        rough = 4 * np.finfo(float).eps * float(np.abs(outs[0]) @ np.abs(dout)) / h
        slope = float((4 * fine - coarse) @ dout) / 3
        bound = abs(slope - float(fine @ dout)) + rough
        if np.isfinite(bound) and bound < best[1]:
            best = slope, bound
    return best
