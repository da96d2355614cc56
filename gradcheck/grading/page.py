"""The page that a student gets: points, what is wrong with each function, and with `hints_only` not how to mend it."""

from dataclasses import replace
from html import escape

from ..findings import Finding, Outcome
from ..report.html import document, finding_block, source_block
from .grade import Graded, Row, describe
from .values import WRONG

WHY = {
    "missing": "This function was not found in the file.",
    "ended": "This function did not come back.",
    "inconclusive": "The numeric derivative cannot judge here: ask your teacher to look.",
    "not checked": "This function could not be checked.",
}


def page(graded: Graded, hints_only: bool) -> str:
    """One self-contained HTML page, all of whose words are escaped."""
    title = f"{graded.label}: {graded.points:g} of {graded.of:g} points"
    body = f"<section>{_table(graded, hints_only)}</section>"
    if graded.unloadable is not None:
        body = f'<section><div class="finding">{escape(graded.unloadable)}</div></section>'
    else:
        body += "".join(_function(row, hints_only) for row in graded.rows if row.points < row.of)
    return document(title, body)


def _table(graded: Graded, hints_only: bool) -> str:
    rows = "".join(
        f'<tr><td class="{"pass" if row.points == row.of else "fail"}">{escape(row.name)}</td>'
        f'<td class="n">{row.points:g} of {row.of:g}</td><td>{escape(row.values)}</td><td>{escape(row.verdict)}</td>'
        f"<td>{escape(describe(row, hints_only))}</td></tr>"
        for row in graded.rows
    )
    return f'<table><tr><th>function<th class="n">points<th>values<th>gradients<th></tr>{rows}</table>'


def _function(row: Row, hints_only: bool) -> str:
    findings = [hint(finding) for finding in row.findings] if hints_only else row.findings
    words = [WHY.get(row.verdict, ""), _sentence(row) if row.words else ""]
    words += [f"Values: {row.numbers}."] if row.numbers and not hints_only else []
    head = f'<h2>{escape(row.name)} <span class="soft">{row.points:g} of {row.of:g} points</span></h2>'
    told = "".join(f"<div>{escape(word)}</div>" for word in words if word)
    outcome = Outcome(row.name, findings, source_text=row.source_text, source_start=row.source_start)
    return f"<section>{head}{told}{''.join(map(finding_block, findings))}{source_block(outcome)}</section>"


def _sentence(row: Row) -> str:
    text = f"Values: {row.words}" if row.values == WRONG else f"{row.words[0].upper()}{row.words[1:]}"
    return f"{text}."


def hint(finding: Finding) -> Finding:
    """The bug by its name, where it shows and in which line; no numbers, no explanation, no edit.

    The explanation often is the solution: 'computed dout @ w, should be dout @ w.T'.
    """
    return replace(finding, message="", fix=None, fix_verified=False, fix_tried=False, evidence={})
