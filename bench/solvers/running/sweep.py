"""A sweep from beginning to end: tune every solver on every problem, choose, run the choice with fresh seeds.

What is finished is never run again, so the same command continues an interrupted sweep.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..planning.manifest import Manifest, write_manifest
from ..planning.problem import Problem, load_problem
from ..planning.spaces import Space, load_space
from ..planning.task import Task, in_shard, report_tasks, tuning_tasks
from ..reading.choice import choose
from ..reading.records import finished, read_record, sweep_leftovers
from .building import build_model
from .engine import Done, Engine, Execute, started

SOLVERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "lbfgs")
BUDGETS = {"quick": (5, 6), "standard": (20, 10), "full": (50, 20)}  # trials, seeds
Shard = tuple[int, int]
Named = TypeVar("Named")
Listener = Callable[[str, Sequence[Task], Iterable[Done]], Any]


def plan(
    problems: Sequence[str | Path],
    solvers: Sequence[str | Path] | None = None,
    *,
    budget: str = "standard",
    trials: int | None = None,
    seeds: int | None = None,
    tuning_seeds: int = 1,
    seed: int = 0,
) -> Manifest:
    """The manifest of a sweep; a budget is 5 trials and 6 seeds (quick), 20 and 10 (standard) or 50 and 20 (full).

    What is named twice counts once. ValueError for what is not known or does not fit.
    """
    if budget not in BUDGETS:
        raise ValueError(f"budget is {budget!r}; expected one of {', '.join(BUDGETS)}")
    trials = BUDGETS[budget][0] if trials is None else trials
    seeds = BUDGETS[budget][1] if seeds is None else seeds
    for name, value in (("trials", trials), ("seeds", seeds), ("tuning_seeds", tuning_seeds)):
        if value < 1:
            raise ValueError(f"{name} is {value}; expected at least 1")
    loaded = _distinct("problem", [load_problem(name) for name in problems], lambda one: one.name)
    spaces = _distinct("solver", [load_space(name) for name in solvers or SOLVERS], lambda one: one.solver)
    useless = [space.solver for space in spaces if not any(fits(space, one) for one in loaded)]
    if solvers and useless:
        raise ValueError(f"{useless[0]} takes the full batch and needs a loss without noise: no problem here has that")
    spaces = tuple(space for space in spaces if space.solver not in useless)
    return Manifest(loaded, spaces, trials, seeds, tuning_seeds, seed)


def _distinct(kind: str, entries: Sequence[Named], name: Callable[[Named], str]) -> tuple[Named, ...]:
    """The entries, each once; ValueError where two that differ have one name, and would share their files."""
    found: dict[str, Named] = {}
    for one in entries:
        if found.setdefault(name(one), one) != one:
            raise ValueError(f"two different {kind}s are called {name(one)!r}: rename one of them")
    return tuple(found.values())


def fits(space: Space, problem: Problem) -> bool:
    """Whether a solver can do the problem: full-batch methods need a loss without noise."""
    return space.method is None or (problem.model["keep_input"] == 1 and problem.model["keep_hidden"] == 1)


def pairs(manifest: Manifest) -> list[tuple[Problem, Space]]:
    """Every problem with every solver that can do it."""
    return [(problem, space) for problem in manifest.problems for space in manifest.spaces if fits(space, problem)]


def tuning(manifest: Manifest, problem: Problem, space: Space) -> list[Task]:
    """The tuning tasks of one solver on one problem."""
    return tuning_tasks(problem, space, manifest.trials, manifest.root, manifest.tuning_seeds)


def reporting(manifest: Manifest, problem: Problem, space: Space, folder: Path) -> list[Task] | None:
    """The reporting tasks of one solver on one problem; None while its tuning is not complete."""
    tasks = tuning(manifest, problem, space)
    if not all(finished(folder, task) for task in tasks):
        return None
    choice = choose([read_record(folder / task.path) for task in tasks], problem)
    return report_tasks(problem, space, choice.settings, manifest.seeds, manifest.root)


def run_sweep(manifest: Manifest, folder: Path, engine: Engine, shard: Shard | None, listener: Listener) -> bool:
    """Run what is missing; whether everything of this shard is there now.

    listener(phase, tasks, results) consumes the results of a phase and may show progress. What keeps every run of a
    problem from starting (no data, a loss that does not exist) is raised here, before the first of them.
    """
    for problem in manifest.problems:
        build_model(problem.setup, np.random.default_rng(0))
    manifest = write_manifest(folder, manifest)
    with started(engine) as execute:
        mine = [task for one in pairs(manifest) for task in tuning(manifest, *one)]
        tuned = _phase("tuning", mine, folder, execute, shard, listener)
        found = [reporting(manifest, *one, folder) for one in pairs(manifest)]
        ready = [task for tasks in found if tasks for task in tasks]
        return _phase("reporting", ready, folder, execute, shard, listener) and tuned and None not in found


def _phase(
    name: str, tasks: Sequence[Task], folder: Path, execute: Execute, shard: Shard | None, listener: Listener
) -> bool:
    tasks = [task for task in tasks if shard is None or in_shard(task, shard)]
    missing = [task for task in tasks if not finished(folder, task)]
    sweep_leftovers(folder, missing)
    missing.sort(key=lambda task: task.method is None)  # the long ones first, so that they do not end last and alone
    if missing:
        listener(name, missing, execute(missing, folder))
    return all(finished(folder, task) for task in tasks)
