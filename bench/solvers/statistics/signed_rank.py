"""Wilcoxon's signed-rank test, exact, of many sets of differences at once, and the location that it leaves.

Without ties the sum of positive ranks is the number of Walsh averages (d_i + d_j) / 2, i <= j, above zero (Tukey,
1949). An average of zero is counted on neither side, so ties count against a finding.
"""

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from base.arrays import Array

from .medians import LEVEL

TIED = 1e-9  # sums of logarithms nearer to zero than this are zero, but for rounding


class Location(NamedTuple):
    """The estimate of a location, its interval [low, high], and the two-sided p of "it is zero"."""

    estimate: float
    low: float
    high: float
    p: float


def location(differences: Sequence[float], level: float = LEVEL) -> Location:
    """Where `differences` lie: the median of their Walsh averages (Hodges and Lehmann, 1963), and what is not rejected.

    p <= 1 - level exactly where zero lies outside of [low, high], between the k-th least average and the k-th greatest.
    With too few differences the interval is everything; without any the estimate is 0 and p 1.
    """
    d = np.asarray(differences, float)
    if not np.isfinite(d).all():
        raise ValueError(f"differences is {list(differences)!r}; expected finite numbers")
    if not d.size:
        return Location(0.0, -math.inf, math.inf, 1.0)
    i, j = np.triu_indices(d.size)
    averages = np.sort(d[i] / 2 + d[j] / 2)
    k = int((2 * _tails(d.size) <= 1 - level).sum())
    low, high = (averages[k - 1], averages[-k]) if k else (-math.inf, math.inf)
    return Location(float(np.median(averages)), float(low), float(high), signed_rank(differences))


def signed_rank(differences: Sequence[float]) -> float:
    """Two-sided p of the signed-rank test (Wilcoxon, 1945); infinities rank largest."""
    return float(p_values(*sides(np.asarray(differences, float)[None]))[0])


def sides(d: Array) -> tuple[Array, Array, Array]:
    """(above, below, n) of each row of `d`: Walsh averages on either side of zero, differences that say anything.

    NaN says nothing and is left out, as is the average of infinity and minus infinity.
    """
    i, j = np.triu_indices(d.shape[1])
    with np.errstate(invalid="ignore"):
        sums = d[:, i] + d[:, j]
    return (sums > TIED).sum(axis=1), (sums < -TIED).sum(axis=1), (~np.isnan(d)).sum(axis=1)


def p_values(above: Array, below: Array, n: Array) -> Array:
    """Two-sided p of each row of `sides`; 1 where nothing says anything."""
    most = np.maximum(above, below)
    p = np.ones(len(most))
    for size in np.unique(n):
        of_size = n == size
        p[of_size] = np.minimum(1, 2 * _tails(int(size))[most[of_size]])
    return p


@functools.lru_cache(maxsize=64)
def _tails(n: int) -> Array:
    """P(W >= w) for w = 0..M: W is the sum of those ranks 1..n whose sign is positive, each with 1/2."""
    chances = np.ones(1)
    for rank in range(1, n + 1):
        longer = np.zeros(chances.size + rank)
        longer[: chances.size] += chances / 2
        longer[rank:] += chances / 2
        chances = longer
    tails: Array = np.cumsum(chances[::-1])[::-1]
    return tails
