"""What the studies say: orders of pairs, how often another study reverses them, how many studies an order needs."""

import itertools
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from collect import choices
from design import SOLVERS, Design

from bench.solvers.statistics import compare

LEVEL = 0.05
MOST = 999  # studies; a pair that needs more is called undecided
Score = tuple[float, float]  # (median steps to the target, median error at the end): less is better
Signs = dict[tuple[str, str], np.ndarray]  # (A, B) -> of each study 1 where A is ahead, -1 where B is, 0


class Runs(NamedTuple):
    """The fresh runs of one solver in one study, for what some budget would have chosen."""

    steps: list[float]
    final: list[float]

    def score(self, seeds: int) -> Score:
        """By which the table orders, over the first so many seeds."""
        return float(np.median(self.steps[:seeds])), float(np.median(self.final[:seeds]))


class Problem(NamedTuple):
    """All complete studies of one problem: for each of them solver -> its line of the file."""

    name: str
    design: Design
    studies: list[dict[str, dict[str, Any]]]

    def runs(self, study: int, solver: str, trials: int, tuned: int, target: str = "steps") -> Runs:
        """Of the choice among the first `trials` trials by the first `tuned` tuning seeds, for one of TARGETS."""
        line = self.studies[study][solver]
        table = [
            [{target: _number(s), "best": _number(b)} for s, b in zip(row[target], row["best"], strict=True)]
            for row in line["tune"]
        ]
        report = line["report"][str(choices(table, self.design, target)[trials, tuned])]
        return Runs(list(map(_number, report[target])), list(map(_number, report["final"])))

    def all_runs(self, trials: int, tuned: int, target: str = "steps") -> list[dict[str, Runs]]:
        """Of every study, solver -> runs."""
        return [{one: self.runs(s, one, trials, tuned, target) for one in SOLVERS} for s in range(len(self.studies))]


def _number(value: float | None) -> float:
    return math.inf if value is None else float(value)


def read(path: Path) -> Problem:
    """The complete studies of a file, in their order."""
    head, *lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    found: dict[int, dict[str, Any]] = {}
    for line in lines:
        found.setdefault(line["study"], {})[line["solver"]] = line
    whole = [found[study] for study in sorted(found) if set(found[study]) == set(SOLVERS)]
    settings = {**head["design"], "budgets": tuple(head["design"]["budgets"])}
    return Problem(path.stem, Design(**settings), whole)


def signs(runs: Sequence[dict[str, Runs]], seeds: int) -> Signs:
    """The order of every pair in every study."""
    scores = [{name: one.score(seeds) for name, one in study.items()} for study in runs]
    return {
        (a, b): np.array([(s[b] > s[a]) - (s[b] < s[a]) for s in scores]) for a, b in _pairs()
    }


class Reversal(NamedTuple):
    """The share of pairs of studies that order a pair of solvers oppositely, its interval, and the counts behind it."""

    share: float
    low: float
    high: float
    ahead: int
    behind: int


def reversal(order: np.ndarray) -> Reversal:
    """ahead * behind of the n (n - 1) / 2 pairs of studies.

    Interval: Clopper and Pearson's for the chance of "ahead" among decided studies, through 2 p (1 - p), times
    the share of pairs of studies that are decided, as found.
    """
    from scipy.stats import binomtest

    ahead, behind, n = int((order > 0).sum()), int((order < 0).sum()), len(order)
    share = ahead * behind / math.comb(n, 2) if n > 1 else math.nan
    if not ahead + behind:
        return Reversal(share, 0.0, 0.5, ahead, behind)
    bounds = binomtest(ahead, ahead + behind).proportion_ci(1 - LEVEL, method="exact")
    decided = ((ahead + behind) / n) ** 2 * n / max(n - 1, 1)  # as the share counts: pairs of different studies
    ends = [2 * p * (1 - p) * decided for p in (float(bounds.low), float(bounds.high))]
    high = 0.5 * decided if bounds.low <= 0.5 <= bounds.high else max(ends)
    return Reversal(share, min(ends), high, ahead, behind)


