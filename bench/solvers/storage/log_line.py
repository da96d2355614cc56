"""A line of a log: one run as a JSON object that begins with the SHA-256 of the rest of it, its id and its name.

    {"sha256":"64 digits","id":"16 digits","run":"PROBLEM/SOLVER/PURPOSE-...","format":...,"task":...,"columns":...}

So a reader knows without parsing it whether a line is whole, and whose it is.
"""

import hashlib
import json
import re
from typing import Any, NamedTuple

from base.printable import brief

from .record import Record, check_rows, header, line, rounded
from .rows import as_columns

FORMAT = "layergraph-bench-log 1"
KEYS = {"sha256", "id", "run", "format", "task", "outcome", "machine", "columns", "rows"}
_SEAL = re.compile(rb'\{"sha256":"([0-9a-f]{64})",')
_HEAD = re.compile(rb'"id":"([0-9a-f]{16})","run":("[^"/]+)/[^"/]+/([a-z]+)[\d-]*"')
_SOME_ID = re.compile(rb'"id":"([0-9a-f]{16})"')


class Head(NamedTuple):
    """What the beginning of a whole line says."""

    id: int
    problem: str
    purpose: str


def written(record: Record, name: str | None = None) -> bytes:
    """The line of a run; the same run gives the same bytes but for its times. name: the id of an older file, whose
    task is not exact."""
    first = header(record)
    if name is not None:
        first["id"] = name
    run = record.task.path.as_posix().rpartition("-")[0]
    content = {"id": first.pop("id"), "run": run, "format": FORMAT, **first}
    return sealed(line({**content, **as_columns([rounded(row) for row in record.rows])}).rstrip("\n").encode())


def sealed(body: bytes) -> bytes:
    """The line of a body `{"id":...}`."""
    return b'{"sha256":"' + hashlib.sha256(body).hexdigest().encode() + b'",' + body[1:] + b"\n"


def head(text: bytes) -> Head:
    """Whose the line is; ValueError, in words, for one that is not whole."""
    if not text.strip():
        raise ValueError("it is empty")
    if not text.endswith(b"\n"):
        raise ValueError("it is cut")
    seal = _SEAL.match(text)
    said = _HEAD.match(text, seal.end()) if seal else None
    if seal is None or said is None:
        raise ValueError("it does not begin as a line of ours")
    digest = hashlib.sha256(b"{")
    digest.update(memoryview(text)[seal.end() : -1])
    if digest.hexdigest().encode() != seal.group(1):
        raise ValueError("its SHA-256 does not fit: it was damaged")
    return Head(int(said.group(1), 16), json.loads(said.group(2) + b'"'), said.group(3).decode())


def some_id(text: bytes) -> int | None:
    """Whose a damaged line seems to be."""
    found = _SOME_ID.search(text, 0, 200)
    return int(found.group(1), 16) if found else None


def parsed(text: bytes) -> dict[str, Any]:
    """The content of a whole line; ValueError for one that is no run of ours."""
    head(text)
    try:
        content: dict[str, Any] = json.loads(text)
        if strangers := set(content) - KEYS:
            raise ValueError(f"it has unknown keys {sorted(strangers)}")
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']!r}; expected {FORMAT!r}")
        steps = content["columns"]["step"] if "columns" in content else [row["step"] for row in content["rows"]]
        check_rows(steps, content["outcome"])
    except (KeyError, TypeError, RecursionError) as error:
        what = f"it lacks {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
        raise ValueError(brief(what)) from None
    return content
