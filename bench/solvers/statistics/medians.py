"""The interval of a median from order statistics: no distribution is assumed, misses are welcome."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LEVEL = 0.95
SIGNIFICANT = 0.05  # at most this p is taken for a finding: 1 - LEVEL
FEWEST = 6  # below, no interval between order statistics covers the median with 95 %


class Interval(NamedTuple):
    """A median, its interval [low, high] and the chance that this covers; low and high are NaN with too few seeds."""

    median: float
    low: float
    high: float
    coverage: float


def interval_ranks(n: int, level: float = LEVEL) -> tuple[int, float]:
    """(k, coverage): the largest k for which [x_(k), x_(n + 1 - k)] covers the median with at least `level`.

    The coverage is 1 - 2 P(B <= k - 1) with B ~ Binomial(n, 1/2), the sign test turned round (David and Nagaraja,
    2003, section 7.1). k = 0 where not even the extremes suffice; the coverage is then that of the extremes.
    """
    from scipy.stats import binom

    for k in range(n // 2, 0, -1):
        coverage = 1 - 2 * float(binom.cdf(k - 1, n, 0.5))
        if coverage >= level:
            return k, coverage
    return 0, max(1 - 2 * 0.5**n, 0.0)


def median_interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Median and interval of `values`, which may hold infinities; halfway from a number to infinity is infinity.

    The interval of `interval_ranks` covers more than asked (0.979 for 0.95 at ten values), the next one within less
    (0.891): the bounds lie between the two, where Hettmansperger and Sheather (1986) interpolate. A bound that would
    lie between a number and infinity is the outer one.
    """
    ordered = np.sort(np.asarray(values, float))
    if ordered.size == 0 or np.isnan(ordered).any():
        raise ValueError(f"values is {list(values)!r}; expected at least one number and no NaN (a miss is infinity)")
    n = ordered.size
    k, coverage = interval_ranks(n, level)
    middle = ordered[[(n - 1) // 2, n // 2]]
    median = float(middle[0] if middle[0] == middle[1] else middle.mean())
    if k == 0:
        return Interval(median, np.nan, np.nan, coverage)
    weight = _inwards(n, k, coverage, level)
    low, high = (
        _between(outer, inner, weight)
        for outer, inner in ((ordered[k - 1], ordered[k]), (ordered[-k], ordered[-k - 1]))
    )
    return Interval(median, low, high, level)


def _inwards(n: int, k: int, coverage: float, level: float) -> float:
    """The share of the way from the k-th value to the next, inwards, that brings the coverage down to the level."""
    if 2 * (k + 1) > n:
        return 0.0
    from scipy.stats import binom

    less = 1 - 2 * float(binom.cdf(k, n, 0.5))
    share = (coverage - level) / (coverage - less)
    return (n - k) * share / (k + (n - 2 * k) * share)


def _between(outer: float, inner: float, weight: float) -> float:
    if math.isinf(outer) or math.isinf(inner):
        return float(outer)
    return float(outer + weight * (inner - outer))
