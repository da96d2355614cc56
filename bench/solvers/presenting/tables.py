"""The tables of a sweep, for a terminal and as Markdown, CSV, JSON or HTML."""

import csv
import html
import io
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..planning.problem import Problem
from ..reading.records import rounded
from ..reading.results import Results
from ..reading.summary import Row, reference_of, summarise
from .cells import Cells, cells, chosen, header, headline, sentence
from .guards import Warned, warnings_of
from .html_table import html_table

FORMATS = ("text", "md", "csv", "json", "html")


def table(results: Results, form: str = "text", reference: str | None = None, problem: str | None = None) -> str:
    """All tables of the results in one of FORMATS."""
    if form not in FORMATS:
        raise ValueError(f"format is {form!r}; expected one of {', '.join(FORMATS)}")
    chosen = _chosen(results, problem)
    if form == "json":
        return json.dumps({one.name: as_values(results, one, reference) for one in chosen}, indent=1, allow_nan=False)
    if form == "csv":
        return _csv(results, chosen, reference)
    write = {"text": _text, "md": _markdown, "html": _html}[form]
    return "\n\n".join(write(results, one, reference) for one in chosen)


def text_tables(results: Results, problem: str | None = None) -> str:
    """The tables for a terminal."""
    return table(results, "text", problem=problem)


def _chosen(results: Results, name: str | None) -> list[Problem]:
    found = [one for one in results.problems if name in (None, one.name)]
    if not found:
        known = ", ".join(one.name for one in results.problems)
        raise ValueError(f"there are no results of problem {name!r}. There are: {known}.")
    return found


class _Content(NamedTuple):
    """The texts of one table: header, rows, chosen settings by solver, warnings."""

    top: Cells
    body: list[Cells]
    settings: dict[str, str]
    warnings: list[Warned]


def _content(results: Results, problem: Problem, reference: str | None) -> _Content:
    base = reference_of(results, problem, reference)
    rows = summarise(results, problem, base)
    warnings = warnings_of(results, problem, rows)
    top = header(results, problem, base)
    body = [cells(row, problem, base, warnings) for row in rows]
    return _Content(top, body, {row.solver: chosen(row) for row in rows}, warnings)


def _text(results: Results, problem: Problem, reference: str | None) -> str:
    top, body, settings, warnings = _content(results, problem, reference)
    widths = [max(len(line[i]) for line in [top, *body]) for i in range(len(top))]
    lines = [headline(results, problem)]
    for line in [top, *body]:
        lines.append("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    longest = max(map(len, settings), default=0)
    told = [f"  {solver.ljust(longest)}  {text}" for solver, text in settings.items()]
    return "\n".join(
        [*lines, *(f"! {sentence(w)}" for w in warnings), "settings as tuned:" if told else "", *told]
    ).rstrip()


def _markdown(results: Results, problem: Problem, reference: str | None) -> str:
    top, body, settings, warnings = _content(results, problem, reference)
    lines = [headline(results, problem, "; ") + ".", "", _bar(top), _bar(["---"] * len(top)), *map(_bar, body)]
    told = "; ".join(f"{solver}: {text}" for solver, text in settings.items())
    lines += ["", f"Settings as tuned: {told}."] if told else []
    return "\n".join([*lines, *([""] if warnings else []), *(f"- {sentence(w)}" for w in warnings)])


def _html(results: Results, problem: Problem, reference: str | None) -> str:
    return f"<p>{html.escape(headline(results, problem, '; '))}.</p>\n{html_table(results, problem, reference)}"


def _bar(texts: Sequence[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def as_values(results: Results, problem: Problem, reference: str | None = None) -> dict[str, Any]:
    """The table as plain values: nothing is rounded for the eye; a miss, infinity, is null."""
    rows = summarise(results, problem, reference)
    warnings = warnings_of(results, problem, rows)
    content = {
        "id": problem.id, "target": problem.target, "reference": reference_of(results, problem, reference),
        "rows": [_values(row) for row in rows], "warnings": [warning._asdict() for warning in warnings],
    }  # fmt: skip
    return dict(rounded(content))


def _values(row: Row) -> dict[str, Any]:
    plain = {name: value._asdict() if hasattr(value, "_asdict") else value for name, value in row._asdict().items()}
    return {**plain, "failures": {"tuning": row.failures[0], "report": row.failures[1]}}


def _csv(results: Results, problems: Sequence[Problem], reference: str | None) -> str:
    """One line per problem and solver, with plain numbers; a miss is inf."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = ["problem", "solver", "settings", "seeds", "hits"]
    columns += [
        f"{name}_{part}" for name in ("steps", "seconds", "final", "test") for part in ("median", "low", "high")
    ]
    writer.writerow([*columns, "ratio", "ratio_low", "ratio_high", "p_holm", "failed_tuning", "failed_report"])
    for problem in problems:
        for row in summarise(results, problem, reference):
            numbers = [x for one in (row.steps, row.seconds, row.final, row.test) for x in one[:3]]
            versus = row.versus[:3] if row.versus else ("", "", "")
            head = [problem.name, row.solver, json.dumps(row.settings), row.seeds, row.hits]
            writer.writerow([*head, *numbers, *versus, row.p, *row.failures])
    return text.getvalue().rstrip("\n")
