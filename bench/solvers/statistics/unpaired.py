"""Times that share no seeds: the ratio of two samples, its interval, and the rank-sum test that this inverts.

As in `paired`: a ratio t is tested by comparing a with t b, both cut at the time until which both are known, and all
ratios that the test does not reject are the interval. Ties, and two that both lie beyond the cut, speak for neither.
"""

import functools
import math
from collections.abc import Sequence

import numpy as np

from base.arrays import Array

from .medians import FEWEST
from .paired import Comparison, Tested, cut_differences, inverted, known_until, thinned
from .signed_rank import TIED


def compare_unpaired(a: Sequence[float], b: Sequence[float], limit: float = math.inf) -> Comparison:
    """Compare two independent samples of times: positive, infinite where missed; they need not be as many.

    limit: as in `compare`. The rank-sum test over log times (Wilcoxon, 1945; Mann and Whitney, 1947), exact; the ratio
    is where it is balanced, where nobody misses the median of all log ratios. NaN for interval and p where a sample has
    fewer than six. ValueError for values that are not positive.
    """
    values = np.array([*a, *b], float)
    if not len(a) or not len(b) or not (values > 0).all():
        raise ValueError(f"a and b must be positive (a miss: infinity), one or more each; got {list(a)!r}, {list(b)!r}")
    known = known_until(values, limit)
    ours, theirs = np.log(np.asarray(a, float)), np.log(np.asarray(b, float))
    every, other = np.repeat(ours, theirs.size), np.tile(theirs, ours.size)
    tails = _tails(*sorted((ours.size, theirs.size)))

    def test(shifts: Array) -> Tested:
        d = cut_differences(every, other, shifts, known)
        above, below = (d > TIED).sum(axis=1), (d < -TIED).sum(axis=1)
        return above, below, np.minimum(1, 2 * tails[np.maximum(above, below)])

    with np.errstate(invalid="ignore"):
        d = every - other
    cut = np.concatenate([known - theirs[np.isfinite(theirs)], ours[np.isfinite(ours)] - known])
    ends = np.concatenate([d[np.isfinite(d)], cut[np.isfinite(cut)], [0.0]])
    return inverted(test, thinned(np.unique(np.round(ends, 12))), min(len(a), len(b)) >= FEWEST)


@functools.lru_cache(maxsize=64)
def _tails(m: int, n: int) -> Array:
    """P(U >= u) for u = 0..m n: U counts the pairs in which the one of the m is larger; all orders are as likely."""
    row = [np.ones(1)] * (n + 1)  # of no one among the m
    for i in range(1, m + 1):
        before, row = row, [np.ones(1)]
        for j in range(1, n + 1):
            chances = np.zeros(i * j + 1)
            chances[j:] += i / (i + j) * before[j]  # the largest of all is of the m
            chances[: i * (j - 1) + 1] += j / (i + j) * row[-1]
            row.append(chances)
    tails: Array = np.cumsum(row[n][::-1])[::-1]
    return tails
