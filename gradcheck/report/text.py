"""A report as text: what is wrong, the explanation, the fix, the worst element, and the tensors that pass."""

import math
import os
import re
import shutil
import textwrap
from collections.abc import Sequence

import numpy as np

from ..codes import MEANINGS
from ..findings import Finding, Outcome

WIDEST = 110
COLOURS = {"FAIL": "\033[31m", "PASS": "\033[32m", "INCONCLUSIVE": "\033[33m", "warning": "\033[33m"}


def render(report: Outcome, width: int | None = None, colour: bool = False) -> str:
    """The whole report; `width` defaults to the terminal's, colour is off unless asked for."""
    width = width or min(shutil.get_terminal_size((100, 24)).columns, WIDEST)
    verdict = report.verdict.upper()
    if report.unchecked:
        return "\n".join(
            [f"{_paint(verdict, colour)}  {report.label}", *_wrap(f"  not checked: {report.unchecked}", width)]
        )
    lines = [f"{_paint(verdict, colour)}  {report.label}"]
    for finding in report.findings:
        lines += _finding(report, finding, width)
    if report.findings:
        lines += _worst(report)
    lines.append(_passing(report))
    lines += [f"note: {note}" for note in dict.fromkeys(report.notes)] if report.verdict != "pass" else []
    lines.append(f"  {report.nfev} forwards, {report.seconds * 1e3:.0f} ms, seed {report.seed}.")
    return "\n".join(wrapped for line in lines for wrapped in _wrap(line, width))


def _paint(word: str, colour: bool) -> str:
    return f"{COLOURS.get(word, '')}{word}\033[0m" if colour and not os.environ.get("NO_COLOR") else word


def _finding(report: Outcome, finding: Finding, width: int) -> list[str]:
    tensor = report.tensors.get(finding.where)
    count = f"  {tensor.n_bad}/{tensor.numeric.size} elements wrong" if tensor is not None and tensor.n_bad else ""
    head = f"{finding.severity.upper()}  {finding.code}  {finding.where}{count}"
    if finding.source:
        room = width - len(head) - len(finding.source)
        head += " " * room + finding.source if room >= 2 else f"\n    {finding.source}"
    lines = [head, f"  {finding.message}"]
    meaning = MEANINGS[finding.code]
    short = re.sub(r"(:| \().*", "", meaning)
    if finding.severity != "note" and short not in finding.message:  # else it would say the same twice
        lines.append(f"  -> {meaning}")
    if finding.fix:
        state = fix_state(finding)
        lines.append(f"  {state}: {finding.fix}")
    return lines


def fix_state(finding: Finding) -> str:
    """How far a fix was tried: an edit that passed everything, a correction of the numbers, or an idea."""
    if finding.fix_verified:
        return "verified, this edit passes every check"
    return "tried on these inputs only" if finding.fix_tried else "suggestion"


def _worst(report: Outcome) -> list[str]:
    wrong = {
        n: t
        for n, t in report.tensors.items()
        if t.n_bad and t.analytic.shape == t.numeric.shape and not np.isnan(t.analytic).all()
    }
    if not wrong:
        return []
    name = max(wrong, key=lambda n: wrong[n].rel_error)
    index, a, n = wrong[name].worst
    at = f"[{', '.join(map(str, index))}]" if index else ""
    bound = float(wrong[name].bound[index])
    return [
        f"  worst element {name}{at}: analytic {a:.6g}  numeric {n:.6g} +- {bound:.1g}   "
        f"relative error (cs231n) {wrong[name].rel_error:.2g} : {band(wrong[name].rel_error)}"
    ]


def band(error: float) -> str:
    """The course's reading of a relative error."""
    if math.isnan(error):
        return "not a number: no comparison"
    if error > 1e-2:
        return '"probably wrong"'
    if error > 1e-4:
        return '"should make you uncomfortable"'
    return '"okay if there are kinks"' if error > 1e-7 else '"be happy"'


def _passing(report: Outcome) -> str:
    right = {n: t for n, t in report.tensors.items() if not t.n_bad and t.excess <= 1}
    if report.compared == 0 or not report.tensors:
        return "no gradient was compared"
    if not right:
        return ""
    largest, error = max(t.excess for t in right.values()), max(t.rel_error for t in right.values())
    judged = " as far as they could be judged" if any(t.inconclusive_mask.any() for t in right.values()) else ""
    size = f"largest difference {largest:.2g} of the tolerance, relative error {error:.1e}"
    return f"  {', '.join(right)}: agree{judged} ({size})"


def _wrap(line: str, width: int) -> list[str]:
    parts = []
    for piece in line.split("\n"):
        if not piece:
            continue
        indent = " " * (len(piece) - len(piece.lstrip()))
        parts += textwrap.wrap(
            piece,
            width,
            subsequent_indent=indent + "    ",
            replace_whitespace=False,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [piece]
    return parts


def row(report: Outcome, label: int, gradients: int) -> str:
    """One line for a table of reports, with columns of these widths for the label and the gradients."""
    checked = {n: t for n, t in report.tensors.items() if t.analytic.shape == t.numeric.shape}
    error = f"{max((t.rel_error for t in checked.values()), default=0):.1e}"
    excess = f"{max((t.excess for t in report.tensors.values()), default=0):.2g}"
    codes = ", ".join(f"{f.code} {f.where}" for f in report.findings)
    codes = f"not checked: {report.unchecked.splitlines()[0]}" if report.unchecked else codes
    names, took = ", ".join(report.tensors), report.seconds * 1e3
    named = f"{report.verdict:12} {report.label:{label}} {names:{gradients}}"
    return f"{named} {error:>8} {excess:>8} {took:7.0f}  {codes}".rstrip()


def render_suite(reports: Sequence[Outcome], seconds: float) -> str:
    """One row per report, failing reports in full, and a total."""
    label = max([len("layer"), *(len(r.label) for r in reports)])
    gradients = max([len("gradients"), *(len(", ".join(r.tensors)) for r in reports)])
    head = f"{'verdict':12} {'layer':{label}} {'gradients':{gradients}} {'rel.err':>8} {'of tol.':>8} {'ms':>7}"
    lines = [head, *(row(r, label, gradients) for r in reports)]
    lines += [f"\n{render(r)}" for r in reports if not r.ok]
    good = sum(r.ok for r in reports)
    lines.append(f"{good} of {len(reports)} checks pass, {seconds:.2f} s")
    return "\n".join(lines)
