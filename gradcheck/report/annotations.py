"""Findings as remarks on lines of files: for GitHub's pages (`--format github`) and for SARIF readers (`--sarif`)."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..codes import MEANINGS
from ..findings import Finding, Outcome
from .places import place_from
from .text import fix_state

UNCHECKED = "NOT_CHECKED"  # the rule under which stands what could not be checked, or not be judged
LEVELS = {"error": "error", "warning": "warning", "note": "notice"}  # as GitHub calls them
SARIF_LEVELS = {"error": "error", "warning": "warning", "notice": "note"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class Annotation(NamedTuple):
    """One remark. file: relative to the working folder where it is below it, None where there is no file."""

    level: str
    code: str
    file: str | None
    line: int
    title: str
    message: str


def annotations(reports: Sequence[Outcome]) -> list[Annotation]:
    """A remark for each finding of a report that is not ok, and one for each that is inconclusive."""
    remarks = []
    for report in reports:
        place = place_from(report.place)
        file, line = (_shown(place.file), place.line) if place else (None, 1)
        label = f"{report.label} ({place.cell})" if place and place.cell else report.label
        if report.verdict == "inconclusive":
            words = report.unchecked or "; ".join(dict.fromkeys(report.notes)) or "the numeric derivative cannot judge"
            remarks.append(Annotation("warning", UNCHECKED, file, line, f"{label}: not judged", words))
        elif not report.ok:
            remarks += [_remark(label, finding, file, line) for finding in report.findings]
    return remarks


def _remark(label: str, finding: Finding, file: str | None, line: int) -> Annotation:
    where = re.match(r"(?P<file>.+?):(?P<line>\d+)", finding.source or "")
    if where and file and Path(file).name == Path(where["file"]).name:
        line = int(where["line"])
    words = [finding.message, MEANINGS[finding.code]]
    words += [f"{fix_state(finding)}: {finding.fix}"] if finding.fix else []
    title = f"{label}: {finding.code} {finding.where}"
    return Annotation(LEVELS[finding.severity], finding.code, file, line, title, "\n".join(words))


def _shown(file: str) -> str:
    """The path relative to the working folder, where it is below it."""
    path, here = Path(file), Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def github(reports: Sequence[Outcome]) -> str:
    """Workflow commands, a line each: GitHub shows them beside the lines of a pull request."""
    return "\n".join(_command(remark) for remark in annotations(reports))


def _command(remark: Annotation) -> str:
    places = {"file": remark.file, "line": str(remark.line)} if remark.file else {}
    told = ",".join(f"{key}={_property(value)}" for key, value in {**places, "title": remark.title}.items() if value)
    return f"::{remark.level} {told}::{_data(remark.message)}"


def _data(text: str) -> str:
    """A line's end would end the command, and what follows could be a command of its own."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(reports: Sequence[Outcome]) -> str:
    """SARIF 2.1.0, the format that code scanning and editors read."""
    remarks = annotations(reports)
    known = {**MEANINGS, UNCHECKED: "there was nothing to compare, or the numeric derivative cannot judge"}
    rules = [{"id": code, "shortDescription": {"text": known[code]}} for code in dict.fromkeys(r.code for r in remarks)]
    driver = {"name": "layergraph gradcheck", "rules": rules}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(remark) for remark in remarks]}],
    }
    return json.dumps(log, indent=2)


def _result(remark: Annotation) -> dict[str, Any]:
    message = {"text": f"{remark.title}\n{remark.message}"}
    result: dict[str, Any] = {"ruleId": remark.code, "level": SARIF_LEVELS[remark.level], "message": message}
    if remark.file:
        uri = Path(remark.file).as_uri() if Path(remark.file).is_absolute() else _relative_uri(remark.file)
        place = {"artifactLocation": {"uri": uri}, "region": {"startLine": remark.line}}
        result["locations"] = [{"physicalLocation": place}]
    return result


def _relative_uri(file: str) -> str:
    here = Path.cwd().as_uri() + "/"
    return (Path.cwd() / file).as_uri().removeprefix(here)
