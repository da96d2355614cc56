"""What a careful reader would object to, said before he does: warnings that stand under every table and report."""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ..planning.own_code import changed_since
from ..planning.plan import fits, solvers_of
from ..planning.problem import Problem
from ..planning.spaces import current, special_cases
from ..reading.entry import Entry
from ..reading.load import load_of
from ..reading.measures import column, diverged, measure
from ..reading.results import SweepResults
from ..reading.saved import saved
from ..reading.summary import Row, at_one_budget, paired, why_none
from ..statistics import location
from ..statistics.medians import FEWEST, SIGNIFICANT, interval_ranks
from .number_texts import counted

EDGE = 0.1  # of the range of a setting
STILL_FALLING = 0.05  # relative fall of the measure over the last tenth of the budget, by more than one image


class Warned(NamedTuple):
    """One warning: which guard, which solver ("" for all), the sentence."""

    guard: str
    solver: str
    text: str


def warnings_of(results: SweepResults, problem: Problem, rows: list[Row]) -> list[Warned]:
    """All warnings about one problem, in the order of the guards."""
    entries = results.entries(problem)
    guards: tuple[Callable[[list[Entry], list[Row]], Iterator[Warned]], ...] = (
        _seeds, _pruned, _incomplete, _budget, _edge, _special_case, _falling, _diverged,
    )  # fmt: skip
    said = [warning for guard in guards for warning in guard(entries, rows)]
    later = (_machine, _unread, _damaged, _code)
    return [*_without_runs(results, problem), *said, *(one for guard in later for one in guard(results, problem))]


def _without_runs(results: SweepResults, problem: Problem) -> Iterator[Warned]:
    """Solvers without figures: a reader must not take them for not asked for."""
    there = {entry.solver: entry for entry in results.entries(problem)}
    m = results.manifest
    for space in (*m.spaces, *solvers_of(m._replace(spaces=()), problem)):
        if not fits(space, problem):
            text = "not run here: it takes the full batch, and the loss of this problem has noise"
            yield Warned("left out", space.solver, text)
        elif space.solver not in there or not there[space.solver].report:
            text = f"no figures: {why_none(results, problem, space)}"
            yield Warned("no runs", space.solver, text)


def _budget(entries: list[Entry], rows: list[Row]) -> Iterator[Warned]:
    """Full-batch methods that went on after the others' examples were used up."""
    reported = [entry for entry in entries if entry.report]  # as in the table
    for entry, cut in zip(reported, at_one_budget(reported), strict=True):
        whole, within = (max(column(run, "epoch")[-1] for run in one.report) for one in (entry, cut))
        if whole > within:
            epochs = entry.problem.training["epochs"]
            text = (
                f"its {whole:g} passes are counted to the {epochs:g} epochs of the others (its settings were chosen by"
                " all of them; what was tested later is left out)"
            )
            yield Warned("budget", entry.solver, text)


def _code(results: SweepResults, problem: Problem) -> Iterator[Warned]:
    """Code of the user's own that has changed since: these results are not its."""
    used = [(str(entry.space.rule), entry.space.code) for entry in results.entries(problem) if entry.space.code]
    for label in changed_since([*problem.code.items(), *used]):
        text = f"{label} has changed since these runs: 'bench run' makes them again"
        yield Warned("code", "", text)


def absent_words(results: SweepResults, problem: Problem) -> str:
    """What is to be said of a problem of which no run has finished."""
    spaces = [space for space in results.manifest.spaces if fits(space, problem)]
    why = next((text for text in (results.failures(problem, space) for space in spaces) if text), "")
    return f"problem {problem.name}: no run has finished{f' ({why})' if why else ''}"


def few_seeds(seeds: int, what: str = "seeds") -> str | None:
    """What so few seeds, or studies, cannot carry, as a sentence; None where they suffice for an interval of 95 %."""
    if seeds >= FEWEST:
        return None
    coverage = 100 * interval_ranks(seeds)[1]
    some = f"{'1 study' if what == 'studies' else '1 seed'} gives" if seeds == 1 else f"{seeds} {what} give"
    return f"{some} at best a {coverage:.4g} % interval; use --{what} {FEWEST} or more for 95 %."


def _seeds(entries: list[Entry], rows: list[Row]) -> Iterator[Warned]:
    rows, absent = [row for row in rows if row.seeds], sum(not row.seeds for row in rows)
    if not rows:
        return
    few = min(row.units for row in rows)
    what = "studies" if any(row.planned > 1 for row in rows) else "seeds"
    text = few_seeds(few, what)
    if text:
        yield Warned("seeds", "", f"{text} Not ranked.")
        return
    tests = sum(not math.isnan(row.p) for row in rows) + absent
    least = tests * 2.0 ** (1 - few)
    if least > SIGNIFICANT:
        enough = next(n for n in range(few, 99) if tests * 2.0 ** (1 - n) <= SIGNIFICANT)
        text = f"{few} {what} and {tests} comparisons: after Holm's correction no p can fall below {least:.2g}"
        yield Warned("seeds", "", f"{text}; use --{what} {enough} or more to reach {SIGNIFICANT:g}")


def _pruned(entries: list[Entry], rows: list[Row]) -> Iterator[Warned]:
    """What was saved, and what cannot be said for it."""
    found = saved(entries)
    if found is not None:
        text = "of a trial that was stopped the end is not known: a slow beginner may be among them"
        yield Warned("pruned", "", f"trials were pruned by successive halving: {found.words}; {text}")


