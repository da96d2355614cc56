"""The tables that a sweep of several studies has beside the main one: order in every study, parts of the variance."""

import math
import statistics
from typing import NamedTuple

from ..planning.problem import Problem
from ..reading.by_study import orders, variance
from ..reading.results import SweepResults

ORDER = "Order in every study, by the median {metric} to the target (then by the final measure)"
PARTS = (
    "Variance of the final measure (its logarithm): shares of tuning draw, tuning seed and reporting seed. Of three"
    " tuning seeds or more each by itself chooses a trial, which the runs with the others measure; of fewer the tuning"
    " seed has no share of its own"
)


class SmallTable(NamedTuple):
    """A table of texts: what it shows, heads, rows."""

    title: str
    head: list[str]
    rows: list[list[str]]


def study_tables(results: SweepResults, problem: Problem) -> list[SmallTable]:
    """None where everything was tuned once."""
    if results.manifest.studies == 1:
        return []
    made = [_order(results, problem), _variance(results, problem)]
    return [one for one in made if one.rows]


def _order(results: SweepResults, problem: Problem) -> SmallTable:
    found = orders(results, problem)
    places: dict[str, list[int]] = {}
    for names in found.values():
        for place, name in enumerate(names, 1):
            places.setdefault(name, []).append(place)
    rows = [
        [name, f"{all_.count(1)} of {len(all_)}", f"{statistics.median(all_):g}", " ".join(map(str, all_))]
        for name, all_ in sorted(places.items(), key=lambda item: (-item[1].count(1), statistics.median(item[1])))
    ]
    head = ["solver", "came first", "median place", f"places in studies {_numbers(list(found))}"]
    return SmallTable(ORDER.format(metric=results.metric), head, rows)


def _numbers(studies: list[int]) -> str:
    """Whole runs of numbers as first to last."""
    whole = studies == list(range(len(studies))) and len(studies) > 1
    return f"0 to {studies[-1]}" if whole else ", ".join(map(str, studies))


def _variance(results: SweepResults, problem: Problem) -> SmallTable:
    found = {entry.solver: variance(entry) for entry in results.entries(problem)}
    rows = [
        [name, _share(parts.draw), _share(parts.tuning_seed), _share(parts.reporting)]
        for name, parts in found.items()
        if not math.isnan(parts.reporting)
    ]
    return SmallTable(PARTS, ["solver", "tuning draw", "tuning seed", "reporting seed"], rows)


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.0f} %"
