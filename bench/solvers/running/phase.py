"""One phase of a sweep: runs the tasks whose results are missing, and tells a listener of each that ends."""

import contextlib
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from ..planning.task import Task
from ..reading.records import damage, finished, sweep_leftovers
from .engine import Done, Execute


class Listener:
    """Is told how far a phase is. It decides nothing: this one does not even listen."""

    def note(self, text: str) -> None:
        """Something that a person should know: results that are run again, and why."""

    def begin(self, phase: str, tasks: Sequence[Task]) -> None:
        """`tasks` are going to be run."""

    def ended(self, done: Done) -> None:
        """One of them has ended."""

    def end(self) -> None:
        """All of them have."""


def in_turn(tasks: Sequence[Task]) -> list[Task]:
    """The tasks with solvers taking turns, so that a machine which slows down, or is busy for a while, meets all alike.

    The full batch begins each turn: its runs are the longest, and shall not end last and alone.
    """
    by_solver: dict[str, list[Task]] = {}
    for task in sorted(tasks, key=lambda task: task.method is None):
        by_solver.setdefault(task.solver, []).append(task)
    return [task for turn in zip_longest(*by_solver.values()) for task in turn if task is not None]


def run_missing(phase: str, tasks: Sequence[Task], folder: Path, execute: Execute, listener: Listener) -> list[Task]:
    """Run those of `tasks` that have no result in `folder`; the ones that failed."""
    missing = [task for task in tasks if not finished(folder, task)]
    if not missing:
        return []
    sweep_leftovers(folder, missing)
    for task in missing:
        what = damage(folder, task)
        if what is not None:
            listener.note(f"run again: {what.removesuffix(' Remove it and run again.')}")
    missing = in_turn(missing)
    failed = []
    listener.begin(phase, missing)
    with contextlib.closing(execute(missing, folder)) as results:
        for done in results:
            if done.status == "failed":
                failed.append(done.task)
            listener.ended(done)
    listener.end()
    return failed
