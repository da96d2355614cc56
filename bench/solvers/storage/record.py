"""One run as it is kept: its task, what came out, the machine, and a row per evaluation."""

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..planning.task import Task

DIGITS = 7
UNTIMELY = ("load", "commit")  # of the machine: they differ between repeats of one run
Row = dict[str, Any]


class Record(NamedTuple):
    """One run. outcome: status ("ok", "diverged"), steps, ...; machine: versions, load, commit."""

    task: Task
    outcome: dict[str, Any]
    machine: dict[str, Any]
    rows: Sequence[Row]


def header(record: Record) -> Row:
    """All but the rows as plain values: the task exactly, what was measured to seven digits."""
    measured = rounded({"outcome": record.outcome, "machine": record.machine})
    return {"id": record.task.id, "task": record.task.as_dict(), **measured}


def check_rows(steps: Sequence[int], outcome: Mapping[str, Any]) -> None:
    """ValueError where these steps are not those of one whole run that ended so."""
    if not steps or (outcome["status"] == "ok" and steps[-1] != outcome["steps"]):
        raise ValueError(f"it ends before the run did, after {len(steps)} rows")
    if any(now <= before for before, now in itertools.pairwise(steps)):
        raise ValueError("its rows are not those of one run: the steps do not grow")


def timeless(record: Record) -> str:
    """The run as text without its times, load and commit: what must be equal however and wherever it was run.

    All else stays byte for byte, the order of the keys as well.
    """
    first = header(record)
    first["machine"] = {key: value for key, value in first["machine"].items() if key not in UNTIMELY}
    kept = [{key: value for key, value in rounded(row).items() if not key.startswith("seconds")} for row in record.rows]
    return "".join(map(line, [first, *kept]))


def line(content: Row) -> str:
    """One line of JSON, without spaces."""
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
