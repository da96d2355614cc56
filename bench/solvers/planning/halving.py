"""Successive halving of tuning trials: at which shares of the budget the worse half of a solver's trials is stopped.

A run is a pure function of its task and keeps no checkpoint, so a trial that goes on begins anew at the next rung, with
the same seed and so with the same rows as far as it had come. Source: Jamieson and Talwalkar (2016).
"""

from collections.abc import Sequence

from .manifest import Manifest
from .plan import tuning
from .problem import Problem
from .spaces import Space
from .task import Task

ETA = 2  # one trial of so many goes on
RUNGS = (0.125, 0.25, 0.5)  # of the budget
Stage = tuple[float | None, int]  # share of the budget (None: all of it), how many trials get it


def stages(trials: int) -> list[Stage]:
    """Of so many trials; the last stage is the whole budget. A trial that is left alone gets it at once."""
    found: list[Stage] = []
    for share in RUNGS:
        if trials <= 1:
            break
        found.append((share, trials))
        trials = -(-trials // ETA)
    return [*found, (None, trials)]


def planned_tuning(manifest: Manifest, problem: Problem, space: Space) -> list[float]:
    """The share of the budget that each tuning run of one solver in one study gets; which trials they are is not known
    yet, where trials are pruned."""
    tasks = tuning(manifest, problem, space)
    if not manifest.prune:
        return [1.0] * len(tasks)
    trials = len({task.trial for task in tasks})
    per_trial = len(tasks) // max(trials, 1)
    return [share or 1.0 for share, count in stages(trials) for _ in range(count * per_trial)] if trials else []


def at_stage(tasks: Sequence[Task], trials: set[int], share: float | None) -> list[Task]:
    """The tasks of these trials, as far as that share of the budget."""
    return [task._replace(until=share) for task in tasks if task.trial in trials]
