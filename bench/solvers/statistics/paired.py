"""Two solvers on the same seeds: the ratio of their errors with an interval, and a test that needs no distribution."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .medians import FEWEST, LEVEL


class Comparison(NamedTuple):
    """Geometric mean of the paired ratios a / b with its interval, and the two-sided p of the signed-rank test.

    low, high and p are NaN with fewer than six pairs.
    """

    ratio: float
    low: float
    high: float
    p: float


def compare(a: Sequence[float], b: Sequence[float], seed: int = 0) -> Comparison:
    """Compare positive finite values of two solvers, pair by pair (the same seeds in the same order).

    The interval is the BCa bootstrap of the mean log ratio over pairs (Efron, 1987), 9,999 resamples from `seed`.
    """
    if len(a) != len(b) or not len(a) or not all(0 < value < np.inf for value in (*a, *b)):
        raise ValueError(f"a and b must be positive, finite and as many; got {list(a)!r} and {list(b)!r}")
    logs = np.log(np.asarray(a, float)) - np.log(np.asarray(b, float))
    ratio = float(np.exp(logs.mean()))
    if len(logs) < FEWEST:
        return Comparison(ratio, np.nan, np.nan, np.nan)
    low, high = _interval(logs, seed)
    return Comparison(ratio, low, high, signed_rank(logs))


def _interval(logs: np.ndarray, seed: int) -> tuple[float, float]:
    from scipy.stats import bootstrap

    if np.ptp(logs) < 1e-12:  # all pairs agree: nothing to resample
        return (float(np.exp(logs.mean())),) * 2
    rng = np.random.default_rng(seed)
    found = bootstrap((logs,), np.mean, confidence_level=LEVEL, method="BCa", random_state=rng, n_resamples=9999)
    bounds = found.confidence_interval
    return float(np.exp(bounds.low)), float(np.exp(bounds.high))


def signed_rank(differences: Sequence[float]) -> float:
    """Two-sided p of Wilcoxon's signed-rank test, exact also with ties; differences of zero are left out.

    All sign patterns of the midranks are equally likely under the null; their sums are counted by convolution, with
    doubled ranks, which are whole numbers (Wilcoxon, 1945; Pratt, 1959, on zeros). 1 where all differences are zero.
    """
    from scipy.stats import rankdata

    kept = np.asarray(differences, float)
    kept = kept[kept != 0]
    if not kept.size:
        return 1.0
    ranks = np.rint(2 * rankdata(np.abs(kept))).astype(int)
    counts = np.ones(1)
    for rank in ranks:
        longer = np.zeros(counts.size + rank)
        longer[: counts.size] += counts
        longer[rank:] += counts
        counts = longer
    positive = int(ranks[kept > 0].sum())
    smaller = min(positive, int(ranks.sum()) - positive)
    return float(min(1.0, 2 * counts[: smaller + 1].sum() / 2.0**kept.size))


def holm(p: Sequence[float]) -> list[float]:
    """p-values adjusted for their number m: the j-th smallest times m + 1 - j, monotone, at most 1 (Holm, 1979)."""
    adjusted = [float("nan")] * len(p)
    order = sorted((i for i in range(len(p)) if not np.isnan(p[i])), key=lambda i: p[i])
    largest = 0.0
    for position, i in enumerate(order):
        largest = max(largest, min(1.0, p[i] * (len(order) - position)))
        adjusted[i] = largest
    return adjusted
