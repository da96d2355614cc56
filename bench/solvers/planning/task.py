"""A task: everything that decides one run, as plain values; its id is the hash of them and its file's name holds it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from base.files.names import require_name

from .own_code import located, located_rule
from .problem import Problem, digest
from .seeds import run_seed
from .spaces import Space

FORMAT = 1
Shard = tuple[int, int]


class Task(NamedTuple):
    """One run: the problem's setup, the solver with its settings, and which repetition of which purpose it is."""

    setup: dict[str, Any]
    solver: str
    rule: str | None
    method: str | None
    settings: dict[str, Any]
    purpose: str  # tune, report or target
    trial: int  # -1 outside tuning
    repetition: int
    root: int  # seed of the sweep
    code: str | None = None  # SHA-256 of the source of a rule of the user's own
    engine: str | None = None  # "compiled", or None: NumPy
    until: float | None = None  # the share of the budget after which the run is stopped: a rung of successive halving

    @property
    def problem(self) -> str:
        """The problem's name."""
        return str(self.setup["name"])

    @property
    def seed(self) -> int:
        """The seed of the run's random streams, the same for all solvers."""
        return run_seed(self.root, self.problem, self.purpose, self.repetition)

    @property
    def id(self) -> str:
        """Hash of the task: 16 hexadecimal digits."""
        return digest({**self.as_dict(), "format": FORMAT})[:16]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            key: value
            for key, value in self._asdict().items()
            if key not in ("code", "engine", "until") or value is not None
        }

    @property
    def path(self) -> Path:
        """Where its result file lies within the folder of the sweep."""
        which = f"{self.trial:03d}-" if self.purpose == "tune" else ""
        for what in ("problem", "solver", "purpose"):
            require_name(what, getattr(self, what))
        return Path(self.problem) / self.solver / f"{self.purpose}-{which}{self.repetition:02d}-{self.id}.jsonl"


def tuning_tasks(
    problem: Problem, space: Space, trials: int, root: int, repetitions: int = 1, engine: str | None = None
) -> list[Task]:
    """One task per trial and tuning seed."""
    drawn = enumerate(space.draw(trials, root))
    return [
        _task(problem, space, settings, "tune", trial, repetition, root, engine)
        for trial, settings in drawn
        for repetition in range(repetitions)
    ]


def report_tasks(
    problem: Problem,
    space: Space,
    settings: dict[str, Any],
    seeds: int,
    root: int,
    purpose: str = "report",
    engine: str | None = None,
) -> list[Task]:
    """One task per fresh seed, all with the chosen settings."""
    return [_task(problem, space, settings, purpose, -1, repetition, root, engine) for repetition in range(seeds)]


def _task(
    problem: Problem,
    space: Space,
    settings: dict[str, Any],
    purpose: str,
    trial: int,
    repetition: int,
    root: int,
    engine: str | None,
) -> Task:
    what = (problem.setup, space.solver, space.rule, space.method, settings)
    first_order = engine if space.method is None else None
    return Task(*what, purpose, trial, repetition, root, space.code, first_order)


def located_task(task: Task, places: Mapping[str, str]) -> Task:
    """The task with code of the user's own named by where it lies (`places`: hash -> file), as it can be run.

    UserCodeError where that is not there, or not the code that the task was planned with.
    """
    rule = task.rule if task.rule is None or task.code is None else located_rule(task.rule, task.code, places)
    return task._replace(setup=located(task.setup, places), rule=rule) if rule or "code" in task.setup else task


def in_shard(task: Task, shard: Shard | None) -> bool:
    """Whether shard (i, n) does this task: its id modulo n is i. Without shards every task is done."""
    return shard is None or int(task.id, 16) % shard[1] == shard[0]
