"""Result files: one JSON-lines file per run, a header and then a row per evaluation, written whole or not at all.

Two runs of the same task on the same machine give the same bytes but for the times; `timeless` leaves those out.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from base.atomic import atomic_write, clean

from ..planning.task import Task

FORMAT = "layergraph-bench 1"
DIGITS = 7
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
    header = {"format": FORMAT, "id": record.task.id, "task": record.task._asdict()}
    lines = [{**header, "outcome": record.outcome, "machine": record.machine}, *record.rows]
    text = "".join(_line(rounded(line)) for line in lines)
    atomic_write(path, lambda stream: stream.write(text.encode()))
    failure_path(folder, record.task).unlink(missing_ok=True)
    return path


def write_failure(folder: Path, task: Task, error: BaseException) -> Path:
    """Note beside the missing result why there is none; the next run of the sweep tries again."""
    path = failure_path(folder, task)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"task": task._asdict(), "error": f"{type(error).__name__}: {error}"}) + "\n"
    atomic_write(path, lambda stream: stream.write(text.encode()))
    return path


def read_failure(folder: Path, task: Task) -> str:
    """Why the task has no result, as `write_failure` noted it."""
    path = failure_path(folder, task)
    return str(json.loads(path.read_text(encoding="utf-8"))["error"]) if path.exists() else "the reason is not here"


def failure_path(folder: Path, task: Task) -> Path:
    """Where `write_failure` writes."""
    return (folder / task.path).with_suffix(".failed.json")


def read_record(path: Path) -> Record:
    """The run that a file holds; ValueError for a file that is no result of ours, or that was cut off."""
    try:
        header, *rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
        if header["format"] != FORMAT:
            raise ValueError(f"format {header['format']!r}; expected {FORMAT!r}")
        task, outcome = Task(**header["task"]), header["outcome"]
        if not rows or (outcome["status"] == "ok" and rows[-1]["step"] != outcome["steps"]):
            raise ValueError(f"it ends before the run did, after {len(rows)} rows")
        return Record(task, outcome, header["machine"], rows)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is not a whole result of 'layergraph bench': {error}. Remove it and run again."
        ) from None


def finished(folder: Path, task: Task) -> bool:
    """Whether the task's result is there."""
    return (folder / task.path).exists()


def sweep_leftovers(folder: Path, tasks: Sequence[Task]) -> None:
    """Remove the temporary files of a killed run."""
    for task in tasks:
        clean(folder / task.path)


def timeless(text: str) -> str:
    """The text of a result file without its times and the commit: what must be equal however a sweep was run.

    All else stays byte for byte, the order of the keys as well.
    """
    header, *rows = (json.loads(line) for line in text.splitlines())
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
