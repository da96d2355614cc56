"""Puts the page together: headline, tables, plots as inline SVG, protocol, machine, commands. Nothing is fetched."""

import html
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from base.atomic import atomic_write

from ..planning.problem import Problem
from ..reading.entry import Entry
from ..reading.results import SweepResults
from .figures import figures
from .finding import finding
from .guards import absent_words
from .html_table import html_table
from .inline_svg import inline_svg
from .number_texts import counted
from .protocol import commands, problem_words, protocol, space_words
from .table_content import code_of, table_content

PICTURES = {  # name -> title, caption; in the order of the page
    "time_to_target": (
        "{metric} to the target",
        "Each dot is a seed, the diamond the median, the bar its interval; an arrow has no upper end.",
    ),
    "curves": ("Curves", "Median over seeds; the band is the 95 % interval of the median."),
    "ecdf": (
        "Many targets at once",
        "The share of pairs of seed and target reached so far: speed on easy and on hard targets in one curve.",
    ),
    "pairs": (
        "Who is first on the same seed",
        "Bold where the interval leaves out one half; the intervals are corrected for the number of pairs.",
    ),
    "lr_sensitivity": (
        "Sensitivity to the learning rate",
        "A wide, flat valley forgives a badly chosen rate. Dots are trials; other settings vary.",
    ),
    "budget": (
        "What tuning buys",
        "The best of k random trials, on average: a solver with many settings needs more of them.",
    ),
    "slices": ("Tuning trials", "Where in its search space each solver does well."),
    "parallel": (
        "Combinations of settings",
        "A line is a trial; dark ones reached a small measure, the orange one was chosen. Solvers of one setting are in"
        " the plot before.",
    ),
    "updates": ("Size of a step", "The grey band, 1e-4 to 1e-2, is where course notes expect a healthy run."),
    "profile": ("All problems together", "Number in brackets: area under the curve, in per cent."),
}
GROUPED = " The dots of a study stand together; median and interval are over studies."
POOLED = " Runs of all studies together: what looks like an interval knows the seeds, not the luck of a tuning draw."
LEGEND = (
    "Medians over seeds (of several studies: over studies), in brackets the 95 % interval. hit: seeds that met the"
    " target. seconds: of training till then. The ratio to the reference is of the times to the target on the same"
    " seeds, below 1 is faster; its intervals are not corrected for the number of solvers, p is. tuned with k: what the"
    " best of k trials reaches on average. failed: runs that diverged, in tuning and report. Click a head to sort."
)


def write_report(
    results: SweepResults, path: Path, reference: str | None = None, plots: Sequence[str] | None = None
) -> Path:
    """Write the page, with all plots or those named; the old one stays until the new one is whole."""
    page = make_page(results, reference, plots)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, lambda stream: stream.write(page.encode()))
    return path


def make_page(results: SweepResults, reference: str | None = None, plots: Sequence[str] | None = None) -> str:
    """The page as text."""
    names = ", ".join(problem.name for problem in results.problems)
    made = figures(results, plots).items()
    drawn = {name: inline_svg(figure, number) for number, (name, figure) in enumerate(made)}
    parts = [
        f"<h1>Solvers on {html.escape(names)}</h1>",
        f"<p class='lead'>{html.escape(_lead(results))}</p>",
        *(_problem_section(results, problem, reference, drawn) for problem in results.problems),
        _figure(results, "profile", drawn["profile"]) if "profile" in drawn else "",
        _protocol_section(results),
        _machine_section(results.all),
        _commands_section(results),
    ]
    script, style = _asset("page.js"), _asset("page.css")
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>Solvers on {html.escape(names)}</title>\n<link rel="icon" href="data:,">\n<style>\n{style}</style>\n'
        f"</head>\n<body>\n<main>\n{chr(10).join(part for part in parts if part)}\n</main>\n"
        f"<script>\n{script}</script>\n</body>\n</html>\n"
    )


