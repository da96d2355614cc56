"""What the parallel axes of a solver's tuning show: a line per trial, an axis per setting over its whole range."""

import numpy as np

from plots.sweeps import Lines, Scale, log_ticks

from ..planning.spaces import Range
from ..reading.choice import by_trial
from ..reading.entry import Draw, Entry
from ..reading.measures import best, diverged
from .number_texts import setting


def lines_of(entry: Entry) -> Lines:
    """All trials of all studies; of several tuning seeds a trial has the median, and diverged if a run of it has."""
    settings, measure, ended, chosen = [], list[float](), list[str](), list[int]()
    for draw in entry.draws:
        first = {run.task.trial: run.task.settings for run in reversed(draw.tuning)}
        for trial, value in by_trial(draw.tuning, lambda run: best(run, entry.problem)).items():
            if trial == draw.choice.trial:
                chosen.append(len(measure))
            settings.append(first[trial])
            measure.append(value)
            ended.append(_ended(draw, trial))
    scales = [
        Scale(_name(name, span), [_place(span, one[name]) for one in settings], _ticks(span))
        for name, span in entry.space.ranges.items()
    ]
    return Lines(scales, measure, chosen, ended)


def _ended(draw: Draw, trial: int) -> str:
    runs = [run for run in draw.tuning if run.task.trial == trial]
    if any(map(diverged, runs)):
        return "diverged"
    return "pruned" if any(run.task.until is not None for run in runs) else "ok"


def _name(name: str, span: Range) -> str:
    """The setting with its scale where that is not an even one."""
    return {"log": f"{name}\n(log)", "one_minus_log": f"{name}\n(log of 1 - it)"}.get(span.scale, f"{name}\n")


def _place(span: Range, value: object) -> float:
    """Where it lies from below; a momentum rises upwards, though it was drawn as 1 - it."""
    place = float(np.clip(span.place(value), 0.0, 1.0))
    return 1 - place if span.scale == "one_minus_log" else place


def _ticks(span: Range) -> list[tuple[float, str]]:
    if span.choices:
        return [(_place(span, one), setting(one)) for one in span.choices]
    if span.scale == "linear":
        values = np.linspace(span.low, span.high, 5)
        values = np.unique(np.round(values)) if span.integer else values
        return [(_place(span, value), f"{value:.3g}") for value in values]
    rounds = log_ticks(span.low, span.high)
    if span.scale == "log":
        return [(_place(span, value), text) for value, text in rounds]
    return [(_place(span, 1 - value), f"{1 - value:.10g}") for value, _ in rounds]
