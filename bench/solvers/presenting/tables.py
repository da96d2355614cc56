"""The tables of a sweep, for a terminal and as Markdown, CSV, JSON or HTML."""

import csv
import html
import io
import json
from collections.abc import Sequence
from itertools import chain
from textwrap import wrap
from typing import Any

from ..planning.problem import Problem
from ..reading.by_study import orders, variance
from ..reading.results import SweepResults
from ..reading.running_time import running_times
from ..reading.saved import saved
from ..reading.summary import Row, reference_of, summarise
from ..storage.record import rounded
from .guards import absent_words, warnings_of
from .html_table import html_table
from .table_content import TableContent, code_of, table_content

FORMATS = ("text", "md", "csv", "json", "html")


def table(
    results: SweepResults,
    form: str = "text",
    reference: str | None = None,
    problem: str | None = None,
    ert: bool = False,
) -> str:
    """The tables of all problems, or of the one named, in one of FORMATS. ert: with expected running times."""
    if form not in FORMATS:
        raise ValueError(f"format is {form!r}; expected one of {', '.join(FORMATS)}")
    shown = [one for one in results.problems if problem in (None, one.name)]
    if not shown:
        known = ", ".join(one.name for one in results.problems)
        raise ValueError(f"there are no results of problem {problem!r}. There are: {known}.")
    absent = [one for one in results.absent if problem in (None, one.name)]
    if form == "json":
        values = {one.name: _values(results, one, reference, ert) for one in shown}
        values |= {one.name: _without_values(results, one) for one in absent}
        return json.dumps(values, indent=1, allow_nan=False)
    if form == "csv":
        return _csv(results, shown, reference, ert)
    write = {"text": _text, "md": _markdown, "html": _html}[form]
    line = {"text": "! {}", "md": "- {}", "html": "<p>{}.</p>"}[form]
    said = [absent_words(results, one) for one in absent]
    lost = [line.format(html.escape(text) if form == "html" else text) for text in said]
    return "\n\n".join([*(write(table_content(results, one, reference, ert)) for one in shown), *lost])


def _text(content: TableContent) -> str:
    lines = [content.head, *map(content.texts, content.rows)]
    longest = max(map(len, content.settings), default=0)
    told = [f"  {solver.ljust(longest)}  {text}" for solver, text in content.settings.items()]
    told = ["settings as tuned:", *told] if told else []
    small = [["", *wrap(f"{one.title}:", 120), *padded([one.head, *one.rows])] for one in content.more]
    warned = [f"! {text}" for text in content.warnings]
    return "\n".join(["   ".join(content.headline), *padded(lines), *warned, *told, *chain(*small)])


def padded(lines: list[list[str]]) -> list[str]:
    """The cells of every line, one below the other."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]


def _markdown(content: TableContent) -> str:
    table = _markdown_table([content.head, *map(content.texts, content.rows)])
    lines = ["; ".join(content.headline) + ".", "", *table]
    told = "; ".join(f"{solver}: {text}" for solver, text in content.settings.items())
    lines += ["", f"Settings as tuned: {told}."] if told else []
    for one in content.more:
        lines += ["", f"{one.title}:", "", *_markdown_table([one.head, *one.rows])]
    return "\n".join([*lines, *([""] if content.warnings else []), *(f"- {text}" for text in content.warnings)])


def _markdown_table(rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * len(rows[0]), *rows[1:])]


def _html(content: TableContent) -> str:
    return f"<p>{html.escape('; '.join(content.headline))}.</p>\n{html_table(content)}"


def _values(results: SweepResults, problem: Problem, reference: str | None, ert: bool) -> dict[str, Any]:
    """The table as plain values: nothing is rounded for the eye; a miss, infinity, is null."""
    rows = summarise(results, problem, reference)
    values: dict[str, Any] = {
        "id": problem.id,
        "target": problem.target,
        **code_of(results, problem),
        "reference": reference_of(results, problem, reference),
        "rows": [_row_values(row) for row in rows],
        "warnings": [warning._asdict() for warning in warnings_of(results, problem, rows)],
    }
    if results.manifest.prune:
        values["pruned"] = None if (found := saved(results.entries(problem))) is None else found._asdict()
    if results.manifest.studies > 1:
        parts = {entry.solver: variance(entry)._asdict() for entry in results.entries(problem)}
        values |= {"orders": orders(results, problem), "variance": parts}
    if ert:
        values["ert"] = [one._asdict() | {"time": one.time._asdict()} for one in running_times(results, problem)]
    return dict(rounded(values))


def _without_values(results: SweepResults, problem: Problem) -> dict[str, Any]:
    """The same of a problem of which no run has finished."""
    warnings = [warning._asdict() for warning in warnings_of(results, problem, [])]
    return {"id": problem.id, "target": problem.target, "reference": None, "rows": [], "warnings": warnings}


def _row_values(row: Row) -> dict[str, Any]:
    plain = {name: value._asdict() if hasattr(value, "_asdict") else value for name, value in row._asdict().items()}
    return {**plain, "failures": {"tuning": row.failures[0], "report": row.failures[1]}}


def _csv(results: SweepResults, problems: Sequence[Problem], reference: str | None, ert: bool) -> str:
    """One line per problem and solver, with plain numbers; a miss is inf."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    parts = [f"{name}_{part}" for name in ("steps", "seconds", "final", "test") for part in ("median", "low", "high")]
    columns = ["problem", "solver", "settings", "seeds", "hits", *parts]
    more = ["ert", "restarts_low", "restarts_middle", "restarts_high"] if ert else []
    writer.writerow([*columns, "ratio", "ratio_low", "ratio_high", "p_holm", "failed_tuning", "failed_report", *more])
    for problem in problems:
        expected = {one.solver: one.time for one in running_times(results, problem)} if ert else {}
        for row in summarise(results, problem, reference):
            numbers = [x for one in (row.steps, row.seconds, row.final, row.test) for x in one[:3]]
            versus = row.versus[:3] if row.versus else ("", "", "")
            head = [problem.name, row.solver, json.dumps(row.settings), row.seeds, row.hits]
            writer.writerow(
                [*head, *numbers, *versus, row.p, *row.failures, *expected.get(row.solver, [""] * len(more))]
            )
    return text.getvalue().rstrip("\n")