def _incomplete(entries: list[Entry], rows: list[Row]) -> Iterator[Warned]:
    for entry in entries:
        if entry.missing:
            yield Warned("incomplete", entry.solver, f"{entry.missing} of its runs are still missing")


def at_edge(entry: Entry) -> dict[str, int]:
    """Setting -> in how many of the studies its chosen value lies in the outer tenth of its range.

    Where a momentum can be no smaller than 0, there is nothing to widen: that end is none.
    """
    found = {}
    for name, span in entry.space.ranges.items():
        if span.scale == "choice":
            continue
        places = [span.place(draw.choice.settings[name]) for draw in entry.draws]
        natural = span.scale == "one_minus_log" and span.high == 1
        count = sum(place < EDGE or (place > 1 - EDGE and not natural) for place in places)
        if count:
            found[name] = count
    return found


def _unread(results: SweepResults, problem: Problem) -> Iterator[Warned]:
    count = results.unread(problem)
    if count:
        some = f"{counted(count, 'result')} of {problem.name} in {results.folder}"
        text = "of no planned run (another version of the problem or of a search space, or settings no longer chosen)"
        yield Warned("unread", "", f"{some} {'are' if count > 1 else 'is'} {text}: not read")


def _damaged(results: SweepResults, problem: Problem) -> Iterator[Warned]:
    """Lines of logs that were cut, say by a kill, or damaged: of which problem's run is not known."""
    for text in results.damaged:
        yield Warned("damaged", "", text)


def _edge(entries: list[Entry], rows: list[Row]) -> Iterator[Warned]:
    for entry in entries:
        found = at_edge(entry)
        if not found:
            continue
        studies = len(entry.draws)
        named = ", ".join(name + (f" (in {found[name]} of {studies} studies)" if studies > 1 else "") for name in found)
        text = f"the best {named} {'lies' if len(found) == 1 else 'lie'} at the edge of the search space"
        yield Warned("edge", entry.solver, f"{text}: widen it before comparing")


def _special_case(entries: list[Entry], rows: list[Row]) -> Iterator[Warned]:
    """A rule that contains another can do no worse if tuned well (Choi et al., 2019)."""
    ranked = {row.solver for row in rows if row.ranked}
    by_name = {entry.solver: entry for entry in at_one_budget(entries) if entry.solver in ranked}
    spaces = current([entry.space for entry in entries])
    for name, entry in by_name.items():
        for special in sorted(special_cases(spaces.get(name, entry.space), spaces)):
            found = paired(entry, by_name[special], "step") if special in by_name else None
            if found is not None and found.p <= SIGNIFICANT and found.ratio > 1:
                text = f"slower than {special}, its special case (p {found.p:.2g})"
                text += ": it was not tuned enough, or its space is too small"
                yield Warned("special case", entry.solver, text)


def _falling(entries: list[Entry], rows: list[Row]) -> Iterator[Warned]:
    """Solvers whose measure still fell in the last tenth: by the test over seeds, and by a size that matters."""
    there = {row.solver for row in rows}
    ends = {entry.solver: _last_tenth(entry) for entry in entries if entry.report and entry.solver in there}
    falls = {name: found for name, found in ends.items() if found is not None}
    for name, (least, found) in falls.items():
        p = location([early - late for early, late in found]).p
        before, end = (float(np.median(values)) for values in zip(*found, strict=True))
        if p <= SIGNIFICANT and end < (1 - STILL_FALLING) * before and before - end > least + 1e-12:
            text = f"its curve still falls at the end of the budget ({before:.3g} to {end:.3g} in the last tenth)"
            yield Warned("falling", name, text)


def _last_tenth(entry: Entry) -> tuple[float, list[tuple[float, float]]] | None:
    """(least fall that counts, the measure of each run before its last tenth and at its end).

    Of runs that did not diverge. None where all converged, for what still falls then is rounding, or there are none.
    """
    runs = [run for run in entry.report if not diverged(run)]
    if all(run.outcome.get("converged") for run in runs):
        return None
    values = [measure(run, entry.problem) for run in runs if len(run.rows) > 1]
    least = 1 / entry.problem.data["val"] if entry.problem.counts_rows else 0.0
    found = [(float(one[-max(2, len(one) // 10)]), float(one[-1])) for one in values]
    finite = [pair for pair in found if all(map(math.isfinite, pair))]
    return (least, finite) if finite else None


def _diverged(entries: list[Entry], rows: list[Row]) -> Iterator[Warned]:
    for row in rows:
        if row.failures[1]:
            yield Warned("diverged", row.solver, f"{row.failures[1]} of {row.seeds} reporting runs diverged")


def _machine(results: SweepResults, problem: Problem) -> Iterator[Warned]:
    entries = results.entries(problem)
    load = load_of(entries)
    if load.busy:
        yield Warned("machine", "", f"{load.words}: read steps, not seconds")


def lost(results: SweepResults) -> list[str]:
    """What pictures and files of numbers do not show, a sentence each: solvers and problems without runs."""
    found = [
        f"{problem.name}: {one.solver}: {one.text}"
        for problem in results.problems
        for one in _without_runs(results, problem)
    ]
    return [*found, *(absent_words(results, problem) for problem in results.absent)]
