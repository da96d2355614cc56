"""A table as HTML that a script can sort: every cell carries the number behind its text."""

import html
import math

from .study_tables import SmallTable
from .table_content import TableContent


def html_table(content: TableContent) -> str:
    """A table whose cells carry `data-v`, the number to sort by, and lists of warnings and settings."""
    head = "".join(f'<th scope="col"><button type="button">{html.escape(text)}</button></th>' for text in content.head)
    body = "".join(
        "<tr>"
        + "".join(f'<td data-v="{_key(one.key(row))}">{_two_lines(one.text(row))}</td>' for one in content.columns)
        + "</tr>"
        for row in content.rows
    )
    notes = "".join(f"<li>{html.escape(warning)}</li>" for warning in content.warnings)
    foot = f'<ul class="warnings">{notes}</ul>' if notes else ""
    settings = content.settings.items()
    told = "".join(f"<li><b>{html.escape(solver)}</b> {html.escape(text)}</li>" for solver, text in settings)
    foot += f'<p>Settings as tuned:</p><ul class="settings">{told}</ul>' if told else ""
    foot += "".join(map(_small, content.more))
    whole = f'<table class="sortable"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="scroll">{whole}</div>{foot}'


def _small(one: SmallTable) -> str:
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in one.head)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(text)}</td>' for text in row)}</tr>" for row in one.rows)
    table = f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<p>{html.escape(one.title)}:</p><div class="scroll">{table}</div>'


def _two_lines(text: str) -> str:
    """The median, and below it, smaller, its interval."""
    value, bracket, bounds = html.escape(text).replace(" %", "&nbsp;%").partition(" [")
    return f"{value}<small>[{bounds}</small>" if bracket else value


def _key(key: str | float | None) -> str:
    if isinstance(key, str):
        return html.escape(key)
    return "1e999" if key is None or not math.isfinite(key) else repr(float(key))
