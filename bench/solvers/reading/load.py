"""Whether the machine had other work to do while runs were timed: only where it had none do their seconds compare."""

from collections.abc import Sequence
from typing import NamedTuple

from ..storage.record import Record
from .entry import Entry

BUSY = 0.2  # a product slower by this share, or a processor missing for this share of the time: somebody else works


class Load(NamedTuple):
    """busy: of how many reporting runs; share: the least of the processor that one had; slow: the slowest product.

    slow: the time of a fixed product, over the best that any of the runs saw, of tuning, too, on that processor
    and as many threads of BLAS.
    """

    busy: int
    runs: int
    share: float
    slow: float

    @property
    def words(self) -> str:
        """What there is to be said."""
        return (
            f"the machine was busy in {self.busy} of {self.runs} reporting runs (one had its processor for only"
            f" {100 * self.share:.0f} % of its time; a fixed product took up to {100 * (self.slow - 1):.0f} % longer"
            " than at best)"
        )


def load_of(entries: Sequence[Entry]) -> Load:
    """The load under the reporting runs of `entries`, measured by all their runs."""
    best: dict[tuple[object, object], float] = {}
    for run in (run for entry in entries for run in [*entry.tuning, *entry.report]):
        best[_machine(run)] = min(best.get(_machine(run), float("inf")), *_probes(run))
    runs = [run for entry in entries for run in entry.report]
    slow = [max(_probes(run)) / best[_machine(run)] for run in runs]
    shares = [float(run.machine["load"]["cpu_share"]) for run in runs]
    busy = sum(one > 1 + BUSY or share < 1 - BUSY for one, share in zip(slow, shares, strict=True))
    return Load(busy, len(runs), min(shares, default=1.0), max(slow, default=1.0))


def _machine(run: Record) -> tuple[object, object]:
    return run.machine.get("cpu"), run.machine.get("threads")


def _probes(run: Record) -> tuple[float, float]:
    load = run.machine["load"]
    return float(load["before"]), float(load["after"])


def require_quiet(entries: Sequence[Entry], folder: str) -> None:
    """ValueError where the machine was busy: seconds would compare that, and not the solvers."""
    load = load_of(entries)
    if load.busy:
        raise ValueError(
            f"metric is 'seconds', but {load.words} in {folder}: they would compare the load, not the solvers. Count"
            " steps, examples or epochs, or read the seconds all the same with --anyway (anyway=True)"
        )
