"""Reports as one element for a notebook: a page's words with styles that reach no further, and small pictures."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ..findings import Outcome
from .html import STYLE, section, table

MOST_BYTES = 60_000  # of a fragment: it is stored in the notebook with every run of its cell
CELLS, DOTS = 14, 120
LINES = 40  # of the source, around the first line that a finding points to
_RULE = re.compile(r"([^{}@]+)\{([^{}]*)\}")


def fragment(reports: Sequence[Outcome]) -> str:
    """One `<div>`, at most 60 kB: the table where there are several reports, and those that fail as far as they fit."""
    failing = [r for r in reports if not r.ok] if len(reports) > 1 else list(reports)
    parts = [f"<style>{_scoped(STYLE)}</style>", table(reports) if len(reports) > 1 else ""]
    left = MOST_BYTES - 200 - sum(len(part.encode()) for part in parts)
    for shown, report in enumerate(failing):
        part = _fitting(report, left)
        if part is None:
            parts.append(f'<div class="soft">{len(failing) - shown} more: print them, or write a page (to_html)</div>')
            break
        parts.append(part)
        left -= len(part.encode())
    return f'<div class="gradcheck">{"".join(parts)}</div>'


def _fitting(report: Outcome, room: int) -> str | None:
    """The report's section as rich as `room` bytes allow: with pictures, without, without its source."""
    excerpt = _excerpt(report)
    for version, figures in ((excerpt, 1), (excerpt, 0), (replace(excerpt, source_text=None), 0)):
        text = section(version, figures, CELLS, DOTS)
        if len(text.encode()) <= room:
            return text
    return None


def _excerpt(report: Outcome) -> Outcome:
    """The report with the lines of source around the first that a finding points to."""
    lines = (report.source_text or "").split("\n")
    found = (re.search(r":(\d+)", f.source) for f in report.findings if f.source)
    at = next((int(match[1]) for match in found if match), report.source_start) - report.source_start
    first = max(0, min(at - LINES // 2, len(lines) - LINES))
    return replace(
        report, source_text="\n".join(lines[first : first + LINES]), source_start=report.source_start + first
    )


def _scoped(style: str) -> str:
    """The page's style with every selector put below `.gradcheck`: a notebook has headings and tables of its own."""

    def rule(match: re.Match[str]) -> str:
        names = (name.strip() for name in match[1].split(","))
        own = (".gradcheck" if name in (":root", "body") else f".gradcheck {name}" for name in names)
        return f"{','.join(own)}{{{match[2]}}}"

    return _RULE.sub(rule, style)
