"""What the studies say: orders of pairs, winners, and what the tests of single studies find."""

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
Score = tuple[float, float]  # (median of a measure, median error at the end): less is better
Signs = dict[tuple[str, str], np.ndarray]  # (A, B) -> of each study 1 where A is ahead, -1 where B is, 0


class Runs(NamedTuple):
    """The fresh runs of one solver in one study, for what some budget would have chosen."""

    steps: list[float]
    final: list[float]
    test: list[float]

    def score(self, seeds: int | Sequence[int]) -> Score:
        """By which the table orders, over the first so many seeds, or those that are listed."""
        part = range(seeds) if isinstance(seeds, int) else seeds
        steps, final = (float(np.median([values[k] for k in part])) for values in (self.steps, self.final))
        return steps, final


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
        return Runs(*(list(map(_number, report.get(key, ()))) for key in (target, "final", "test")))

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
        if "study" in line:
            found.setdefault(line["study"], {})[line["solver"]] = line
    whole = [found[study] for study in sorted(found) if set(found[study]) == set(SOLVERS)]
    settings = {**head["design"], "budgets": tuple(head["design"]["budgets"])}
    return Problem(path.stem, Design(**settings), whole)


def signs(runs: Sequence[dict[str, Runs]], seeds: int | Sequence[int]) -> Signs:
    """The order of every pair in every study."""
    return orders([{name: one.score(seeds) for name, one in study.items()} for study in runs])


def orders(scores: Sequence[dict[str, Any]]) -> Signs:
    """The order of every pair by scores of which less is better, study by study."""
    return {(a, b): np.array([int(s[b] > s[a]) - int(s[b] < s[a]) for s in scores]) for a, b in pairs()}


def opposed(order: np.ndarray) -> float:
    """The share of pairs of studies that put the two in opposite orders: ahead * behind of n (n - 1) / 2."""
    n = len(order)
    return int((order > 0).sum()) * int((order < 0).sum()) / math.comb(n, 2) if n > 1 else math.nan


def winners(runs: Sequence[dict[str, Runs]], seeds: int) -> list[tuple[str, ...]]:
    """The first of every study: several where they are equal in everything."""
    found = []
    for study in runs:
        scores = {name: study[name].score(seeds) for name in SOLVERS}
        found.append(tuple(name for name, score in scores.items() if score == min(scores.values())))
    return found


def first_places(winners: Sequence[tuple[str, ...]]) -> dict[str, float]:
    """Solver -> studies that it wins, the most first; those that tie share one."""
    count = {name: sum((name in names) / len(names) for names in winners) for name in SOLVERS}
    return dict(sorted(count.items(), key=lambda each: -each[1]))


def other_winner(winners: Sequence[tuple[str, ...]]) -> float:
    """The share of pairs of studies that name different solvers as the first, ties broken by lot."""
    both = list(itertools.combinations(winners, 2))
    alike = sum(len({*a} & {*b}) / (len(a) * len(b)) for a, b in both)
    return 1 - alike / len(both) if both else math.nan


class Findings(NamedTuple):
    """Pairs of solvers that single studies call different (p <= 0.05), and what other studies make of them."""

    made: float  # share of (study, pair)
    chance: float  # the same where each seed's two results have changed sides by lot
    both: int  # (two studies, pair) of which both find a difference
    opposed: int  # of these, how many find opposite ones
    not_repeated: float  # of findings in one study, the share of other studies that do not find the same


def findings(runs: Sequence[dict[str, Runs]], lots_drawn: int = 6000) -> Findings:
    """The paired test of the steps to the target (`bench.solvers.statistics.compare`), each pair at 5 % by itself."""
    rng = np.random.default_rng(0)
    flips = -(-lots_drawn // (len(runs) * len(list(pairs()))))
    verdicts, lots = [], []
    for a, b in pairs():
        sides = [(np.array(study[a].steps), np.array(study[b].steps)) for study in runs]
        verdicts.append([_verdict(*two) for two in sides])
        for one, two in sides * flips:
            change = rng.random(one.size) < 0.5
            lots.append(_verdict(np.where(change, two, one), np.where(change, one, two)))
    repeated = opposed = both = others = 0
    for row in map(np.array, verdicts):
        up, down = int((row > 0).sum()), int((row < 0).sum())
        repeated += up * (up - 1) + down * (down - 1)
        opposed += up * down
        both += math.comb(up + down, 2)
        others += (up + down) * (len(row) - 1)
    return Findings(
        float(np.mean(np.array(verdicts) != 0)), float(np.mean(np.array(lots) != 0)),
        both, opposed, 1 - repeated / others if others else math.nan,
    )  # fmt: skip


def _verdict(a: np.ndarray, b: np.ndarray) -> int:
    found = compare(a.tolist(), b.tolist())
    return 0 if not found.p <= LEVEL else (1 if found.ratio < 1 else -1)


def pairs() -> Iterator[tuple[str, str]]:
    """All pairs of solvers, in the order of SOLVERS."""
    return itertools.combinations(SOLVERS, 2)
