"""The tables of a sweep, for a terminal and as Markdown, CSV, JSON or HTML."""

import csv
import html
import io
import json
import math
from collections.abc import Sequence
from typing import Any

from .guards import Warned, warnings_of
from .problem import Problem
from .records import rounded
from .results import Results
from .statistics import Interval
from .summary import BUDGETS, Row, reference_of, summarise

FORMATS = ("text", "md", "csv", "json", "html")
Cells = list[str]


def table(results: Results, form: str = "text", reference: str | None = None, problem: str | None = None) -> str:
    """All tables of the results in one of FORMATS."""
    if form not in FORMATS:
        raise ValueError(f"format is {form!r}; expected one of {', '.join(FORMATS)}")
    chosen = _chosen(results, problem)
    if form == "json":
        return json.dumps({one.name: as_values(results, one, reference) for one in chosen}, indent=1, allow_nan=False)
    if form == "csv":
        return _csv(results, chosen, reference)
    write = {"text": _text, "md": _markdown, "html": html_table}[form]
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


def headline(results: Results, problem: Problem) -> str:
    """What was asked: problem, target, seeds, trials."""
    target, m = problem.target, results.manifest
    what = "validation error" if target["measure"] == "val_error" else "distance to the optimum"
    goal = percent(target["value"]) if target["measure"] == "val_error" else f"{target['value']:g}"
    return (
        f"problem {problem.name} (id {problem.id[:8]})   target {what} <= {goal}   {m.seeds} seeds, paired   "
        f"{m.trials} trials each, Halton"
    )


def header(problem: Problem, reference: str, metric: str = "steps") -> Cells:
    """The names of the columns."""
    error = "final val error" if problem.target["measure"] == "val_error" else "final distance"
    budgets = "/".join(map(str, BUDGETS))
    return ["solver", "lr", f"{metric} to target [95 %]", "hit", "seconds", error, f"ratio to {reference} [95 %]",
            "p (Holm)", f"tuned with {budgets}", "test error", "failed"]  # fmt: skip


def cells(row: Row, problem: Problem, warnings: Sequence[Warned]) -> Cells:
    """One row as texts."""
    show = percent if problem.target["measure"] == "val_error" else number
    lr = row.settings.get("learning_rate")
    edge = "!" if any(w.guard == "edge" and w.solver == row.solver for w in warnings) else ""
    versus = (
        "reference"
        if row.versus is None
        else f"{row.versus.ratio:.2f} {_bounds(row.versus.low, row.versus.high, '{:.2f}')}"
    )
    return [
        row.solver,
        "-" if lr is None else f"{lr:.2g}{edge}",
        interval(row.steps, count),
        f"{row.hits}/{row.seeds}",
        "never" if math.isinf(row.seconds.median) else f"{row.seconds.median:.2f}",
        interval(row.final, show),
        versus.strip(),
        "-" if math.isnan(row.p) else f"{row.p:.2g}",
        " / ".join(map(show, row.budget)),
        interval(row.test, percent),
        str(sum(row.failures)) if any(row.failures) else "0",
    ]


def percent(value: float) -> str:
    """A share as a percentage with two digits behind the point."""
    return f"{100 * value:.2f} %"


def number(value: float) -> str:
    """A number to three digits."""
    return f"{value:.3g}"


def count(value: float) -> str:
    """A number of steps, or of epochs or seconds, which may be fractions; infinity is never."""
    if math.isinf(value):
        return "never"
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.3g}"


def interval(value: Interval, show: Any) -> str:
    """Median and bounds, as in `1,200 [900, never]`."""
    if math.isnan(value.low):
        return str(show(value.median))
    if value.low == value.high == value.median:
        return str(show(value.median))
    return f"{show(value.median)} [{show(value.low)}, {show(value.high)}]"


def _bounds(low: float, high: float, form: str) -> str:
    return "" if math.isnan(low) else f"[{form.format(low)}, {form.format(high)}]"


def _rows(results: Results, problem: Problem, reference: str | None) -> tuple[Cells, list[Cells], list[Warned]]:
    rows = summarise(results, problem, reference)
    warnings = warnings_of(results, problem, rows)
    top = header(problem, reference_of(results, problem, reference), results.metric)
    return top, [cells(row, problem, warnings) for row in rows], warnings


def _text(results: Results, problem: Problem, reference: str | None) -> str:
    top, body, warnings = _rows(results, problem, reference)
    widths = [max(len(line[i]) for line in [top, *body]) for i in range(len(top))]
    lines = [headline(results, problem)]
    for line in [top, *body]:
        lines.append("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    return "\n".join([*lines, *(f"! {_sentence(w)}" for w in warnings)])


def _markdown(results: Results, problem: Problem, reference: str | None) -> str:
    top, body, warnings = _rows(results, problem, reference)
    lines = [headline(results, problem), "", _bar(top), _bar(["---"] * len(top)), *map(_bar, body)]
    return "\n".join([*lines, "", *(f"- {_sentence(w)}" for w in warnings)])


def _bar(texts: Sequence[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def _sentence(warning: Warned) -> str:
    return f"{warning.solver}: {warning.text}" if warning.solver else warning.text


def html_table(results: Results, problem: Problem, reference: str | None) -> str:
    """A table whose cells carry `data-v`, the number to sort by, and a list of the warnings."""
    rows = summarise(results, problem, reference)
    warnings = warnings_of(results, problem, rows)
    top = header(problem, reference_of(results, problem, reference), results.metric)
    head = "".join(f'<th scope="col"><button type="button">{html.escape(text)}</button></th>' for text in top)
    body = "".join(_html_row(row, problem, warnings) for row in rows)
    notes = "".join(f"<li>{html.escape(_sentence(w))}</li>" for w in warnings)
    foot = f'<ul class="warnings">{notes}</ul>' if notes else ""
    return f'<table class="sortable"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{foot}'


def _html_row(row: Row, problem: Problem, warnings: Sequence[Warned]) -> str:
    keys = (
        row.solver, row.settings.get("learning_rate"), row.steps.median, row.hits, row.seconds.median, row.final.median,
        1.0 if row.versus is None else row.versus.ratio, row.p, row.budget[0] if row.budget else None, row.test.median,
        sum(row.failures),
    )  # fmt: skip
    texts = cells(row, problem, warnings)
    pairs = zip(keys, texts, strict=True)
    return "<tr>" + "".join(f'<td data-v="{_key(key)}">{_two_lines(text)}</td>' for key, text in pairs) + "</tr>"


def _two_lines(text: str) -> str:
    """The median, and below it, smaller, its interval."""
    value, bracket, bounds = html.escape(text).partition(" [")
    return f"{value}<small>[{bounds}</small>" if bracket else value


def _key(value: Any) -> str:
    if isinstance(value, str):
        return html.escape(value)
    missing = value is None or not math.isfinite(value)
    return "1e999" if missing else repr(float(value))


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
    return text.getvalue()
