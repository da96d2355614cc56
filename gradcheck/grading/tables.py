"""Grades as text and as CSV."""

import csv
import io
from collections.abc import Sequence

from .grade import Graded, Row, describe
from .values import WRONG

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would compute


def rows_of(graded: Graded, hints_only: bool) -> list[str]:
    """The table of one submission: a row a function with its points, then the sum."""
    lines = [graded.label]
    if graded.unloadable is not None:
        lines.append(f"  cannot be graded: {graded.unloadable}")
    else:
        lines += [
            f"  {row.name:28} {row.points:6g} of {row.of:<5g} values {row.values:13} gradients {row.verdict:13}"
            f" {describe(row, hints_only)}".rstrip()
            for row in graded.rows
        ]
    return [*lines, f"  {'total':28} {graded.points:6g} of {graded.of:g}"]


def line_of(graded: Graded) -> str:
    """One line for a table of many submissions: points, and the functions that lost some."""
    lost = [f"{row.name} ({_why(row)})" for row in graded.rows if row.points < row.of]
    why = graded.unloadable if graded.unloadable is not None else ", ".join(lost)
    return f"{graded.label:32} {graded.points:6g} of {graded.of:<5g} {why}".rstrip()


def _why(row: Row) -> str:
    wrong = [finding.code for finding in row.findings if finding.severity != "note"]
    values = ["values"] if row.values == WRONG else []
    return ", ".join([*values, *wrong[:1]]) or row.verdict


def csv_of(grades: Sequence[Graded]) -> str:
    """A row a submission: its points by function, their sum, what could be had, and a remark."""
    names = [row.name for row in grades[0].rows] if grades else []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["submission", *map(_cell, names), "total", "of", "remark"])
    for graded in grades:
        points = [f"{row.points:g}" for row in graded.rows]
        remark = graded.unloadable or "; ".join(f"{r.name}: {r.verdict}" for r in graded.rows if r.verdict == "ended")
        writer.writerow([_cell(graded.label), *points, f"{graded.points:g}", f"{graded.of:g}", _cell(remark)])
    return text.getvalue()


def _cell(text: str) -> str:
    """A file may be called =HYPERLINK(...): in a spreadsheet that is text as well."""
    return f"'{text}" if text.startswith(_FORMULA) else text
