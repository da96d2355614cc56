"""Expected running times of the solvers on a problem, with the restarts that they stand for."""

from typing import NamedTuple

import numpy as np

from ..planning.problem import Problem
from ..statistics import Restarted, restarted
from ..storage.record import Record
from .entry import Entry
from .measures import column, diverged, time_to
from .results import SweepResults
from .summary import at_one_budget


class RunningTime(NamedTuple):
    """One solver: reporting runs, how many met the target, the expected running time and its simulated restarts."""

    solver: str
    hits: int
    runs: int
    time: Restarted


def running_times(results: SweepResults, problem: Problem) -> list[RunningTime]:
    """Of every solver with reporting runs, the least expected time first; counted in what the results' metric says.

    The runs of all studies together: a restart draws a study's settings with its seed, and no tuning is paid for.
    """
    entries = at_one_budget([entry for entry in results.entries(problem) if entry.report])
    found = [_running_time(entry, results.axis, results.manifest.root) for entry in entries]
    return sorted(found, key=lambda one: one.time.expected)


def _running_time(entry: Entry, axis: str, root: int) -> RunningTime:
    times = [time_to(run, entry.problem, axis=axis) for run in entry.report]
    hits = int(np.isfinite(times).sum())
    rng = np.random.default_rng(root)
    return RunningTime(entry.solver, hits, len(times), restarted(times, spent(entry, axis), rng))


def spent(entry: Entry, axis: str) -> list[float]:
    """What each reporting run took until it ended, by the budget or because it diverged.

    The rows of a run that diverged end at the evaluation before, of one that did at once at nothing: it took the steps
    that its outcome tells, each as much as a step of the longest run, and no more than that in all.
    """
    ends = [(_end(run, "step"), _end(run, axis)) for run in entry.report]
    steps, whole = max(ends)
    each = whole / steps if steps else 0.0
    return [
        min(max(end, each * float(run.outcome.get("steps", 0))), whole) if diverged(run) else end
        for run, (_, end) in zip(entry.report, ends, strict=True)
    ]


def _end(run: Record, name: str) -> float:
    return float(column(run, name)[-1])
