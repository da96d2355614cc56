"""Reports as one self-contained HTML page: no script, no network, pictures as inline SVG (see `pictures.py`)."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from ..codes import MEANINGS
from ..findings import Finding, Outcome, TensorResult
from .pictures import DOTS, MOST, heat_map, scatter, sweep
from .text import band, fix_state

STYLE = """
:root{color-scheme:light
dark;--ink:#1c2230;--soft:#5c6678;--line:#d9dee7;--page:#f6f7f9;--card:#fff;--bad:#b3261e;
--good:#1b7f4b;
--odd:#9a6700;--mark:#fdecea;--blue:#2458c5}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#9aa4b5;--line:#343b48;--page:#14171c;--card:#1c2027;--bad:#ff8a80;
--good:#6fd19a;
--odd:#e3b341;--mark:#4a2320;--blue:#8ab0ff}
}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);margin:0
auto;max-width:1080px;padding:24px}
h1{font-size:22px;margin:0 0 4px}
h2{font-size:18px;margin:0}
h3{font-size:14px;margin:18px 0 4px;color:var(--soft);font-weight:600}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 22px;margin:18px 0}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.fail{color:var(--bad)}
.pass{color:var(--good)}
.inconclusive,.warning{color:var(--odd)}
.badge{font-weight:700;text-transform:uppercase}
.finding{border-left:4px solid var(--bad);padding:4px 0 4px 14px;margin:12px 0}
.finding.warning{border-color:var(--odd);color:inherit}
.code{font:600 14px ui-monospace,monospace}
.fix{color:var(--good)}
pre{font:13px/1.45 ui-monospace,monospace;overflow-x:auto;margin:6px 0}
pre b{display:block;font-weight:inherit;background:var(--mark)}
.row{display:flex;flex-wrap:wrap;gap:18px}
figure{margin:0;flex:1 1 300px}
figcaption{color:var(--soft);font-size:13px}
svg{width:100%;height:auto}
svg text{fill:var(--soft);font:11px system-ui,sans-serif}
.soft{color:var(--soft)}
"""


def write(reports: Sequence[Outcome], path: str | Path) -> Path:
    """Write the page and return its path."""
    path = Path(path)
    path.write_text(page(reports), encoding="utf-8")
    return path


def page(reports: Sequence[Outcome]) -> str:
    """The whole page: a table of all reports where there are several, then the reports, those that fail first."""
    failed = sum(not r.ok for r in reports)
    title = (
        f"gradcheck: {reports[0].label}" if len(reports) == 1 else f"gradcheck: {failed} of {len(reports)} checks fail"
    )
    ordered = sorted(reports, key=lambda r: r.ok)
    shown = ordered if len(reports) <= 3 else [r for r in ordered if not r.ok][:30]
    body = (table(ordered) if len(reports) > 1 else "") + "".join(map(section, shown))
    return document(title, body)


def document(title: str, body: str) -> str:
    """A whole page in the one style: a title in plain text, and a body of HTML."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>\n"
    )


def table(reports: Sequence[Outcome]) -> str:
    """A table with a row a report."""
    rows = "".join(
        f'<tr><td class="{r.verdict}">{r.verdict}</td><td>{escape(r.label)}</td>'
        f"<td>{escape(r.unchecked or ', '.join(f'{f.code} {f.where}' for f in r.findings))}</td>"
        f'<td class="n">{r.seconds * 1e3:.0f}</td></tr>' for r in reports
    )  # fmt: skip
    return f'<section><table><tr><th>verdict<th>check<th>findings<th class="n">ms</tr>{rows}</table></section>'


def section(report: Outcome, figures: int = 4, cells: int = MOST, dots: int = DOTS) -> str:
    """One report; pictures of at most `figures` arguments, with so many cells along an axis, and dots."""
    head = f'<h2><span class="badge {report.verdict}">{report.verdict}</span> {escape(report.label)}</h2>'
    cost = f'<div class="soft">{report.nfev} forwards, {report.seconds * 1e3:.0f} ms, seed {report.seed}</div>'
    findings = "".join(map(finding_block, report.findings))
    notes = "".join(f'<div class="soft">{escape(n)}</div>' for n in dict.fromkeys(report.notes))
    if report.unchecked:
        return f'<section>{head}<div class="finding warning">{escape(report.unchecked)}</div></section>'
    pictures = _figures(report, figures, cells, dots)
    return f"<section>{head}{cost}{findings}{source_block(report)}{_tensors(report)}{pictures}{notes}</section>"


def finding_block(finding: Finding) -> str:
    """One finding: its code, where it shows, what it means, its line and its fix."""
    source = f"<pre>{escape(finding.source)}</pre>" if finding.source else ""
    state = fix_state(finding)
    fix = f'<div class="fix">{state}: {escape(finding.fix)}</div>' if finding.fix else ""
    return (
        f'<div class="finding {finding.severity}"><span class="code">{finding.code}</span> {escape(finding.where)}'
        f'<div>{escape(finding.message)}</div><div class="soft">{escape(MEANINGS[finding.code])}</div>'
        f"{source}{fix}</div>"
    )


def source_block(report: Outcome) -> str:
    """The function under test, with the lines that findings point to marked."""
    if not report.source_text or report.ok:
        return ""
    marked = {_line(f.source) for f in report.findings if f.source}
    lines = []
    for number, text in enumerate(report.source_text.rstrip("\n").split("\n"), report.source_start):
        line = f"{number:4}  {escape(text)}"
        lines.append(f"<b>{line}</b>" if number in marked else line + "\n")
    return f"<h3>source</h3><pre>{''.join(lines)}</pre>"


def _line(source: str) -> int | None:
    number = source.split("  ")[0].rpartition(":")[2]
    return int(number) if number.isdigit() else None


def _tensors(report: Outcome) -> str:
    if not report.tensors:
        return ""
    rows = "".join(_tensor(name, t) for name, t in report.tensors.items())
    return (
        '<h3>gradients</h3><table><tr><th>argument<th>shape<th class="n">wrong<th class="n">relative error (cs231n)'
        f'<th class="n">largest difference / tolerance<th>method</tr>{rows}</table>'
    )


def _tensor(name: str, t: TensorResult) -> str:
    state = "fail" if t.n_bad else "pass"
    return (
        f'<tr><td class="{state}">{escape(name)}</td><td>{t.numeric.shape}</td>'
        f'<td class="n">{t.n_bad} of {t.numeric.size}</td>'
        f'<td class="n">{t.rel_error:.2g} {escape(band(t.rel_error))}</td><td class="n">{t.excess:.2g}</td>'
        f"<td>{escape(t.method)}</td></tr>"
    )


def _figures(report: Outcome, most: int, cells: int, dots: int) -> str:
    wrong = [n for n, t in report.tensors.items() if t.n_bad] or list(report.tensors)[:1]
    blocks = []
    for name in wrong[:most]:
        t = report.tensors[name]
        if t.analytic.shape == t.numeric.shape and t.numeric.size:
            figures = heat_map(t, cells) + scatter(t, dots) + sweep(report.sweep(name))
            blocks.append(f'<h3>{escape(name)}</h3><div class="row">{figures}</div>')
    return "".join(blocks)
