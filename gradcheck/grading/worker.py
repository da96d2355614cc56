"""What runs in a process of its own for each submission: loads it, compares and checks, and tells each step.

`python -P -m gradcheck.grading.worker`, with the request as JSON on standard input. Everything that the submission
prints goes nowhere. This keeps accidents apart; it is no sandbox: the file runs with the rights of who grades.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from base.user_code import load

from ..finder.find import Subject, find
from ..report.report import Report
from ..workers import asked
from .class_values import rebound
from .values import Values, compare

MEGABYTE = 1 << 20


def main() -> int:
    """Answer one request."""
    request, tell = asked()
    _limit_memory(request["memory"])
    try:
        wanted = find(request["reference"])
        tell(reference=[subject.name for subject in wanted], points=_points(request["reference"]))
        found = {subject.name: subject for subject in find(request["submission"])}
    except (Exception, SystemExit) as error:
        tell(unloadable=f"{error}" or type(error).__name__)
        return 0
    tell(loaded=True)
    for subject in wanted:
        if subject.name not in request["skip"]:
            tell(begin=subject.name)
            tell(row=_row(found, subject, request))
    tell(end=True)
    return 0


def _limit_memory(megabytes: int | None) -> None:
    """A limit on the address space, where the system has one (not on Windows; macOS does not heed it)."""
    if megabytes is None or os.name != "posix":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * MEGABYTE,) * 2)


def _row(found: Mapping[str, Subject], reference: Subject, request: Mapping[str, Any]) -> dict[str, Any]:
    mine = found.get(reference.name)
    if reference.missing:
        return {"unchecked": reference.missing}
    if mine is None:
        return {"absent": _absent(list(found))}
    classes = {one.functions[0].__name__: one.functions[0] for one in found.values() if one.kind == "class"}
    inputs = rebound(reference.inputs, classes)
    values = compare(mine, reference, inputs, request["seed"])
    return _told(values, mine.report(inputs=inputs, seed=request["seed"], repair=request["repair"]))


def _absent(names: Sequence[str]) -> str:
    return f"not there: the file has {', '.join(names) or 'nothing that could be checked'}"


def _told(values: Values, report: Report) -> dict[str, Any]:
    constant = bool(report.tensors) and not any(np.any(t.numeric) for t in report.tensors.values())
    return {
        "values": values._asdict(),
        "verdict": report.verdict,
        "constant": constant,
        "findings": [vars(finding) for finding in report.findings],
        "unchecked": report.unchecked,
        "place": report.place,
        "source_text": report.source_text,
        "source_start": report.source_start,
    }


def _points(reference: str) -> Any:
    return getattr(load(reference, exits=True), "POINTS", {}) if reference.endswith(".py") else {}


if __name__ == "__main__":
    sys.exit(main())
