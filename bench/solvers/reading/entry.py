"""One solver on one problem: what each study, an independent tuning draw, tuned, chose and reported."""

import math
from typing import NamedTuple

from ..planning.problem import Problem
from ..planning.spaces import Space
from ..storage.record import Record
from .choice import Choice
from .measures import column, diverged, time_to

Seed = tuple[int, int]  # root of the study, repetition: what runs of different solvers share, and are paired by


class Draw(NamedTuple):
    """One study: its tuning runs, the choice among them, the runs of the choice. root: of its seeds, and its name.

    Where trials are pruned, tuning holds of each trial and seed the run that went furthest, and earlier the others.
    """

    study: int
    root: int
    tuning: list[Record]
    choice: Choice
    report: list[Record]
    earlier: list[Record] = []  # noqa: RUF012  a default of a tuple, which nobody writes to


class Entry(NamedTuple):
    """One solver on one problem: the studies that have runs, and how many of the planned runs are missing.

    planned: studies. Where several are, a figure rests on studies even while only one has runs.
    """

    problem: Problem
    space: Space
    draws: list[Draw]
    missing: int
    planned: int = 1

    @property
    def solver(self) -> str:
        """The solver's name."""
        return self.space.solver

    @property
    def studies(self) -> int:
        """How many studies have reporting runs."""
        return sum(bool(draw.report) for draw in self.draws)

    @property
    def tuning(self) -> list[Record]:
        """The tuning runs of all studies."""
        return [run for draw in self.draws for run in draw.tuning]

    @property
    def earlier(self) -> list[Record]:
        """Runs to a rung, of trials that went on."""
        return [run for draw in self.draws for run in draw.earlier]

    @property
    def pruned(self) -> bool:
        """Whether trials were stopped before the end of the budget."""
        return any(run.task.until is not None for run in self.tuning)

    @property
    def report(self) -> list[Record]:
        """The reporting runs of all studies."""
        return [run for draw in self.draws for run in draw.report]

    @property
    def choice(self) -> Choice:
        """What was chosen in the study whose median time to the target is the (lower) median of the studies."""
        return self.median_draw().choice

    def median_draw(self, axis: str = "step") -> Draw:
        """That study; studies without reporting runs come last."""
        reported = [draw for draw in self.draws if draw.report] or self.draws
        ordered = sorted(reported, key=lambda draw: (self._median_time(draw, axis), draw.study))
        return ordered[(len(ordered) - 1) // 2]

    def _median_time(self, draw: Draw, axis: str) -> float:
        times = sorted(time_to(run, self.problem, axis=axis) for run in draw.report)
        return times[(len(times) - 1) // 2] if times else math.inf


def known_until(entry: Entry, axis: str) -> float:
    """As far as it is known whether its reporting runs meet a target: to the end of the longest.

    A run that diverged never will, so that it sets no limit; infinity where all did.
    """
    ends = [float(column(run, axis)[-1]) for run in entry.report if not diverged(run)]
    return max(*ends, 1e-6) if ends else math.inf  # one that ends where it began has a logarithm, too


def seed_of(run: Record) -> Seed:
    """By what the run is paired with those of other solvers."""
    return run.task.root, run.task.repetition


def by_seed(entry: Entry) -> dict[Seed, Record]:
    """The reporting runs by what they are paired by."""
    return {seed_of(run): run for run in entry.report}
