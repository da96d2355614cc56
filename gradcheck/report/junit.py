"""Reports as a JUnit file, which every CI reads: a test case a report."""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from ..findings import Outcome
from .places import place_from
from .text import render

WIDTH = 100
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 has no way to write these


def junit(reports: Sequence[Outcome], name: str = "gradcheck") -> str:
    """The XML text. A report that fails is a failure, one that is inconclusive an error."""
    failures = [r for r in reports if r.verdict == "fail"]
    errors = [r for r in reports if r.verdict == "inconclusive"]
    counts = {
        "tests": str(len(reports)),
        "failures": str(len(failures)),
        "errors": str(len(errors)),
        "skipped": "0",
        "time": f"{sum(r.seconds for r in reports):.3f}",
    }
    root = ElementTree.Element("testsuites", {"name": name, **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": name, **counts})
    for report in reports:
        suite.append(_case(report))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(report: Outcome) -> ElementTree.Element:
    place = place_from(report.place)
    named = {"name": _plain(report.label), "time": f"{report.seconds:.3f}"}
    named["classname"] = _plain(Path(place.file).stem) if place else "gradcheck"
    if place:
        named |= {"file": _plain(place.file), "line": str(place.line)}
    case = ElementTree.Element("testcase", named)
    if report.verdict == "fail":
        wrong = [f for f in report.findings if f.severity != "note"]
        words = {"type": wrong[0].code, "message": _plain("; ".join(f"{f.code} {f.where}: {f.message}" for f in wrong))}
        ElementTree.SubElement(case, "failure", words).text = _plain(render(report, width=WIDTH))
    elif report.verdict == "inconclusive":
        words = {"type": "inconclusive", "message": _plain(report.unchecked or "; ".join(dict.fromkeys(report.notes)))}
        ElementTree.SubElement(case, "error", words).text = _plain(render(report, width=WIDTH))
    return case


def _plain(text: str) -> str:
    return _NOT_XML.sub("?", text)
