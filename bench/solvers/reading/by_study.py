"""What only several studies can tell: the order of the solvers in each, and where the spread of a figure comes from."""

import math
from typing import Any

from ..planning.problem import Problem
from ..statistics import Parts, median_interval, variance_parts
from .choice import choose
from .entry import Draw, Entry
from .measures import final, floored, time_to
from .results import SweepResults
from .summary import at_one_budget

SPLIT = 3  # tuning seeds from which on their part of the variance can be told


def orders(results: SweepResults, problem: Problem) -> dict[int, list[str]]:
    """Study -> its solvers, the fastest first: by the median time to the target, then by the median final measure.

    Studies in which all that have reporting runs at all have them.
    """
    entries = at_one_budget([entry for entry in results.entries(problem) if entry.report])
    found = {}
    for study in range(results.manifest.studies):
        draws = [(entry, draw) for entry in entries for draw in entry.draws if draw.study == study and draw.report]
        if len(draws) == len(entries) > 0:
            found[study] = [
                entry.solver for entry, _ in sorted(draws, key=lambda one: _place(one[0], one[1], results.axis))
            ]
    return found


def _place(entry: Entry, draw: Draw, axis: str) -> tuple[float, float]:
    times = [time_to(run, entry.problem, axis=axis) for run in draw.report]
    ends = [final(run, entry.problem) for run in draw.report]
    return median_interval(times).median, median_interval(ends).median


def variance(entry: Entry) -> Parts:
    """Of the final measure of a solver. NaN with fewer than two studies of two seeds.

    With three tuning seeds or more: in every study each tuning seed by itself chooses a trial, measured by the runs
    with the other tuning seeds. These are few, and shared by the seeds of a study: the parts are rough. With fewer, or
    where trials were pruned, the runs are those of the report, and the tuning seed has no part of its own.
    """
    held = _tuning_seeds(entry) >= SPLIT and not entry.pruned
    tables = [_held_out(draw, entry) for draw in entry.draws] if held else []
    tables = tables or [[floored(draw.report, entry.problem)] for draw in entry.draws if draw.report]
    try:
        return variance_parts(tables)
    except ValueError:  # too few, or a study that is not complete
        return Parts(math.nan, math.nan, math.nan)


def _tuning_seeds(entry: Entry) -> int:
    return len({run.task.repetition for run in entry.tuning})


def _held_out(draw: Draw, entry: Entry) -> list[list[float]]:
    table = []
    for seed in sorted({run.task.repetition for run in draw.tuning}):
        trial = choose([run for run in draw.tuning if run.task.repetition == seed], entry.problem).trial
        others = [run for run in draw.tuning if run.task.trial == trial and run.task.repetition != seed]
        table.append(floored(others, entry.problem))
    return table


def spans(entry: Entry) -> dict[str, list[Any]]:
    """Setting -> the smallest and the largest value that a study chose, or all of a choice; one where all are equal."""
    chosen = [draw.choice.settings for draw in entry.draws]
    found = {
        name: sorted({settings[name] for settings in chosen}, key=lambda value: (isinstance(value, str), value))
        for name in chosen[0]
    }
    return {
        name: values if isinstance(values[0], str) or len(values) < 2 else [values[0], values[-1]]
        for name, values in found.items()
    }
