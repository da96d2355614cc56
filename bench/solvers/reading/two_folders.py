"""Two folders of results side by side, solver by solver: a change of code, settings, machine or version between them.

Runs of one seed start from the same weights and see the same batches in both: they are paired, however the settings
differ. Where no seed is in both, times are compared as two samples.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..planning.problem import Problem
from ..statistics import Comparison, Interval, compare, compare_studies, compare_unpaired, holm, median_interval
from ..storage.record import Record
from .entry import Entry, by_seed, known_until, seed_of
from .measures import column, diverged, time_to
from .results import SweepResults
from .sameness import Sameness, sameness
from .summary import at_one_budget, over_studies

Value = Callable[[Record], float]


class Side(NamedTuple):
    """One solver in one folder. times: to the target, as `Row.steps` has them; settings: of the median study."""

    times: Interval
    hits: int
    seeds: int
    studies: int
    settings: dict[str, Any]


class Pair(NamedTuple):
    """One solver on one problem in both folders. ratio, pace: of B over A, with p as it is, and corrected (Holm).

    ratio: of the times to the target. pace: of the seconds of training that a step takes, without runs that diverged.
    paired: how many seeds are compared with themselves; 0: as two samples. studies: over how many the test is; 0: it is
    over the seeds. same: what of the runs that both folders have is equal.
    """

    solver: str
    a: Side
    b: Side
    paired: int
    studies: int
    ratio: Comparison
    p: float
    pace: Comparison | None
    pace_p: float
    same: Sameness

    @property
    def retuned(self) -> bool:
        """Whether the two do not have the same settings throughout."""
        return self.same.settings < self.paired if self.paired else self.a.settings != self.b.settings


class Compared(NamedTuple):
    """One problem that both folders have; only_a, only_b: solvers without a partner."""

    problem: Problem
    pairs: list[Pair]
    only_a: list[str]
    only_b: list[str]


def compare_results(a: SweepResults, b: SweepResults) -> list[Compared]:
    """Every problem of both; p is corrected for all pairs together. ValueError where no problem is the same."""
    theirs = {problem.name: problem for problem in b.problems}
    shared = [(problem, theirs[problem.name]) for problem in a.problems if problem.name in theirs]
    if not shared:
        names = (", ".join(problem.name for problem in one.problems) for one in (a, b))
        raise ValueError("the folders have no problem in common: {} holds {}; {} holds {}".format(
            *(part for both in zip((a.folder, b.folder), names, strict=True) for part in both)
        ))  # fmt: skip
    for one, other in shared:
        _require_same(one, other, a, b)
    found = [_problem(problem, a.entries(problem), b.entries(other), a.axis) for problem, other in shared]
    return _corrected(found)


def _require_same(one: Problem, other: Problem, a: SweepResults, b: SweepResults) -> None:
    """ValueError, with what differs, where two different problems have one name."""
    if one.id == other.id:
        return
    what = _differing(one.as_dict(), other.as_dict())
    only_target = all(name.startswith("target.") for name, *_ in what)
    hint = " Give the target that both are to be read against (--target, target=)." if only_target else ""
    told = ", ".join(f"{name} is {x!r} and {y!r}" for name, x, y in what[:3])
    raise ValueError(
        f"{a.folder} and {b.folder} hold different problems called {one.name} (id {one.id[:8]} and {other.id[:8]}):"
        f" {told}.{hint}"
    )


def _differing(one: dict[str, Any], other: dict[str, Any], where: str = "") -> list[tuple[str, Any, Any]]:
    found: list[tuple[str, Any, Any]] = []
    for key in {**one, **other}:
        x, y = one.get(key), other.get(key)
        if x == y or (not where and key == "id"):
            continue
        name = f"{where}{key}"
        found += _differing(x, y, f"{name}.") if isinstance(x, dict) and isinstance(y, dict) else [(name, x, y)]
    return found


def _problem(problem: Problem, ours: Sequence[Entry], theirs: Sequence[Entry], axis: str) -> Compared:
    ours, theirs = ([entry for entry in entries if entry.report] for entries in (ours, theirs))
    cut = at_one_budget([*ours, *theirs])  # in both, where one of the two has mini-batch methods
    by_name = {entry.solver: entry for entry in cut[len(ours) :]}
    pairs = [_pair(entry, by_name[entry.solver], axis) for entry in cut[: len(ours)] if entry.solver in by_name]
    names, others = [entry.solver for entry in ours], [entry.solver for entry in theirs]
    only = ([name for name in names if name not in others], [name for name in others if name not in names])
    return Compared(problem, pairs, *only)


def _pair(a: Entry, b: Entry, axis: str) -> Pair:
    def time(run: Record) -> float:
        return max(time_to(run, a.problem, axis=axis), 1e-6)  # of a run that began at the target: a ratio needs it

    both = _matched(a, b)
    limit = min(known_until(one, axis) for one in (a, b))
    alike = [(x, y) for draw in both for x, y in draw]
    studies = (
        0 if len(both) == 1 or (not both and a.studies == b.studies == 1) else len(both) or min(a.studies, b.studies)
    )
    return Pair(
        a.solver, _side(a, axis), _side(b, axis), len(alike), studies, _ratio(a, b, both, time, limit), math.nan,
        _pace(a, b, both), math.nan, sameness(alike),
    )  # fmt: skip


def _matched(a: Entry, b: Entry) -> list[list[tuple[Record, Record]]]:
    """The runs of both by seed, study by study."""
    theirs = by_seed(b)
    draws = [[(run, theirs[seed_of(run)]) for run in draw.report if seed_of(run) in theirs] for draw in a.draws]
    return [draw for draw in draws if draw]


def _ratio(a: Entry, b: Entry, both: list[list[tuple[Record, Record]]], value: Value, limit: float) -> Comparison:
    """B over A: over the seeds that both have, or, of several studies, over studies; without any, as two samples."""
    if len(both) == 1:
        return compare([value(y) for _, y in both[0]], [value(x) for x, _ in both[0]], limit)
    if both:
        return compare_studies(
            [[value(y) for _, y in one] for one in both], [[value(x) for x, _ in one] for one in both], limit
        )
    return compare_unpaired(_units(b, value, a.studies), _units(a, value, b.studies), limit)


def _units(entry: Entry, value: Value, others: int) -> list[float]:
    """What is independent: the seeds where both folders tuned once, else the studies' medians."""
    draws = [[value(run) for run in draw.report] for draw in entry.draws if draw.report]
    return draws[0] if len(draws) == others == 1 else [median_interval(one).median for one in draws]


