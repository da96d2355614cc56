"""Why a run has no result: a small file in its place, until it has one."""

import json
from collections.abc import Iterable
from pathlib import Path

from base.atomic import atomic_write
from base.files import json_text
from base.printable import printable

from ..planning.task import Task


def write_failure(folder: Path, task: Task, error: str) -> Path:
    """Note beside the missing result why there is none; the next run of the sweep tries again."""
    path = failure_path(folder, task)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"task": task.as_dict(), "error": error}) + "\n"
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


def noted(folder: Path, tasks: Iterable[Task]) -> list[Path]:
    """The notes of those of the tasks that have one, by name."""
    return sorted(path for task in tasks if (path := failure_path(folder, task)).exists())


def failure_path(folder: Path, task: Task) -> Path:
    """Where `write_failure` writes."""
    return (folder / task.path).with_suffix(".failed.json")
