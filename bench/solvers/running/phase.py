"""One phase of a sweep: runs the tasks whose results are missing, and tells a listener of each that ends."""

import contextlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..planning.task import Task
from ..storage.store import Store
from .flow import flow, in_turn
from .pools import Pool
from .run_one import Done

Kind = tuple[str, str]  # problem, solver
Freed = Callable[[Task], Sequence[Task]]


class Ended(NamedTuple):
    """The tasks of a phase that failed, and all that were there to do."""

    failed: list[Task]
    all: list[Task]


class Listener:
    """Is told how far a phase is. It decides nothing: this one does not even listen."""

    def note(self, text: str) -> None:
        """Something that a person should know: results that are run again, and why."""

    def begin(self, phase: str, tasks: Sequence[Task], later: Mapping[Kind, int]) -> None:
        """`tasks` are going to be run; later: how many more of a kind will come, once it is known which."""

    def found(self, tasks: Sequence[Task], promised: Mapping[Kind, int]) -> None:
        """`tasks` have become ready; of those that were to come, so many are settled with them."""

    def ended(self, done: Done) -> None:
        """One of them has ended."""

    def end(self) -> None:
        """All of them have."""


def run_missing(
    phase: str,
    tasks: Sequence[Task],
    store: Store,
    pool: Pool,
    listener: Listener,
    freed: Freed = lambda task: (),
    later: Mapping[Kind, int] | None = None,
) -> Ended:
    """Run those of `tasks` that have no result in `store`, and what they free."""
    missing, ended = _missing(tasks, store, listener), Ended([], list(tasks))
    if not missing:
        return ended
    listener.begin(phase, missing, later or {})

    def next_tasks(task: Task) -> Sequence[Task]:
        found = freed(task)
        ended.all.extend(found)
        rest = _missing(found, store, listener)
        if found:
            listener.found(rest, Counter(map(kind, found)) if later else {})
        return rest

    with contextlib.closing(flow(pool, missing, store, next_tasks)) as results:
        for done in results:
            if done.status == "failed":
                ended.failed.append(done.task)
            listener.ended(done)
    listener.end()
    return ended


def kind(task: Task) -> Kind:
    """What runs that take equally long have in common."""
    return task.problem, task.solver


def _missing(tasks: Sequence[Task], store: Store, listener: Listener) -> list[Task]:
    """The tasks without a result, with solvers taking turns."""
    missing = [task for task in tasks if not store.finished(task)]
    for task in missing:
        what = store.damage(task)
        if what is not None:
            listener.note(f"run again: {what.removesuffix(' Remove it and run again.')}")
    return in_turn(missing)
