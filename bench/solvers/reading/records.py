"""Result files: one JSON-lines file per run, a header and then a row per evaluation, written whole or not at all.

Two runs of the same task on the same machine give the same bytes but for the times; `timeless` leaves those out.
"""

import functools
import hashlib
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from base.atomic import atomic_write, clean
from base.files import json_text
from base.printable import brief, printable

from ..planning.task import Task

FORMAT = "layergraph-bench 1"
DIGITS = 7
KEYS = {"format", "id", "task", "outcome", "machine", "check"}
Row = dict[str, Any]


class Record(NamedTuple):
    """One run as its file holds it. outcome: status ("ok", "diverged"), steps, ...; machine: versions, load, commit."""

    task: Task
    outcome: dict[str, Any]
    machine: dict[str, Any]
    rows: list[Row]


def write_record(folder: Path, record: Record) -> Path:
    """Write the run's file below `folder`."""
    path = folder / record.task.path
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"format": FORMAT, "id": record.task.id, "task": record.task.as_dict()}
    header = rounded({**header, "outcome": record.outcome, "machine": record.machine})
    rows = [rounded(row) for row in record.rows]
    text = "".join(map(_line, [{**header, "check": _check(header, rows)}, *rows]))
    atomic_write(path, lambda stream: stream.write(text.encode()))
    failure_path(folder, record.task).unlink(missing_ok=True)
    return path


def write_failure(folder: Path, task: Task, error: BaseException) -> Path:
    """Note beside the missing result why there is none; the next run of the sweep tries again."""
    path = failure_path(folder, task)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"task": task.as_dict(), "error": f"{type(error).__name__}: {error}"}) + "\n"
    atomic_write(path, lambda stream: stream.write(text.encode()))
    return path


def read_failure(folder: Path, task: Task) -> str:
    """Why the task has no result, as `write_failure` noted it."""
    return read_reason(failure_path(folder, task))


def read_reason(path: Path) -> str:
    """The reason in a file of `write_failure`."""
    try:
        return printable(json_text.loads(path.read_bytes())["error"])
    except FileNotFoundError:
        return "the reason is not here"
    except (ValueError, KeyError, TypeError, OSError, RecursionError):
        return "the reason cannot be read"


def failure_path(folder: Path, task: Task) -> Path:
    """Where `write_failure` writes."""
    return (folder / task.path).with_suffix(".failed.json")


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
    if not rows or (outcome["status"] == "ok" and rows[-1]["step"] != outcome["steps"]):
        raise ValueError(f"it ends before the run did, after {len(rows)} rows")
    steps = [row["step"] for row in rows]
    if any(now <= before for before, now in itertools.pairwise(steps)):
        raise ValueError("its rows are not those of one run: the steps do not grow")
    check = header.pop("check", None)  # older files have none
    if check is not None and check != _check(header, rows):
        raise ValueError(f"its {len(rows)} rows are not the {check['rows']} that were written")
    if check is not None and lines != [_line(one)[:-1] for one in ({**header, "check": check}, *rows)]:
        raise ValueError("it is not written as we write it")
    return Record(task, outcome, header["machine"], rows)


def _check(header: Row, rows: Sequence[Row]) -> Row:
    """What tells whether a file is still as it was written: the number of rows, and the SHA-256 of all lines."""
    text = "".join(map(_line, [header, *rows]))
    return {"rows": len(rows), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def finished(folder: Path, task: Task) -> bool:
    """Whether the task's result is there, whole."""
    return (folder / task.path).exists() and damage(folder, task) is None


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


def sweep_leftovers(folder: Path, tasks: Sequence[Task]) -> None:
    """Remove the temporary files of a killed run."""
    for task in tasks:
        clean(folder / task.path)


def timeless(text: str) -> str:
    """The text of a result file without its times, check and commit: what must be equal however a sweep was run.

    All else stays byte for byte, the order of the keys as well.
    """
    header, *rows = (json.loads(line) for line in text.splitlines())
    header.pop("check", None)  # it is of the times, too
    header["machine"] = {key: value for key, value in header["machine"].items() if key not in ("load", "commit")}
    kept = [{key: value for key, value in row.items() if not key.startswith("seconds")} for row in rows]
    return "".join(map(_line, [header, *kept]))


def _line(content: Row) -> str:
    return json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n"


def rounded(value: Any) -> Any:
    """Numbers to seven digits, NaN and infinity as null: files stay small, and JSON."""
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