def needed(ahead: int, behind: int) -> int | None:
    """The least odd number of studies whose majority is right with 95 %, at the shares found; None beyond 999."""
    from scipy.stats import binom

    if ahead == behind:
        return None
    p = max(ahead, behind) / (ahead + behind)
    sizes = np.arange(1, MOST + 1, 2)
    right = binom.sf(sizes // 2, sizes, p)
    return int(sizes[right >= 1 - LEVEL][0]) if (right >= 1 - LEVEL).any() else None


def winners(runs: Sequence[dict[str, Runs]], seeds: int) -> list[str]:
    """The first of every study."""
    return [min(SOLVERS, key=lambda name: study[name].score(seeds)) for study in runs]


def other_winner(names: Sequence[str]) -> float:
    """The share of pairs of studies that name different solvers as the first."""
    pairs = list(itertools.combinations(names, 2))
    return sum(a != b for a, b in pairs) / len(pairs) if pairs else math.nan


class Agreement(NamedTuple):
    """Of two disjoint sets of m studies each: how often they name one winner, the share of pairs ordered alike."""

    studies: int
    winner: float
    pairs: float


def agreement(order: Signs, splits: int = 2000, seed: int = 0) -> list[Agreement]:
    """For m = 1, 2, ... up to a third of the studies, over random draws. In a set, most studies decide a pair.

    Larger sets would be what the others leave over, and differ for that reason.
    """
    rng = np.random.default_rng(seed)
    table = np.array([order[pair] for pair in order])  # (pairs, studies)
    ends = np.array([[SOLVERS.index(a), SOLVERS.index(b)] for a, b in order])
    found = []
    for m in range(1, max(table.shape[1] // 3, 1) + 1):
        halves = rng.permuted(np.tile(np.arange(table.shape[1]), (splits, 1)), axis=1)[:, : 2 * m].reshape(splits, 2, m)
        sums = table[:, halves].sum(axis=-1)  # (pairs, splits, 2)
        first, second = (_winner(sums[..., half], ends) for half in (0, 1))
        alike = (np.sign(sums[..., 0]) == np.sign(sums[..., 1])).mean()
        found.append(Agreement(m, float((first == second).mean()), float(alike)))
    return found


def _winner(sums: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Who wins the most pairs, of equal ones the most studies: (splits,) indices of solvers."""
    won = np.zeros((len(SOLVERS), sums.shape[1]))
    for (a, b), one in zip(ends, sums, strict=True):
        scale = 1e-6 * one
        won[a] += (one > 0) + scale
        won[b] += (one < 0) - scale
    return won.argmax(axis=0)


class Findings(NamedTuple):
    """Pairs of solvers that single studies call different (p <= 0.05), and what other studies make of them."""

    made: float  # share of (study, pair)
    reversed: float  # of those, the share of other studies that find the opposite, with p <= 0.05 as well
    not_repeated: float  # ... that do not find the same


def findings(runs: Sequence[dict[str, Runs]]) -> Findings:
    """The paired test of the steps to the target (`bench.solvers.statistics.compare`), each pair at 5 % by itself."""
    verdicts = np.array([[_verdict(study[a], study[b]) for study in runs] for a, b in _pairs()])  # (pairs, studies)
    made = int((verdicts != 0).sum())
    repeated = reversed_ = others = 0
    for row in verdicts:
        up, down = int((row > 0).sum()), int((row < 0).sum())
        repeated += up * (up - 1) + down * (down - 1)
        reversed_ += 2 * up * down
        others += (up + down) * (len(row) - 1)
    if not others:
        return Findings(made / verdicts.size, math.nan, math.nan)
    return Findings(made / verdicts.size, reversed_ / others, 1 - repeated / others)


def _verdict(a: Runs, b: Runs) -> int:
    found = compare(a.steps, b.steps)
    return 0 if not found.p <= LEVEL else (1 if found.ratio < 1 else -1)


def _pairs() -> Iterator[tuple[str, str]]:
    return itertools.combinations(SOLVERS, 2)
