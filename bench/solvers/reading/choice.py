"""Which trial of the tuning is taken: the one that meets the target in the fewest steps, by validation data alone.

Where none meets it, the one with the smallest best measure; over several tuning seeds, by the median.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..planning.problem import Problem
from .measures import best, time_to
from .records import Record


class Choice(NamedTuple):
    """The settings taken, their trial, and what it reached in tuning."""

    settings: dict[str, Any]
    trial: int
    steps: float
    best: float


def choose(records: Sequence[Record], problem: Problem) -> Choice:
    """The best trial among tuning records of one solver on one problem."""
    trials: dict[int, list[Record]] = {}
    for record in records:
        trials.setdefault(record.task.trial, []).append(record)
    choices = [
        Choice(
            runs[0].task.settings,
            trial,
            float(np.median([time_to(run, problem) for run in runs])),
            float(np.median([best(run, problem) for run in runs])),
        )
        for trial, runs in trials.items()
    ]
    return min(choices, key=lambda choice: (choice.steps, choice.best, choice.trial))
