"""Checks what a file holds, in a process of its own: what hangs or dies is one row, and the rest is still checked."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..report.report import Report
from ..workers import ENDED, STARTING, steps
from .find import NOTHING_FOUND
from .transfer import unpacked

FILE = "file"  # the kind of a row that stands for a whole file


class Row(NamedTuple):
    """One line of the table. where: 'path:line', or a cell of a notebook; notes: what to know about the file."""

    name: str
    kind: str
    where: str
    report: Report
    notes: tuple[str, ...] = ()


def check_file(path: Path, request: Mapping[str, Any], timeout: float, starting: float = STARTING) -> Iterator[Row]:
    """A row for each subject of the file; one row of kind 'file' where nothing of it can be used, or nothing is in it.

    request: seed, seeds, options of a check, sweeps. Each subject may take `timeout` seconds, and the start `starting`
    more: what takes longer is a row that says so, as is all that the file does wrong; nothing is raised for it.
    """
    done: list[int] = []
    notes: list[str] = []
    definitions_only = False
    while True:
        asked = {**request, "path": str(path), "working": str(Path.cwd())}
        asked |= {"skip": done, "definitions_only": definitions_only}
        with contextlib.closing(steps(f"{__package__}.worker", asked, path.parent, timeout, starting)) as told:
            found: list[list[str]] | None = None
            running, ended = None, "nothing was told"
            for step in told:
                if "found" in step:
                    found = step["found"]
                    notes += [note for note in step["notes"] if note not in notes]
                elif "begin" in step:
                    running = int(step["begin"])
                elif "report" in step and found is not None and running is not None:
                    name, kind, where = found[running]
                    yield Row(name, kind, where, unpacked(step["report"]), tuple(notes))
                    done.append(running)
                    running = None
                elif "unloadable" in step:
                    yield _of_file(path, str(step["unloadable"]), notes)
                    return
                elif "end" in step:
                    if not found:
                        yield _of_file(path, NOTHING_FOUND, notes)
                    return
                elif ENDED in step:
                    ended = str(step[ENDED])
        if found is not None and running is not None:
            name, kind, where = found[running]
            yield Row(name, kind, where, Report(label=name, place=where, unchecked=ended), tuple(notes))
            done.append(running)
        elif definitions_only or found is not None:
            yield _of_file(path, f"{ended}, as it was loaded", notes)
            return
        else:
            definitions_only = True
            notes.append(f"{path.name}: {ended}, as it was loaded; only its definitions are used")


def _of_file(path: Path, words: str, notes: list[str]) -> Row:
    place = f"{path}:1"
    return Row(path.name, FILE, place, Report(label=path.name, place=place, unchecked=words), tuple(notes))
