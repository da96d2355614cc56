"""What runs in a process of its own for a file: loads it, checks what it holds, and tells each step.

`python -P -m gradcheck.finder.worker`, with the request as JSON on standard input. What the file prints goes nowhere.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from base.user_imports import importable

from ..report.report import Report
from ..workers import asked
from .find import subjects_of
from .loading import load_file
from .subject import Subject
from .transfer import packed


def main() -> int:
    """Answer one request."""
    request, tell = asked()
    try:
        path = Path(request["path"])
        with importable(path.parent, Path(request["working"])):  # this process runs in the folder of the file
            loaded = load_file(path, bool(request["definitions_only"]))
        subjects = subjects_of(loaded)
    except (Exception, SystemExit) as error:
        tell(unloadable=" ".join(f"{error}".split()) or type(error).__name__)
        return 0
    tell(found=[[one.name, one.kind, one.where] for one in subjects], notes=loaded.notes)
    for k, subject in enumerate(subjects):
        if k not in request["skip"]:
            tell(begin=k)
            tell(report=packed(_worst(subject, request), bool(request["sweeps"])))
    tell(end=True)
    return 0


def _worst(subject: Subject, request: Mapping[str, Any]) -> Report:
    """The first report of the seeds that is not a pass, else the last."""
    report = Report(label=subject.name)
    for k in range(request["seeds"]):
        report = subject.report(seed=request["seed"] + k, **request["options"])
        if report.verdict != "pass":
            break
    return report


if __name__ == "__main__":
    sys.exit(main())
