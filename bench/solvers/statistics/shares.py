"""Shares: of seeds and targets reached by a step (COCO), of problems within a factor of the best, of seeds won."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array

from .medians import LEVEL


def share_reached(times: ArrayLike) -> tuple[Array, Array]:
    """(t, share): the empirical distribution of times to targets, infinity where missed; a step at each finite time.

    times: any shape, all pairs of seed and target. Source: Hansen et al. (2021), COCO, runtime distributions.
    """
    flat = np.sort(np.asarray(times, float).ravel())
    if not flat.size:
        raise ValueError("times is empty; expected one for each seed and target")
    finite = flat[np.isfinite(flat)]
    t, counts = np.unique(finite, return_counts=True)
    return t, np.cumsum(counts) / flat.size


def dolan_more(times: ArrayLike, limit: float = 4.0, points: int = 200) -> tuple[Array, Array, Array]:
    """(tau, shares, area): per solver the share of instances within a factor tau of the best solver's time.

    times: (solvers, instances), infinity where missed; an instance that nobody solved counts against all. tau runs from
    1 to `limit`, evenly on a logarithmic axis; area: the mean share over it. Source: Dolan and Moré (2002).
    """
    table = np.asarray(times, float)
    if table.ndim != 2 or not table.size or not (table > 0).all():
        raise ValueError(f"times has shape {table.shape}; expected positive times (solvers, instances)")
    least = table.min(axis=0)
    ratios = np.full(table.shape, np.inf)
    solved = np.isfinite(least)
    ratios[:, solved] = table[:, solved] / least[solved]
    tau = np.geomspace(1.0, limit, points)
    shares = (ratios[:, :, None] <= tau * (1 + 1e-12)).mean(axis=1)
    return tau, shares, shares.mean(axis=1)


class Wins(NamedTuple):
    """Seeds on which a was faster, slower, or equal; the share won among the decided with its exact interval."""

    won: int
    lost: int
    tied: int
    share: float
    low: float
    high: float


def wins(a: Sequence[float], b: Sequence[float], level: float = LEVEL) -> Wins:
    """How often a beats b (is smaller) on the same seed; both missing is a tie. Clopper and Pearson's interval."""
    from scipy.stats import binomtest

    pairs = list(zip(a, b, strict=True))
    won, lost = sum(x < y for x, y in pairs), sum(x > y for x, y in pairs)
    tied = len(pairs) - won - lost
    if not won + lost:
        return Wins(0, 0, tied, 0.5, 0.0, 1.0)
    bounds = binomtest(won, won + lost).proportion_ci(level, method="exact")
    return Wins(won, lost, tied, won / (won + lost), float(bounds.low), float(bounds.high))