def _pace(a: Entry, b: Entry, both: list[list[tuple[Record, Record]]]) -> Comparison | None:
    """The ratio of seconds a step; None where no run tells them."""

    def sound(entry: Entry) -> Entry:
        draws = [draw._replace(report=[run for run in draw.report if _seconds(run) > 0]) for draw in entry.draws]
        return entry._replace(draws=draws)

    both = [kept for one in both if (kept := [(x, y) for x, y in one if _seconds(x) > 0 and _seconds(y) > 0])]
    a, b = sound(a), sound(b)
    return _ratio(a, b, both, _seconds, math.inf) if a.report and b.report else None


def _seconds(run: Record) -> float:
    """Of training, a step; 0 where it is not known."""
    steps = float(column(run, "step")[-1])
    return 0.0 if diverged(run) or not steps else float(column(run, "seconds_train")[-1]) / steps


def _side(entry: Entry, axis: str) -> Side:
    times = [[time_to(run, entry.problem, axis=axis) for run in draw.report] for draw in entry.draws if draw.report]
    hits = sum(math.isfinite(value) for one in times for value in one)
    return Side(over_studies(times), hits, len(entry.report), entry.studies, entry.median_draw(axis).choice.settings)


def _corrected(found: Sequence[Compared]) -> list[Compared]:
    pairs = [pair for one in found for pair in one.pairs]
    p, pace = holm([pair.ratio.p for pair in pairs]), holm([math.nan if x.pace is None else x.pace.p for x in pairs])
    done = iter([pair._replace(p=x, pace_p=y) for pair, x, y in zip(pairs, p, pace, strict=True)])
    return [one._replace(pairs=[next(done) for _ in one.pairs]) for one in found]
