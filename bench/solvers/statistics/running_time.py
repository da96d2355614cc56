"""The expected running time to a target, of runs that are started again until one meets it, and its distribution."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array


class Restarted(NamedTuple):
    """The expected running time, and of simulated restarts the times within which 10, 50 and 90 of 100 are done."""

    expected: float
    low: float
    middle: float
    high: float


def expected_running_time(times: ArrayLike, spent: ArrayLike) -> float:
    """sum_i min(times_i, spent_i) / number of finite times: what runs cost on average, misses paid, per success.

    times: (runs,) until the target, infinity where missed; spent: (runs,) until the run ended. Infinity where no run
    met the target; where all did, their mean. An unsuccessful run counts with all that it took, since who starts again
    pays for it. Source: Hansen, Auger, Ros, Mersmann, Tusar and Brockhoff (2021), COCO; ERT of Auger and Hansen (2005).
    ValueError for times that are negative or NaN, and for other shapes.
    """
    cost, met = _costs(times, spent)
    return float(cost.sum() / met.sum()) if met.any() else math.inf


def simulated_restarts(times: ArrayLike, spent: ArrayLike, draws: int, rng: np.random.Generator) -> Array:
    """(draws,) running times: runs are drawn with replacement, and what they cost is added, until one meets the target.

    Their mean is the expected running time: before a success with chance p stand (1 - p) / p misses on average.
    Infinity throughout where no run met it. Source: Hansen et al. (2021), COCO, simulated restarts.
    """
    cost, met = _costs(times, spent)
    if not met.any():
        return np.full(draws, np.inf)
    total, going = np.zeros(draws), np.arange(draws)
    while going.size:
        drawn = rng.integers(cost.size, size=going.size)
        total[going] += cost[drawn]
        going = going[~met[drawn]]
    return total


def restarted(times: ArrayLike, spent: ArrayLike, rng: np.random.Generator, draws: int = 10_000) -> Restarted:
    """Both of the above: the quantiles are values that a draw had (no interpolation), for infinity has no halfway."""
    found = simulated_restarts(times, spent, draws, rng)
    low, middle, high = np.quantile(found, (0.1, 0.5, 0.9), method="inverted_cdf")
    return Restarted(expected_running_time(times, spent), float(low), float(middle), float(high))


def _costs(times: ArrayLike, spent: ArrayLike) -> tuple[Array, np.ndarray]:
    """What each run costs, and whether it met the target."""
    until, whole = np.asarray(times, float), np.asarray(spent, float)
    if until.ndim != 1 or until.shape != whole.shape or not until.size:
        raise ValueError(f"times has shape {until.shape}, spent {whole.shape}; expected one of each for every run")
    if not (until >= 0).all() or not (whole >= 0).all() or not np.isfinite(whole).all():
        raise ValueError(
            f"times is {until.tolist()}, spent {whole.tolist()}; expected no negative number, no NaN, and an end to"
            " every run (a miss is infinity in times alone)"
        )
    return np.minimum(until, whole), np.isfinite(until)
