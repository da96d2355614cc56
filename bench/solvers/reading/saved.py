"""What pruning has saved: the steps that tuning took, against those of whole runs of the same trials."""

from collections.abc import Sequence
from typing import NamedTuple

from ..storage.record import Record
from .entry import Entry
from .measures import column, diverged


class Saved(NamedTuple):
    """steps: that tuning took, those of runs that were begun anew included; whole: of every trial to its end."""

    steps: int
    whole: int

    @property
    def words(self) -> str:
        """In a sentence's part."""
        share = 100 * (1 - self.steps / self.whole)
        return f"tuning took {self.steps:,} steps of the {self.whole:,} of whole runs ({share:.0f} % saved)"


def saved(entries: Sequence[Entry]) -> Saved | None:
    """Of all pruned solvers that have come to the end of the budget; None without any.

    A whole run is taken to be as long as the longest of its solver; one that diverged would have been no longer.
    """
    steps = whole = 0
    for entry in entries:
        ends = [_steps(run) for run in entry.tuning if run.task.until is None]
        if entry.pruned and ends:
            steps += sum(map(_steps, [*entry.tuning, *entry.earlier]))
            whole += sum(_steps(run) if diverged(run) else max(ends) for run in entry.tuning)
    return Saved(steps, whole) if whole else None


def _steps(run: Record) -> int:
    return int(column(run, "step")[-1])
