"""What one run achieved, read from its rows: the measure at every evaluation, when it met a target, where it ended.

A run that diverged is left with its untrained net: its error is that of the first row; its time to the
target is infinite unless it met it before.
"""

import math
from collections.abc import Sequence

import numpy as np

from base.arrays import Array

from ..planning.problem import Problem
from ..storage import rows
from ..storage.record import Record


def column(record: Record, name: str) -> Array:
    """One column of the rows; null becomes NaN."""
    return rows.column(record.rows, name)


def measure(record: Record, problem: Problem) -> Array:
    """The problem's measure at every evaluation: validation error (or 1 - R2), or the objective minus its optimum."""
    if problem.target["measure"] == "val_error":
        error: Array = np.round(1 - column(record, "val_acc"), 12)  # 1 - 0.7 is more than 0.3, and would miss it
        return error
    gap: Array = column(record, "objective") - float(problem.target["optimum"])
    return gap


def time_to(record: Record, problem: Problem, target: float | None = None, axis: str = "step") -> float:
    """Steps (or "examples", "epoch", "seconds_train") at the first evaluation that meets the target; inf: never.

    The resolution is that of the evaluations. seconds_train holds no evaluation time.
    """
    value = problem.target["value"] if target is None else target
    hits = np.flatnonzero(measure(record, problem) <= value)
    return float(column(record, axis)[hits[0]]) if hits.size else math.inf


def within(record: Record, epochs: float) -> Record:
    """The run as it stood when it had seen so many epochs of examples; of one that begins later its first row."""
    count = int(np.searchsorted(column(record, "epoch"), epochs, side="right"))
    return record._replace(rows=record.rows[: max(count, 1)])


def best(record: Record, problem: Problem) -> float:
    """The smallest measure of the run (for val_error: the checkpoint that early stopping would choose)."""
    values = measure(record, problem)
    return float(values[0] if diverged(record) else np.nanmin(values))


def final(record: Record, problem: Problem) -> float:
    """The measure at the end of the budget."""
    values = measure(record, problem)
    return float(values[0] if diverged(record) or math.isnan(values[-1]) else values[-1])


def diverged(record: Record) -> bool:
    """Whether the run left the finite numbers."""
    return bool(record.outcome["status"] == "diverged")


def floored(runs: Sequence[Record], problem: Problem) -> list[float]:
    """Final measures, not below half an example of the validation set (or 1e-12): a ratio needs positive numbers."""
    floor = 0.5 / problem.data["val"] if problem.counts_rows else 1e-12
    return [max(final(run, problem), floor) for run in runs]
