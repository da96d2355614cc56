"""The live page: progress, the table so far with the statement that it is not final, curves so far."""

import html
import threading
import time
from importlib import resources
from pathlib import Path

from ..planning.problem import Problem
from ..presenting import page as report
from ..presenting.html_table import html_table
from ..presenting.inline_svg import inline_svg
from ..presenting.number_texts import counted
from ..presenting.table_content import table_content
from ..reading.results import SweepResults
from ..running.progress import clock
from .state import Part, State, last_written, look, signature

DRAWN = ("curves", "lr_sensitivity")  # the first for which there are runs
NOT_FINAL = (
    "Not final: made of the runs that are done so far. Medians, order and p will change, and the first solvers to end"
    " are no better for it."
)
EMPTY = "No reporting run is done yet: the tuning comes first, and till then there is no table."
ENOUGH = 3  # runs that have to end while we look before their pace is believed


class Watcher:
    """Makes the page of a folder, and anew what has changed. May be asked from several threads."""

    def __init__(self, folder: Path):
        self.folder, self._lock = folder, threading.Lock()
        self._made: tuple[tuple[object, ...], str] | None = None
        self._begun: tuple[float, dict[tuple[str, str], int]] | None = None

    def page(self, refresh: float | None = None) -> str:
        """The page now; refresh: after so many seconds a browser asks for it again."""
        with self._lock:
            state, found = look(self.folder), ""
            if not state.waiting:
                written = signature(self.folder)
                if self._made is None or self._made[0] != written:
                    self._made = written, _found(self.folder, final=state.left == 0)
                found = self._made[1]
            return _page(self.folder, state, self._left(state), found, refresh)

    def _left(self, state: State) -> str:
        """How long it may take, by the pace since the first look; before that is known by the length of runs."""
        weights = {(part.problem, part.solver): part.seconds for part in state.parts}
        known = [seconds for seconds in weights.values() if seconds is not None]
        if not known or state.left == 0:
            return ""
        usual = sum(known) / len(known)
        work = sum(part.left * (part.seconds or usual) for part in state.parts)
        now, done = time.monotonic(), {(part.problem, part.solver): part.done for part in state.parts}
        if self._begun is None:
            self._begun = now, done
        new = {which: count - self._begun[1].get(which, 0) for which, count in done.items()}
        if sum(new.values()) >= ENOUGH and now > self._begun[0]:
            pace = sum(count * (weights[which] or usual) for which, count in new.items()) / (now - self._begun[0])
            return f"about {clock(work / pace)} left at the pace since this page was opened" if pace > 0 else ""
        return f"about {clock(work)} of work left for one process"


def _page(folder: Path, state: State, left: str, found: str, refresh: float | None) -> str:
    again = f'<meta http-equiv="refresh" content="{refresh:g}">\n' if refresh else ""
    style = _asset(report.__package__, "page.css") + _asset(__package__, "watch.css")
    title = f"{state.done} of {state.done + state.left} runs" if state.parts else "waiting"
    failed = [
        f"{part.problem} {part.solver}: {part.failed} failed, such as {reason}"
        for part in state.parts
        for reason in part.reasons
    ]
    every = f", asked for anew every {refresh:g} seconds" if refresh else ""
    body = [
        f"<h1>{html.escape(folder.name or str(folder))}</h1>",
        f"<p class='lead'>{html.escape(_status(folder, state, left))}</p>",
        _progress(state.parts) if state.parts else "",
        _list("Failed", failed),
        _list("Damaged", state.notes),
        found,
        f"<p class='id'>As of {time.strftime('%H:%M:%S')}{every}. Nothing is written into the folder.</p>",
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{again}'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f'<link rel="icon" href="data:,">\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n'
        f"{chr(10).join(part for part in body if part)}\n</main>\n</body>\n</html>\n"
    )


def _status(folder: Path, state: State, left: str) -> str:
    """One sentence: waiting, running, standing still, or ended."""
    if state.waiting:
        return f"{state.waiting[:1].upper()}{state.waiting[1:]}"
    if state.left == 0:
        whole = f"layergraph bench report {folder}"
        return f"The sweep has ended: all {counted(state.done, 'run')} are there. For the whole of it: {whole}"
    done = f"{state.done:,} of {state.done + state.left:,} runs are done"
    written = last_written(folder)
    ago = "" if written is None else f"; the last result came {clock(max(time.time() - written, 0))} ago"
    if state.running == 0:
        return f"{done}, and nothing is running here now: the same 'layergraph bench run' goes on{ago}."
    running = "" if state.running is None else f", {state.running} handed out to workers"
    return f"{done}{running}{left and f', {left}'}{ago}."


def _progress(parts: list[Part]) -> str:
    names = ("problem", "solver", "tuning", "reporting", "running now", "failed")
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(
        f"<tr><td>{html.escape(part.problem)}</td><td>{html.escape(part.solver)}</td>"
        f"<td>{_bar(*part.tuning)}</td><td>{_bar(*part.reporting)}</td><td>{_running(part)}</td>"
        f"<td>{part.failed or ''}</td></tr>"
        for part in parts
    )
    table = f'<table class="plain progress"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div class="scroll">{table}</div>'


def _bar(done: int, planned: int) -> str:
    if not planned:
        return "not tuned"
    return f'<progress max="{planned}" value="{done}"></progress> {done}&nbsp;of&nbsp;{planned}'


def _running(part: Part) -> str:
    if part.running is None:
        return "unknown"
    more = f" and {len(part.running) - 2} more" if len(part.running) > 2 else ""
    return html.escape("; ".join(part.running[:2]) + more)


def _list(title: str, lines: list[str]) -> str:
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f'<h3>{title}</h3><ul class="warnings">{items}</ul>' if lines else ""


def _found(folder: Path, final: bool) -> str:
    """Tables and curves of what is there; where it cannot be read, why."""
    try:
        results = SweepResults(folder)
        drawn = _drawn(results, final)
        return "".join(_problem(results, problem, final, drawn[problem.name]) for problem in results.problems)
    except ValueError as error:
        return f"<p>{html.escape(str(error))}</p>"


def _problem(results: SweepResults, problem: Problem, final: bool, drawn: str) -> str:
    reported = any(entry.report for entry in results.entries(problem))
    table = html_table(table_content(results, problem)) if reported else f"<p>{EMPTY}</p>"
    said = "" if final or not reported else f"<p><strong>{NOT_FINAL}</strong></p>"
    return f"<section><h2>{html.escape(problem.title)}</h2>{said}{table}{drawn}</section>"


def _drawn(results: SweepResults, final: bool) -> dict[str, str]:
    """The curves of every problem, by its name."""
    from ..presenting.figures import figures

    names = [problem.name for problem in results.problems]
    try:
        made = figures(results, DRAWN)
    except ImportError as error:
        return dict.fromkeys(names, f"<p class='id'>No curves: {html.escape(str(error))}</p>")
    found = dict.fromkeys(names, "")
    for place, (problem, name) in enumerate((problem, name) for problem in names for name in DRAWN):
        if f"{problem}-{name}" in made and not found[problem]:
            title = report.PICTURES[name][0] + ("" if final else ", so far")
            svg = inline_svg(made[f"{problem}-{name}"], place)
            found[problem] = f"<figure>{svg}<figcaption>{html.escape(title)}</figcaption></figure>"
    return found


def _asset(package: str | None, name: str) -> str:
    return (resources.files(str(package)) / name).read_text(encoding="utf-8")
