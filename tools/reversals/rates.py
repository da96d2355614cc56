"""Rates of reversal: their intervals, how many studies an order needs, and how often sets of studies agree."""

import functools
from typing import NamedTuple

import numpy as np
from analysis import LEVEL, Signs, opposed, orders
from design import SOLVERS

MOST = 999  # studies; a pair that needs more is called undecided


class Reversal(NamedTuple):
    """The share of pairs of studies that order a pair of solvers oppositely, its interval, and the counts behind it."""

    share: float
    low: float
    high: float
    ahead: int
    behind: int
    settled: bool  # whether the interval of "A is ahead where studies decide" leaves one half out


def reversal(order: np.ndarray) -> Reversal:
    """The share `opposed` of one pair of solvers, and its interval.

    The latter is of the chance d^2 2 p (1 - p), d that a study decides and p that it puts A ahead then, over the exact
    intervals (Clopper and Pearson, 1934) of d and p at 97.5 % each, so that it covers 95 % at least (Bonferroni).
    """
    ahead, behind, n = int((order > 0).sum()), int((order < 0).sum()), len(order)
    decided = _exact(ahead + behind, n, LEVEL / 2)
    low, high = _exact(ahead, ahead + behind, LEVEL / 2)
    ends = [2 * p * (1 - p) for p in (low, high)]
    most = 0.5 if low <= 0.5 <= high else max(ends)
    alone = _exact(ahead, ahead + behind, LEVEL)
    settled = not alone[0] <= 0.5 <= alone[1]
    return Reversal(opposed(order), decided[0] ** 2 * min(ends), decided[1] ** 2 * most, ahead, behind, settled)


def _exact(successes: int, n: int, level: float) -> tuple[float, float]:
    """Clopper's and Pearson's interval of a share; everything where nothing was seen."""
    from scipy.stats import binomtest

    if not n:
        return 0.0, 1.0
    bounds = binomtest(successes, n).proportion_ci(1 - level, method="exact")
    return float(bounds.low), float(bounds.high)


def needed(ahead: int, behind: int, n: int) -> int | None:
    """The least odd number of studies of which, with 95 %, more are right than wrong, at the shares found.

    Studies that decide nothing count as studies. None beyond 999.
    """
    from scipy.stats import binom

    if ahead == behind:
        return None
    d, p = (ahead + behind) / n, max(ahead, behind) / (ahead + behind)
    k = np.arange(MOST + 1)
    right = binom.sf(k // 2, k, p)  # more than half of k that decide
    sizes = np.arange(1, MOST + 1, 2)
    chance = binom.pmf(k, sizes[:, None], d) @ right
    enough = sizes[chance >= 1 - LEVEL]
    return int(enough[0]) if enough.size else None


class Agreement(NamedTuple):
    """Of two disjoint sets of m studies each: how often they name one winner, the share of pairs ordered alike."""

    studies: int
    winner: float
    pairs: float


def agreement(order: Signs, splits: int = 2000, seed: int = 0) -> list[Agreement]:
    """For m = 1, 2, ... up to a third of the studies, over random draws. In a set, most studies decide a pair."""
    studies = len(next(iter(order.values())))
    return [_agreement(order, m, splits, np.random.default_rng([seed, m])) for m in range(1, largest(studies) + 1)]


def largest(studies: int) -> int:
    """How many studies the sets hold at most."""
    return max(studies // 3, 1)


@functools.cache
def alike(studies: int, repeats: int = 200, seed: int = 0) -> tuple[float, float]:
    """Where 95 % of the largest sets' "one winner" lie if all solvers are equal and ties do not occur."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(repeats):
        scores = [dict(zip(SOLVERS, row, strict=True)) for row in rng.random((studies, len(SOLVERS))).tolist()]
        found.append(_agreement(orders(scores), largest(studies), 400, rng).winner)
    low, high = np.quantile(found, [LEVEL / 2, 1 - LEVEL / 2])
    return float(low), float(high)


def _agreement(order: Signs, m: int, splits: int, rng: np.random.Generator) -> Agreement:
    table = np.array(list(order.values()))  # (pairs, studies)
    ends = np.array([[SOLVERS.index(a), SOLVERS.index(b)] for a, b in order])
    sets = rng.permuted(np.tile(np.arange(table.shape[1]), (splits, 1)), axis=1)[:, : 2 * m].reshape(splits, 2, m)
    sums = table[:, sets].sum(axis=-1)  # (pairs, splits, 2)
    first, second = (_winner(sums[..., half], ends) for half in (0, 1))
    same = (np.sign(sums[..., 0]) == np.sign(sums[..., 1])).mean()
    return Agreement(m, float((first == second).mean()), float(same))


def _winner(sums: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Who wins the most pairs, of equal ones the most studies: (splits,) indices of solvers."""
    won = np.zeros((len(SOLVERS), sums.shape[1]))
    for (a, b), one in zip(ends, sums, strict=True):
        scale = 1e-6 * one
        won[a] += (one > 0) + scale
        won[b] += (one < 0) - scale
    return won.argmax(axis=0)
