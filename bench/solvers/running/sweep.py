"""A sweep from beginning to end, study by study: tune every solver on every problem, choose, run with fresh seeds.

What is finished is never run again, so the same command continues an interrupted sweep. A solver's choice is run as
soon as its own tuning is complete: nobody waits for the others.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from solver import rules

from ..planning.halving import planned_tuning
from ..planning.manifest import Manifest, changed_code, write_manifest
from ..planning.own_code import located_rule
from ..planning.plan import Cell, cells
from ..planning.scheduled import rule_settings
from ..planning.task import Shard, Task, in_shard
from ..reading.choice import known_tasks, tuned_so_far
from ..storage.store import Store
from .engine import Engine, started
from .phase import Kind, Listener, run_missing
from .trial import try_out


class Swept(NamedTuple):
    """Whether everything of this shard is there now, the runs that failed, and those that were reported done and are
    not there."""

    complete: bool
    failed: list[Task]
    lost: list[Task]


def run_sweep(
    manifest: Manifest, folder: Path, engine: Engine, shard: Shard | None = None, listener: Listener | None = None
) -> Swept:
    """Run what is missing, and tell the listener.

    What keeps every run of a problem from starting (no data, a loss that does not exist) is raised here, before the
    first of them.
    """
    listener = listener or Listener()
    try_out(manifest, engine)
    for space in manifest.spaces:
        if space.rule is not None and space.code is not None:
            for text in rules.unread(
                located_rule(space.rule, space.code, manifest.places),
                rule_settings(space.ranges),
            ):
                listener.note(text)
    for label in changed_code(folder, manifest):
        listener.note(f"{label} has changed since the runs in {folder}: its runs are made again")
    manifest = write_manifest(folder, manifest)
    store = Store(folder)
    for text in store.notes():
        listener.note(text)
    course = _Course(manifest, store, shard)
    with started(engine._replace(places=manifest.places), folder) as pool:
        ended = run_missing("runs", course.begin(), store, pool, listener, course.freed, course.later())
        while more := course.freed_by_others():  # the other shards, meanwhile
            again = run_missing("runs", more, store, pool, listener)
            ended = ended._replace(failed=ended.failed + again.failed, all=ended.all + again.all)
    store.refresh()
    failed = {task.id for task in ended.failed}
    lost = [task for task in ended.all if task.id not in failed and not store.finished(task)]
    return Swept(not (failed or lost or course.waiting), ended.failed, lost)


class _Course:
    """Which tasks a sweep has, and which of them become ready when."""

    def __init__(self, manifest: Manifest, store: Store, shard: Shard | None):
        self.store, self.shard = store, shard
        self.waiting: dict[int, Cell] = dict(enumerate(cells(manifest)))  # for their tuning
        self.left: dict[int, set[str]] = {}  # of it
        self.owner: dict[str, int] = {}
        self.begun: dict[int, int] = {}  # how many of its tasks are known

    def begin(self) -> list[Task]:
        """The tuning, and the reporting where that is complete."""
        ready: list[Task] = []
        for number, cell in self.waiting.items():
            tasks = tuned_so_far(*cell, self.store).tasks
            self.begun[number] = len(tasks)
            ready += self._taken(number, tasks)
        settled = [number for number, left in self.left.items() if not left]
        return ready + [task for number in settled for task in self._settle(number)]

    def later(self) -> dict[Kind, int]:
        """Problem and solver -> how many runs will come: of the report, and of later rungs."""
        count: Counter[Kind] = Counter()
        for number, (study, problem, space) in self.waiting.items():
            rungs = len(planned_tuning(study, problem, space)) - self.begun[number]  # that will be known later
            count[problem.name, space.solver] += study.seeds + rungs if self.shard is None else 0
        return count

    def freed(self, task: Task) -> list[Task]:
        """The reporting tasks of a solver, with the last of its tuning tasks; with the last of a rung the next rung."""
        number = self.owner.get(task.id)
        if number is None or number not in self.waiting:
            return []
        self.left[number].discard(task.id)
        return [] if self.left[number] else self._settle(number)

    def freed_by_others(self) -> list[Task]:
        """The same of solvers whose tuning, or rung, other processes have completed."""
        self.store.refresh()
        return [task for number in list(self.waiting) for task in self._settle(number)]

    def _settle(self, number: int) -> list[Task]:
        tasks, report = known_tasks(*self.waiting[number], self.store)
        if report is not None:
            del self.waiting[number]
            return self._ours(report)
        fresh, self.begun[number] = tasks[self.begun[number] :], len(tasks)
        return self._taken(number, fresh)

    def _taken(self, number: int, tasks: Sequence[Task]) -> list[Task]:
        """Those of the tasks that are ours: with the last of them the solver goes on."""
        ours = self._ours(tasks)
        self.left[number] = {task.id for task in ours if not self.store.finished(task)}
        self.owner |= dict.fromkeys(self.left[number], number)
        return ours

    def _ours(self, tasks: Sequence[Task]) -> list[Task]:
        return [task for task in tasks if in_shard(task, self.shard)]
