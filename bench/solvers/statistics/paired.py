"""Two solvers on the same seeds, or studies: the ratio of their times, its interval, and the test that this inverts.

A ratio t is tested by comparing a with t b, both cut at the time until which both are known: exchangeable if t is
true. So misses are no obstacle: beyond the cut they rank largest, and a pair that both missed says nothing. All ratios
that the test does not reject are the interval: it cannot contradict p, which is the test of the ratio one.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from base.arrays import Array

from .medians import FEWEST, SIGNIFICANT
from .signed_rank import p_values, sides

BELOW_ONE = math.nextafter(1, 0)
MOST = 2000  # shifts that are tried; of more every so many: the bounds are then known to some tenths of a per cent
Tested = tuple[Array, Array, Array]


class Comparison(NamedTuple):
    """The ratio a / b with its interval [low, high] at 95 %, and the two-sided p of "it is one".

    p <= 0.05 exactly where the interval leaves 1 out. low, high and p are NaN with fewer than six pairs (or studies).
    """

    ratio: float
    low: float
    high: float
    p: float


def compare(a: Sequence[float], b: Sequence[float], limit: float = math.inf) -> Comparison:
    """Compare times of two solvers, pair by pair (the same seeds in the same order): positive, infinite where missed.

    limit: the budget, beyond which a time is a miss; without it the longest time that is there. The signed-rank test
    over log ratios (`signed_rank`) of all ratios; the ratio is where it is balanced, Hodges and Lehmann's where nobody
    misses: infinite where a never and b ever met the target, 0 the other way round, 1 where nothing is known.
    ValueError for values that are not positive, or have no partner.
    """
    return compare_studies([[x] for x in a], [[x] for x in b], limit)


def compare_studies(a: Sequence[Sequence[float]], b: Sequence[Sequence[float]], limit: float = math.inf) -> Comparison:
    """Compare two solvers over studies, each the times of its seeds; a study is what a pair is in `compare`.

    In every study a and t b are compared by the balance of its signed ranks, which the test over studies ranks.
    """
    sizes = [(len(ours), len(theirs)) for ours, theirs in zip(a, b, strict=False)]
    values = np.array([x for one in (*a, *b) for x in one], float)
    if len(a) != len(b) or not values.size or any(m != n or not m for m, n in sizes) or not (values > 0).all():
        raise ValueError(f"a and b must be positive (a miss: infinity) and as many; got {list(a)!r} and {list(b)!r}")
    known = known_until(values, limit)
    logs = [tuple(np.log(np.asarray(one, float)) for one in both) for both in zip(a, b, strict=True)]
    single = all(len(ours) == 1 for ours in a)  # then averages are taken over the pairs, else within each study
    whole = [tuple(np.concatenate(each) for each in zip(*logs, strict=True))] if single else logs
    ends = np.unique(np.round(np.concatenate([_ends(one[0], one[1], known) for one in whole]), 12))
    ends = thinned(ends)

    def test(shifts: Array) -> Tested:
        above, below, n = sides(np.stack([_balance(one[0], one[1], shifts, known) for one in logs], axis=1))
        return above, below, p_values(above, below, n)

    return inverted(test, ends, len(a) >= FEWEST)


def known_until(values: Array, limit: float) -> float:
    """The logarithm of the time until which all are known: infinite where nobody missed, any where everybody did."""
    finite = values[np.isfinite(values)]
    if finite.size == values.size:
        return math.inf
    return math.log(limit if math.isfinite(limit) else max(finite, default=1.0))


def _ends(a: Array, b: Array, known: float) -> Array:
    """The shifts at which the order of anything changes."""
    with np.errstate(invalid="ignore"):
        d = a - b
    d = d[np.isfinite(d)]
    i, j = np.triu_indices(d.size)
    cut = np.concatenate([known - b[np.isfinite(b)], a[np.isfinite(a)] - known])
    return np.concatenate([d[i] / 2 + d[j] / 2, cut[np.isfinite(cut)], [0.0]])


def _balance(a: Array, b: Array, shifts: Array, known: float) -> Array:
    """Of every shift: how much of one study speaks for a being slower than that, from -1 to 1; NaN: nothing speaks.

    Of a single pair it is the difference itself.
    """
    d = cut_differences(a, b, shifts, known)
    if a.size == 1:
        return d[:, 0]
    above, below, n = sides(d)
    with np.errstate(invalid="ignore"):
        balance: Array = (above - below) / (n * (n + 1) / 2)
    return balance


def thinned(ends: Array) -> Array:
    """Not more shifts than can be tried; zero and the last stay."""
    return ends if ends.size <= MOST else np.union1d(ends[:: -(-ends.size // MOST)], [0.0, ends[-1]])


def cut_differences(a: Array, b: Array, shifts: Array, known: float) -> Array:
    """(shift, pair): a less b moved by the shift, both cut where both are known; NaN where both lie beyond."""
    cut = known + np.minimum(shifts, 0)[:, None]
    moved = b + shifts[:, None]
    with np.errstate(invalid="ignore"):
        d: Array = np.where(a > cut + 1e-12, np.inf, a) - np.where(moved > cut + 1e-12, np.inf, moved)
    return d


def inverted(test: Callable[[Array], Tested], ends: Array, enough: bool) -> Comparison:
    """Test every shift at which something changes, and one between any two of them.

    test: shifts -> what speaks for larger ones, for smaller ones, and p. enough: whether p and interval are given.
    Greater shifts never speak more for larger ones: a pair that says nothing any more spoke for the side that loses.
    So what is not rejected lies on one side where the ratio one is.
    """
    between = np.concatenate([[ends[0] - 1], (ends[:-1] + ends[1:]) / 2, [ends[-1] + 1]])
    shifts = np.sort(np.concatenate([ends, between]))  # between, end, between, ..., end, between
    above, below, p = test(shifts)
    bounds = np.concatenate([[-math.inf], ends, [math.inf]])  # of the k-th place between: bounds[k], bounds[k + 1]
    lower, upper = np.empty(shifts.size), np.empty(shifts.size)
    lower[::2], upper[::2] = bounds[:-1], bounds[1:]
    lower[1::2] = upper[1::2] = ends
    ratio = _exp(_balanced(above, below, lower, upper))
    if not enough:
        return Comparison(ratio, math.nan, math.nan, math.nan)
    one = int(np.flatnonzero(shifts == 0)[0])
    kept = p > SIGNIFICANT
    low, high = (_exp(float(x)) for x in (lower[kept].min(), upper[kept].max()))
    if not kept[one]:  # an interval that begins just above one does not hold it
        low, high = (max(low, math.nextafter(1, 2)), high) if above[one] > below[one] else (low, min(high, BELOW_ONE))
    return Comparison(ratio, low, high, float(p[one]))


def _balanced(above: Array, below: Array, lower: Array, upper: Array) -> float:
    """Halfway between the last shift that is too small and the first that is too large."""
    small, large = above > below, below > above
    low = upper[small].max() if small.any() else -math.inf
    high = lower[large].min() if large.any() else math.inf
    if math.isinf(low) and math.isinf(high):
        return 0.0
    return low if math.isinf(low) else high if math.isinf(high) else float(low + high) / 2


def _exp(x: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.exp(x))


def holm(p: Sequence[float]) -> list[float]:
    """p-values adjusted for their number m: the j-th smallest times m + 1 - j, monotone, at most 1 (Holm, 1979)."""
    adjusted = [float("nan")] * len(p)
    order = sorted((i for i in range(len(p)) if not np.isnan(p[i])), key=lambda i: p[i])
    largest = 0.0
    for position, i in enumerate(order):
        largest = max(largest, min(1.0, p[i] * (len(order) - position)))
        adjusted[i] = largest
    return adjusted
