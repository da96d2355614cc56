"""Folders as earlier versions wrote them: a file a run."""

import hashlib
from pathlib import Path
from typing import Any

from bench.solvers.storage.record import Record, header, line, rounded
from bench.solvers.storage.run_files import FORMAT
from bench.solvers.storage.store import Store


def write_record(folder: Path, record: Record) -> Path:
    """Write the run's file below `folder`."""
    path = folder / record.task.path
    path.parent.mkdir(parents=True, exist_ok=True)
    first = rounded({"format": FORMAT, **header(record)})
    rows = [rounded(row) for row in record.rows]
    path.write_bytes("".join(map(line, [{**first, "check": check(first, rows)}, *rows])).encode())
    return path


def check(first: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What stood in the first line to tell whether the file is whole."""
    return {"rows": len(rows), "sha256": hashlib.sha256("".join(map(line, [first, *rows])).encode()).hexdigest()}


def as_files(folder: Path, out: Path) -> Path:
    """A copy of a folder, with a file a run."""
    out.mkdir(parents=True)
    (out / "manifest.json").write_bytes((folder / "manifest.json").read_bytes())
    for _, run in Store(folder).runs():
        write_record(out, run)
    return out
