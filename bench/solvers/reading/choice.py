"""Which trial of the tuning is taken: the one that meets the target in the fewest steps, by validation data alone.

Where none meets it, the one with the smallest best measure; over several tuning seeds, by the median.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..planning.halving import at_stage, stages
from ..planning.manifest import Manifest
from ..planning.plan import tuning
from ..planning.problem import Problem
from ..planning.spaces import Space
from ..planning.task import Task, report_tasks
from ..storage.record import Record
from ..storage.store import Store
from .measures import best, time_to


class Choice(NamedTuple):
    """The settings taken, and their trial."""

    settings: dict[str, Any]
    trial: int


class Tuned(NamedTuple):
    """What is known of a solver's tuning. tasks: as far as they are known, last: of the last stage that is known, which
    alone is chosen from; complete: whether all of these are finished, and no stage follows. Without pruning there is
    one stage, and all of it is known.
    """

    tasks: list[Task]
    last: list[Task]
    complete: bool


def choose(records: Sequence[Record], problem: Problem) -> Choice:
    """The best trial among tuning records of one solver on one problem."""
    steps = by_trial(records, lambda run: time_to(run, problem))
    errors = by_trial(records, lambda run: best(run, problem))
    trial = best_trial(steps, errors)
    return Choice(next(run.task.settings for run in records if run.task.trial == trial), trial)


def best_trial(steps: Mapping[int, float], errors: Mapping[int, float]) -> int:
    """The trial of the fewest steps to the target (a miss is infinity); of equal ones that of the least error."""
    return min(steps, key=lambda trial: (steps[trial], errors[trial], trial))


def by_trial(records: Sequence[Record], value: Callable[[Record], float]) -> dict[int, float]:
    """Trial -> the median of `value` over its tuning seeds, in the order of the records."""
    trials: dict[int, list[float]] = {}
    for run in records:
        trials.setdefault(run.task.trial, []).append(value(run))
    return {trial: float(np.median(values)) for trial, values in trials.items()}


def known_tasks(
    manifest: Manifest, problem: Problem, space: Space, store: Store
) -> tuple[list[Task], list[Task] | None]:
    """(tuning, reporting) tasks of one solver in one study, as far as they are known; None while its tuning is not
    complete.
    """
    tuned = tuned_so_far(manifest, problem, space, store)
    if not tuned.complete:
        return tuned.tasks, None
    if space.fixed is not None:
        choice = Choice(dict(space.fixed), -1)
    else:
        choice = choose([store.record(task) for task in tuned.last], problem)
    return tuned.tasks, report_of(manifest, problem, space, choice)


def tuned_so_far(manifest: Manifest, problem: Problem, space: Space, store: Store) -> Tuned:
    """The tuning tasks of a solver in one study: with pruning, which trials come to a rung follows from all the runs of
    the rung before it, whoever did them and in whatever order.
    """
    tasks = tuning(manifest, problem, space)
    if not manifest.prune:
        return Tuned(tasks, tasks, all(store.finished(task) for task in tasks))
    known, trials = list[Task](), {task.trial for task in tasks}
    ahead = stages(len(trials))
    for number, (share, _) in enumerate(ahead):
        stage = at_stage(tasks, trials, share)
        known += stage
        if not all(store.finished(task) for task in stage):
            return Tuned(known, stage, False)
        if number + 1 < len(ahead):
            trials = survivors([store.record(task) for task in stage], problem, ahead[number + 1][1])
    return Tuned(known, stage, True)


def survivors(records: Sequence[Record], problem: Problem, count: int) -> set[int]:
    """The best trials of a rung, in the order of the choice: steps to the target, then the best measure so far."""
    steps = by_trial(records, lambda run: time_to(run, problem))
    errors = by_trial(records, lambda run: best(run, problem))
    return set(sorted(steps, key=lambda trial: (steps[trial], errors[trial], trial))[:count])


def report_of(manifest: Manifest, problem: Problem, space: Space, choice: Choice) -> list[Task]:
    """The reporting tasks of a choice."""
    return report_tasks(problem, space, choice.settings, manifest.seeds, manifest.root, engine=manifest.engine)
