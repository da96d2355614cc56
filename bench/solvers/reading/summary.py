"""From runs to the numbers of a table: one row per solver on one problem, with intervals and comparisons."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..planning.plan import solvers_of
from ..planning.problem import Problem
from ..planning.spaces import Space
from ..statistics import Comparison, Interval, compare, compare_studies, expected_best, holm, median_interval
from ..statistics.medians import FEWEST
from ..storage.record import Record
from .choice import by_trial
from .entry import Draw, Entry, by_seed, known_until, seed_of
from .measures import best, column, diverged, final, time_to, within
from .results import SweepResults

BUDGETS = (1, 5, 20)  # trials at which the budget curve is quoted, beside the number of trials itself


class Row(NamedTuple):
    """One solver on one problem. versus and p compare steps with the reference's (None: itself).

    Intervals are over the seeds of the one study, or, where several are planned, of the median over studies.
    settings: those of the median study. hits, seeds: over all studies. steps: to the target (or what the results'
    metric counts); seconds: of training until then. test: error on the test set at the checkpoint chosen by
    validation. budget: number of trials -> expected best measure. failures: runs that diverged, (in tuning, in the
    report). studies: how many have reporting runs; planned: how many shall have. apart: p of the difference in steps
    from the first row, corrected for the number of rows. reason: why a solver that was asked for has no figures.
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
    studies: int = 1
    planned: int = 1
    apart: float = math.nan
    reason: str = ""

    @property
    def ranked(self) -> bool:
        """Whether there are seeds, or studies, enough to say more than the median."""
        return self.units >= FEWEST

    @property
    def units(self) -> int:
        """What the intervals are over: the seeds of the one study, or the studies."""
        return self.studies if self.planned > 1 else self.seeds


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
    lost = _without_figures(results, problem)
    if not entries:
        return lost
    name = reference_of(results, problem, reference)
    base = next((entry for entry in entries if entry.solver == name), None)
    versus = [None if base is None or entry is base else paired(entry, base, results.axis) for entry in entries]
    p = _corrected(versus, len(lost))
    trials = results.manifest.trials
    rows = [_row(*each, results.axis, trials) for each in zip(entries, versus, p, strict=True)]
    if all(row.ranked for row in rows):
        rows.sort(key=lambda row: (row.steps.median, row.final.median))
        rows = _apart(rows, {entry.solver: entry for entry in entries}, results.axis, len(lost))
    return rows + lost


def _apart(rows: list[Row], entries: Mapping[str, Entry], axis: str, lost: int) -> list[Row]:
    """The rows with the p of their difference from the first, corrected for the number of solvers that may be it."""
    found = [paired(entries[row.solver], entries[rows[0].solver], axis) for row in rows[1:]]
    p = _corrected(found, lost)
    return [rows[0], *(row._replace(apart=one) for row, one in zip(rows[1:], p, strict=True))]


def _corrected(found: Sequence[Comparison | None], lost: int) -> list[float]:
    """Holm's p of each comparison; a solver without figures counts as one that found nothing."""
    return holm([math.nan if one is None else one.p for one in found] + [1.0] * lost)[: len(found)]


def _without_figures(results: SweepResults, problem: Problem) -> list[Row]:
    """A row for each solver that was asked for, fits and has no reporting run: it counts among the comparisons."""
    reported = {entry.solver for entry in results.entries(problem) if entry.report}
    lost = [space for space in solvers_of(results.manifest, problem) if space.solver not in reported]
    unknown = Interval(math.nan, math.nan, math.nan, 0.0)
    return [
        Row(
            space.solver, {}, unknown, unknown, 0, 0, unknown, unknown, None, math.nan, {}, (0, 0),
            reason=why_none(results, problem, space),
        )
        for space in lost
    ]  # fmt: skip


def why_none(results: SweepResults, problem: Problem, space: Space) -> str:
    """Why a solver has no reporting run on a problem."""
    begun = any(entry.solver == space.solver for entry in results.entries(problem))
    why = results.failures(problem, space)
    return f"{'none of its reporting runs' if begun else 'no run'} has finished{f' ({why})' if why else ''}"


