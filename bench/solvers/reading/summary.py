"""From runs to the numbers of a table: one row per solver on one problem, with intervals and comparisons."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..planning.problem import Problem
from ..statistics import Comparison, Interval, compare, expected_best, holm, median_interval
from ..statistics.medians import FEWEST
from ..storage.record import Record
from .choice import by_trial
from .measures import best, diverged, final, time_to, within
from .results import Entry, SweepResults

BUDGETS = (1, 5, 20)  # trials at which the budget curve is quoted, beside the number of trials itself


class Row(NamedTuple):
    """One solver on one problem. Intervals are over seeds; versus and p compare with the reference (None: itself).

    steps: to the target (or what the results' metric counts); seconds: of training until then. test: error on the test
    set at the checkpoint chosen by validation. budget: number of trials -> expected best measure. failures: runs that
    diverged, (in tuning, in the report).
    """

    solver: str
    settings: dict[str, Any]
    steps: Interval
    seconds: Interval
    hits: int
    seeds: int
    final: Interval
    test: Interval
    versus: Comparison | None
    p: float
    budget: dict[int, float]
    failures: tuple[int, int]

    @property
    def ranked(self) -> bool:
        """Whether there are seeds enough to say more than the median."""
        return self.seeds >= FEWEST


def reference_of(results: SweepResults, problem: Problem, wanted: str | None = None) -> str:
    """The solver that others are compared with: `wanted`, else adam where it has reporting runs, else the first."""
    entries = results.entries(problem)
    names = [entry.solver for entry in entries if entry.report] or [entry.solver for entry in entries]
    if wanted is not None and wanted not in names:
        raise ValueError(
            f"reference is {wanted!r}, which has no runs on {problem.name}. There are: {', '.join(names)}."
        )
    return wanted or ("adam" if "adam" in names else names[0])


def summarise(results: SweepResults, problem: Problem, reference: str | None = None) -> list[Row]:
    """The rows of one problem: fastest to the target first, or, with fewer than six seeds, in the manifest's order."""
    entries = at_one_budget([entry for entry in results.entries(problem) if entry.report])
    if not entries:
        return []
    name = reference_of(results, problem, reference)
    base = next((entry for entry in entries if entry.solver == name), None)
    versus = [_versus(entry, base) for entry in entries]
    p = holm([math.nan if one is None else one.p for one in versus])
    trials = results.manifest.trials
    rows = [_row(*each, results.axis, trials) for each in zip(entries, versus, p, strict=True)]
    if all(row.ranked for row in rows):
        rows.sort(key=lambda row: (row.steps.median, row.final.median))
    return rows


def at_one_budget(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with the reporting runs of full-batch methods cut where the others' budget of examples ends.

    A full-batch method may go on, for its curve's sake; beside others it is compared at what all had. Alone it is left.
    """
    if all(entry.space.method for entry in entries):
        return list(entries)
    return [
        entry._replace(report=[within(run, entry.problem.training["epochs"]) for run in entry.report])
        if entry.space.method
        else entry
        for entry in entries
    ]


def _row(entry: Entry, versus: Comparison | None, p: float, axis: str, trials: int) -> Row:
    problem, runs = entry.problem, entry.report
    steps = [time_to(run, problem, axis=axis) for run in runs]
    tests = [_test_error(run) for run in runs]
    return Row(
        entry.solver,
        entry.choice.settings,
        median_interval(steps),
        median_interval([time_to(run, problem, axis="seconds_train") for run in runs]),
        int(np.isfinite(steps).sum()),
        len(runs),
        median_interval([final(run, problem) for run in runs]),
        Interval(math.nan, math.nan, math.nan, 0.0) if any(map(math.isnan, tests)) else median_interval(tests),
        versus,
        p,
        _budget(entry, trials),
        (sum(map(diverged, entry.tuning)), sum(map(diverged, runs))),
    )


def _test_error(run: Record) -> float:
    """Of a run that diverged 1, as a net has that always says the same; NaN where there are no test data."""
    accuracy = run.outcome.get("test_acc")
    if accuracy is None:
        return 1.0 if diverged(run) else math.nan
    return float(1 - accuracy)


def budgets(trials: int) -> list[int]:
    """The numbers of trials at which the budget curve is quoted, up to `trials`."""
    return [*(k for k in BUDGETS if k < trials), trials]


def _budget(entry: Entry, trials: int) -> dict[int, float]:
    curve = budget_curve(entry)
    return {k: float(curve[k - 1]) for k in budgets(trials) if k <= len(curve)}


def budget_curve(entry: Entry) -> np.ndarray:
    """Expected best measure after k of the trials that were run, k = 1, 2, ...; the median over tuning seeds each."""
    errors = by_trial(entry.tuning, lambda run: best(run, entry.problem))
    return expected_best(list(errors.values()))


def _versus(entry: Entry, base: Entry | None) -> Comparison | None:
    """The final measure against the reference's, over the seeds that both have."""
    if base is None or entry.solver == base.solver:
        return None
    theirs = {run.task.repetition: run for run in base.report}
    both = [(run, theirs[run.task.repetition]) for run in entry.report if run.task.repetition in theirs]
    if not both:
        return None
    ours, others = zip(*both, strict=True)
    return compare(floored(ours, entry.problem), floored(others, entry.problem))


def floored(runs: Sequence[Record], problem: Problem) -> list[float]:
    """Final measures, not below half an example of the validation set (or 1e-12): a ratio needs positive numbers."""
    floor = 0.5 / problem.data["val"] if problem.counts_rows else 1e-12
    return [max(final(run, problem), floor) for run in runs]
