"""A table as HTML that a script can sort: every cell carries the number behind its text."""

import html
import math
from collections.abc import Sequence
from typing import Any

from ..planning.problem import Problem
from ..reading.results import Results
from ..reading.summary import Row, reference_of, summarise
from .cells import cells, chosen, header, sentence
from .guards import Warned, warnings_of


def html_table(results: Results, problem: Problem, reference: str | None) -> str:
    """A table whose cells carry `data-v`, the number to sort by, and a list of the warnings."""
    base = reference_of(results, problem, reference)
    rows = summarise(results, problem, base)
    warnings = warnings_of(results, problem, rows)
    top = header(results, problem, base)
    head = "".join(f'<th scope="col"><button type="button">{html.escape(text)}</button></th>' for text in top)
    body = "".join(_html_row(row, problem, base, warnings) for row in rows)
    notes = "".join(f"<li>{html.escape(sentence(w))}</li>" for w in warnings)
    foot = f'<ul class="warnings">{notes}</ul>' if notes else ""
    told = "".join(f"<li><b>{html.escape(row.solver)}</b> {html.escape(chosen(row))}</li>" for row in rows)
    foot += f'<p>Settings as tuned:</p><ul class="settings">{told}</ul>' if told else ""
    whole = f'<table class="sortable"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="scroll">{whole}</div>{foot}'


def _html_row(row: Row, problem: Problem, reference: str, warnings: Sequence[Warned]) -> str:
    keys = (
        row.solver, row.settings.get("learning_rate"), row.steps.median, row.hits, row.seconds.median, row.final.median,
        1.0 if row.versus is None else row.versus.ratio, row.p, next(iter(row.budget.values()), None), row.test.median,
        sum(row.failures),
    )  # fmt: skip
    texts = cells(row, problem, reference, warnings)
    pairs = zip(keys, texts, strict=True)
    return "<tr>" + "".join(f'<td data-v="{_key(key)}">{_two_lines(text)}</td>' for key, text in pairs) + "</tr>"


def _two_lines(text: str) -> str:
    """The median, and below it, smaller, its interval."""
    value, bracket, bounds = html.escape(text).replace(" %", "&nbsp;%").partition(" [")
    return f"{value}<small>[{bounds}</small>" if bracket else value


def _key(value: Any) -> str:
    if isinstance(value, str):
        return html.escape(value)
    missing = value is None or not math.isfinite(value)
    return "1e999" if missing else repr(float(value))
