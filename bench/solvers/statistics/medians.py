"""The interval of a median between two order statistics: no distribution is assumed, misses are welcome."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LEVEL = 0.95
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

    for k in range((n + 1) // 2, 0, -1):
        coverage = 1 - 2 * float(binom.cdf(k - 1, n, 0.5))
        if coverage >= level:
            return k, coverage
    return 0, max(1 - 2 * 0.5**n, 0.0)


def median_interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Median and interval of `values`, which may hold infinities; halfway from a number to infinity is infinity."""
    ordered = np.sort(np.asarray(values, float))
    if ordered.size == 0 or np.isnan(ordered).any():
        raise ValueError(f"values is {list(values)!r}; expected at least one number and no NaN (a miss is infinity)")
    k, coverage = interval_ranks(ordered.size, level)
    middle = ordered[[(ordered.size - 1) // 2, ordered.size // 2]]
    median = float(middle[0] if middle[0] == middle[1] else middle.mean())
    if k == 0:
        return Interval(median, np.nan, np.nan, coverage)
    return Interval(median, float(ordered[k - 1]), float(ordered[-k]), coverage)