def at_one_budget(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with the runs of full-batch methods cut where the others' budget of examples ends.

    A full-batch method may go on, for its curve's sake; beside others it is compared at what all had. Alone it is left.
    """
    if all(entry.space.method for entry in entries):
        return list(entries)
    return [
        entry._replace(draws=[_cut(draw, entry.problem.training["epochs"]) for draw in entry.draws])
        if entry.space.method
        else entry
        for entry in entries
    ]


def _cut(draw: Draw, epochs: float) -> Draw:
    tuning, report = ([within(run, epochs) for run in runs] for runs in (draw.tuning, draw.report))
    return draw._replace(tuning=tuning, report=report)


def _row(entry: Entry, versus: Comparison | None, p: float, axis: str, trials: int) -> Row:
    problem, runs = entry.problem, entry.report
    draws = [draw.report for draw in entry.draws if draw.report]
    steps = [[time_to(run, problem, axis=axis) for run in one] for one in draws]
    return Row(
        entry.solver,
        entry.median_draw(axis).choice.settings,
        over_studies(steps, entry.planned),
        over_studies([[time_to(run, problem, axis="seconds_train") for run in one] for one in draws], entry.planned),
        sum(math.isfinite(value) for one in steps for value in one),
        len(runs),
        over_studies([[final(run, problem) for run in one] for one in draws], entry.planned),
        over_studies([[_test_error(run) for run in one] for one in draws], entry.planned),
        versus,
        p,
        _budget(entry, trials),
        (sum(map(diverged, entry.tuning)), sum(map(diverged, runs))),
        len(draws),
        entry.planned,
    )


def over_studies(values: Sequence[Sequence[float]], planned: int = 1) -> Interval:
    """The median and its interval: over the seeds of the one study, or, of several, over the studies' medians.

    values: of the seeds, study by study. planned: how many studies there shall be in the end: where they are several,
    the first to be there does not count by its seeds. NaN throughout where a value is missing.
    """
    if any(math.isnan(value) for one in values for value in one):
        return Interval(math.nan, math.nan, math.nan, 0.0)
    once = len(values) == planned == 1
    return median_interval(values[0] if once else [median_interval(one).median for one in values])


def _test_error(run: Record) -> float:
    """Of a run that diverged 1, as a net has that always says the same; NaN where there are no test data.

    NaN, too, where the checkpoint that was tested lies beyond the budget that the run is cut at.
    """
    accuracy = run.outcome.get("test_acc")
    if accuracy is None:
        return 1.0 if diverged(run) else math.nan
    return math.nan if run.outcome.get("best_step", 0) > column(run, "step")[-1] else float(1 - accuracy)


def budgets(trials: int) -> list[int]:
    """The numbers of trials at which the budget curve is quoted, up to `trials`."""
    return [*(k for k in BUDGETS if k < trials), trials]


def _budget(entry: Entry, trials: int) -> dict[int, float]:
    curve = budget_curve(entry)
    return {k: float(curve[k - 1]) for k in budgets(trials) if k <= len(curve)}


def budget_curve(entry: Entry) -> np.ndarray:
    """Expected best measure after k of the trials that were run, k = 1, 2, ...; the median over tuning seeds each.

    Of several studies the median of their curves, as far as all go. Empty for a solver that is not tuned, and where
    trials were pruned: what they would have reached is not known.
    """
    if not entry.tuning or entry.pruned:
        return np.empty(0)
    curves = [
        expected_best(list(by_trial(draw.tuning, lambda run: best(run, entry.problem)).values()))
        for draw in entry.draws
    ]
    shortest = min(map(len, curves))
    return np.asarray(np.median([curve[:shortest] for curve in curves], axis=0))


def paired(entry: Entry, base: Entry, axis: str) -> Comparison | None:
    """The times to the target of two solvers, over the seeds, or the studies, that both have; None without any."""
    theirs = by_seed(base)
    draws = [[(run, theirs[seed_of(run)]) for run in draw.report if seed_of(run) in theirs] for draw in entry.draws]
    both = [tuple(_times(runs, entry.problem, axis) for runs in zip(*draw, strict=True)) for draw in draws if draw]
    if not both:
        return None
    limit = min(known_until(one, axis) for one in (entry, base))
    if entry.planned == base.planned == 1:
        return compare(both[0][0], both[0][1], limit)
    return compare_studies([ours for ours, _ in both], [others for _, others in both], limit)


def _times(runs: Sequence[Record], problem: Problem, axis: str) -> list[float]:
    """Of a run that began at the target a millionth, for a ratio needs positive numbers."""
    return [max(time_to(run, problem, axis=axis), 1e-6) for run in runs]
