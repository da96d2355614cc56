"""What stands beside the reversals: the same settings with other seeds, margins of steps, how orders were decided."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from analysis import Runs, opposed, orders, pairs, signs
from design import SOLVERS

MARGINS = (1.1, 1.25, 1.5)


def same_settings(runs: Sequence[dict[str, Runs]], seeds: int) -> list[float]:
    """Of each pair of solvers: how often two halves of one study's fresh seeds order it oppositely.

    Nothing is tuned again between the halves, so this part of the reversals is the luck of the seeds alone.
    """
    every = range(seeds)
    halves = [half for half in itertools.combinations(every, seeds // 2) if 0 in half]
    turned = np.zeros(len(list(pairs())))
    for half in halves:
        rest = [k for k in every if k not in half][: len(half)]
        one, two = (signs(runs, part).values() for part in (half, rest))
        turned += [np.mean(a * b < 0) for a, b in zip(one, two, strict=True)]
    return (turned / len(halves)).tolist()


def by_margin(runs: Sequence[dict[str, Runs]], seeds: int) -> dict[float, list[float]]:
    """Factor -> of each pair of solvers, the share of pairs of studies that reverse it by more than that each way.

    Apart by more than a factor: the greater median of steps over the smaller; a median that is a miss is apart from
    every other, and not from another miss.
    """
    steps = {name: np.array([study[name].score(seeds)[0] for study in runs]) for name in SOLVERS}
    found: dict[float, list[float]] = {}
    for margin in MARGINS:
        ahead = {(a, b): steps[a] * margin < steps[b] for a, b in itertools.permutations(SOLVERS, 2)}
        found[margin] = [opposed(ahead[a, b].astype(int) - ahead[b, a]) for a, b in pairs()]
    return found


def decided_by_steps(runs: Sequence[dict[str, Runs]], seeds: int) -> float:
    """The share of (study, pair) whose medians of steps differ; the others go by the error at the end."""
    steps = [{name: one.score(seeds)[0] for name, one in study.items()} for study in runs]
    return float(np.mean([order != 0 for order in orders(steps).values()]))


def winner_misses(runs: Sequence[dict[str, Runs]], seeds: int) -> int:
    """Studies in which the median of every solver is a miss."""
    return sum(all(math.isinf(one.score(seeds)[0]) for one in study.values()) for study in runs)


def by_test(runs: Sequence[dict[str, Runs]], seeds: int) -> list[float]:
    """Of each pair of solvers: the share of pairs of studies that order them oppositely by the median test error."""
    scores = [{name: float(np.median(one.test[:seeds])) for name, one in study.items()} for study in runs]
    return [opposed(order) for order in orders(scores).values()]