def _lead(results: SweepResults) -> str:
    m = results.manifest
    pruned = ", pruned by successive halving" if m.prune else ""
    missing = f" {results.missing} planned runs are still missing." if results.missing else ""
    absent = [absent_words(results, one) for one in results.absent]
    missing += "".join(f" {text[:1].upper()}{text[1:]}." for text in absent)  # a reason in it keeps its capitals
    again = f"; all of that in {m.studies} independent studies" if m.studies > 1 else ""
    return (
        f"{len(results.solvers)} solvers, {counted(len(results.problems), 'problem')};"
        f" {m.trials} tuning trials each{pruned}, then {m.seeds} fresh seeds, paired{again}.{missing}"
    )


def _problem_section(results: SweepResults, problem: Problem, reference: str | None, drawn: Mapping[str, str]) -> str:
    content = table_content(results, problem, reference)
    plots = [
        _figure(results, name, drawn[f"{problem.name}-{name}"], problem.name)
        for name in PICTURES
        if f"{problem.name}-{name}" in drawn
    ]
    return (
        f'<section id="{html.escape(problem.name)}">\n<h2>{html.escape(problem.title)}</h2>\n'
        f"<p><strong>{html.escape(finding(content.rows, results.metric))}</strong></p>\n"
        f"<p>{html.escape(problem_words(problem))}</p>\n"
        f'<p class="id">{html.escape("; ".join(content.headline))}.</p>\n'
        f"{html_table(content)}\n"
        f'<p class="id">{html.escape(LEGEND)}</p>\n'
        f"{''.join(plots)}\n</section>"
    )


def _figure(results: SweepResults, name: str, svg: str, where: str = "all") -> str:
    title, caption = PICTURES[name]
    title = title.format(metric=results.metric.capitalize())
    if results.manifest.studies > 1:
        caption += GROUPED if name == "time_to_target" else "" if name == "budget" else POOLED
    told = f"<figcaption>{html.escape(title)}. {html.escape(caption)}</figcaption>"
    named = svg.replace("<svg ", f'<svg aria-label="{html.escape(title)}" ', 1)
    return f'<figure id="plot-{html.escape(where)}-{name}">{named}{told}</figure>'


def _protocol_section(results: SweepResults) -> str:
    steps = "".join(f"<li>{html.escape(step)}</li>" for step in protocol(results.manifest))
    spaces = "".join(
        f"<tr><th scope='row'>{html.escape(space.solver)}</th><td>{html.escape(space_words(space))}</td></tr>"
        for space in results.manifest.spaces
    )
    return (
        f'<section id="protocol"><h2>Protocol</h2><ol>{steps}</ol>'
        f"<h3>Search spaces</h3><table class='plain'>{spaces}</table></section>"
    )


def _machine_section(entries: Sequence[Entry]) -> str:
    """The machines, each set of versions once, with the number of runs it did."""
    found: dict[str, int] = {}
    for entry in entries:
        for run in [*entry.tuning, *entry.report]:
            facts = {key: value for key, value in run.machine.items() if key != "load" and value is not None}
            text = ", ".join(f"{key} {value}" for key, value in facts.items())
            found[text] = found.get(text, 0) + 1
    lines = "".join(f"<li>{html.escape(text)} ({number} runs)</li>" for text, number in found.items())
    return f'<section id="machine"><h2>Machine and versions</h2><ul>{lines}</ul></section>'


def _commands_section(results: SweepResults) -> str:
    lines = "\n".join(map(html.escape, commands(results.manifest)))
    ids = "".join(f"<li>{html.escape(one.name)}: {one.id}</li>" for one in results.problems)
    code = {label: sha for one in results.problems for label, sha in code_of(results, one).get("code", {}).items()}
    ids += "".join(f"<li>{html.escape(label)}: {sha}</li>" for label, sha in code.items())
    of = "the problems and of the source of the author's code" if code else "the problems"
    return (
        f'<section id="repeat"><h2>To repeat</h2><pre>{lines}</pre><p>SHA-256 of {of}:</p>'
        f'<ul class="id">{ids}</ul></section>'
    )


def _asset(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
