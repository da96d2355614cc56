"""The runs of a folder: whether one is finished, what it holds, and how one more is kept.

A folder holds logs (`log.py`), older files of a run each (`run_files.py`), or both.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array
from base.printable import brief

from ..planning.task import Task
from . import failures, run_files
from .index import Index, Place
from .log import Log, line_at
from .log_line import parsed, written
from .record import Record, Row
from .rows import KEPT, Rows, from_columns


class Store:
    """A folder of runs. What other processes add is seen after `refresh`."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self._index, self._log, self._stale = Index(self.folder), Log(self.folder), True
        self._shared: dict[Any, Any] = {}

    def refresh(self) -> None:
        """Look for what has been added."""
        self._stale = True

    def finished(self, task: Task) -> bool:
        """Whether the task's run is there, whole."""
        if self._place(task) is not None:
            return True
        return (self.folder / task.path).exists() and run_files.damage(self.folder, task) is None

    def damage(self, task: Task) -> str | None:
        """What is wrong with the file of the task's run; None where the run is there, or nothing is."""
        return None if self._place(task) is not None else run_files.damage(self.folder, task)

    def notes(self) -> list[str]:
        """Cut, empty and damaged lines of logs, in words: they are no finished runs."""
        self._looked()
        return self._index.notes()

    def record(self, task: Task) -> Record:
        """The task's run; ValueError where it is damaged or not there."""
        return self._read(self._place(task) or self.folder / task.path)

    def records(self, tasks: Iterable[Task]) -> list[Record]:
        """The runs of those tasks in whose name anything is there; ValueError for a damaged one."""
        places = (self._place(task) or self.folder / task.path for task in tasks)
        return [self._read(place) for place in places if isinstance(place, Place) or place.exists()]

    def runs(self) -> Iterator[tuple[str, Record]]:
        """(id, run) of all that are there, by id; ValueError for a damaged file."""
        for one, where in self.places():
            yield one, self._read(where)

    def lines(self) -> Iterator[tuple[str, bytes]]:
        """(id, line) of all runs, in the same order: those of older files as they would be written now.

        A run that several lines of the logs hold comes several times, first as it counts.
        """
        for one, where in self.places():
            if isinstance(where, Place):
                for place in (where, *self._index.repeats.get(int(one, 16), ())):
                    yield one, line_at(*place[:3])
            else:
                yield one, written(run_files.read_record(where), one)

    def places(self) -> list[tuple[str, Place | Path]]:
        """(id, where it lies) of all runs, by id."""
        self._looked()
        found: dict[str, Place | Path] = {run_files.id_of(path): path for path in run_files.files(self.folder)}
        found |= {f"{one:016x}": place for one, place in self._index.places.items()}
        return sorted(found.items(), key=itemgetter(0))

    def append(self, run: Record | bytes) -> None:
        """Keep a run, or the line that a worker elsewhere has made of one: on the disk when this returns."""
        self._log.append(written(run) if isinstance(run, Record) else run)
        self._stale = True

    def fail(self, task: Task, error: str) -> None:
        """Note why the task has no result; the next sweep tries again."""
        failures.write_failure(self.folder, task, error)

    def forgive(self, task: Task) -> None:
        """Remove the note: the task has a result now."""
        failures.failure_path(self.folder, task).unlink(missing_ok=True)

    def unplanned(self, problem: str, planned: Sequence[Task]) -> int:
        """How many runs of the problem's are none of `planned`."""
        self._looked()
        known = {int(task.id, 16) for task in planned}
        logged = sum(
            place.problem == problem and place.purpose in ("tune", "report") and one not in known
            for one, place in self._index.places.items()
        )
        there = [path.relative_to(self.folder) for path in run_files.files(self.folder, problem)]
        paths = {task.path for task in planned} if there else set()
        return logged + sum(path not in paths and path.name.startswith(("tune-", "report-")) for path in there)

    def close(self) -> None:
        """Let go of the log."""
        self._log.close()

    def _place(self, task: Task) -> Place | None:
        self._looked()
        return self._index.places.get(int(task.id, 16))

    def _looked(self) -> None:
        if self._stale:
            self._index.refresh()
            self._stale = False

    def _read(self, where: Place | Path) -> Record:
        return self._from_log(where) if isinstance(where, Place) else run_files.read_record(where)

    def _from_log(self, place: Place) -> Record:
        try:
            content = parsed(line_at(place.log, place.offset, place.length))
            task = _interned(content["task"])
            task |= {name: self._once(task[name]) for name in ("setup", "settings")}
            machine = content["machine"]
            alike = self._once({name: one for name, one in machine.items() if name != "load"})
            machine = {**alike, "load": _interned(machine["load"])}
            return Record(Task(**task), _interned(content["outcome"]), machine, self._rows(content, place))
        except (ValueError, KeyError, TypeError, OSError) as error:
            where = f"{place.log}, the line at byte {place.offset}"
            raise ValueError(
                f"{where}, is not a whole result of 'layergraph bench': {brief(str(error))}. Remove it and run again."
            ) from None

    def _rows(self, content: dict[str, Any], place: Place) -> Sequence[Row]:
        if "columns" not in content:
            return from_columns(content)
        columns = content["columns"]
        kept = {name: self._column(name, columns[name]) for name in KEPT if name in columns}
        return Rows(len(columns["step"]), kept, lambda: from_columns(parsed(line_at(*place[:3]))))

    def _column(self, name: str, values: list[Any]) -> Array:
        """As numbers; what runs of a kind share (steps, epochs, examples) is kept once."""
        column = np.array(values, float)  # None becomes NaN
        if name in ("step", "epoch", "examples"):
            shared: Array = self._shared.setdefault((name, column.tobytes()), column)
            return shared
        return column

    def _once(self, content: dict[str, Any]) -> dict[str, Any]:
        """The same content is kept once: there may be a hundred thousand runs."""
        same: dict[str, Any] = self._shared.setdefault(json.dumps(content), content)
        return same


def _interned(content: dict[str, Any]) -> dict[str, Any]:
    """The same content, of which names and words are kept once: every line that is read brings its own."""
    return {sys.intern(name): sys.intern(one) if isinstance(one, str) else one for name, one in content.items()}
