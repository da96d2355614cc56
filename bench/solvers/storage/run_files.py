"""Result files of earlier versions: one JSON-lines file per run, a header and then a row per evaluation.

They are read as ever; what is run now goes to logs.
"""

import functools
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from base.files import json_text
from base.printable import brief

from ..planning.task import Task
from .record import Record, Row, check_rows, line

FORMAT = "layergraph-bench 1"
_ID = re.compile(r"-([0-9a-f]{16})\.jsonl$")
KEYS = {"format", "id", "task", "outcome", "machine", "check"}


def read_record(path: Path) -> Record:
    """The run that a file holds; ValueError for a file that is no result of ours, is another's, or was damaged."""
    try:
        return _parsed(path)
    except (ValueError, KeyError, TypeError, RecursionError, OSError) as error:
        what = f"it lacks {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
        raise ValueError(
            f"{path} is not a whole result of 'layergraph bench': {brief(what)}. Remove it and run again."
        ) from None


def _parsed(path: Path) -> Record:
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines == [""]:
        raise ValueError("it is empty")
    if lines.pop():
        raise ValueError("it ends within a line")
    header, *rows = map(json_text.loads, lines)
    if strangers := set(header) - KEYS:
        raise ValueError(f"its first line has unknown keys {sorted(strangers)}")
    if header["format"] != FORMAT:
        raise ValueError(f"format {header['format']!r}; expected {FORMAT!r}")
    task, outcome = Task(**header["task"]), header["outcome"]
    if not path.stem.endswith(f"-{header['id']}"):
        raise ValueError(f"it holds run {header['id']}, which its name does not say")
    check_rows([row["step"] for row in rows], outcome)
    check = header.pop("check", None)  # older files have none
    if check is not None and check != _check(header, rows):
        raise ValueError(f"its {len(rows)} rows are not the {check['rows']} that were written")
    if check is not None and lines != [line(one)[:-1] for one in ({**header, "check": check}, *rows)]:
        raise ValueError("it is not written as we write it")
    return Record(task, outcome, header["machine"], rows)


def _check(header: Row, rows: Sequence[Row]) -> Row:
    """What tells whether a file is still as it was written: the number of rows, and the SHA-256 of all lines."""
    text = "".join(map(line, [header, *rows]))
    return {"rows": len(rows), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def files(folder: Path, problem: str = "*") -> list[Path]:
    """The result files of a folder, of all problems or of one."""
    return [path for path in folder.glob(f"{problem}/*/*.jsonl") if _ID.search(path.name)]


def id_of(path: Path) -> str:
    """Id of the run, from the file's name."""
    found = _ID.search(path.name)
    return found.group(1) if found else ""


def damage(folder: Path, task: Task) -> str | None:
    """What is wrong with the file of the task's result, as `read_record` says it; None for a whole one, or none."""
    path = folder / task.path
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return _damage(path, (state.st_size, state.st_mtime_ns, state.st_ino))


@functools.lru_cache(maxsize=65536)
def _damage(path: Path, state: tuple[int, int, int]) -> str | None:
    """Each file is read once for every state that it is in."""
    try:
        read_record(path)
    except ValueError as error:
        return str(error)
    return None
