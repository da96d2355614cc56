"""The results of a sweep as users hold them: what `reading` finds in a folder, and the ways to present it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .presenting.figures import draw
from .presenting.frame import to_frame
from .presenting.page import write_report
from .presenting.tables import table
from .reading.results import SweepResults


class Results(SweepResults):
    """All entries of a folder, with their table, plots and report.

    folder: what `bench.run` left.
    target: read the same runs against another target; the settings stay those that were chosen for their own.
    metric: what is counted until the target and along the curves: steps, examples, epochs or seconds.
    problem: only this one.
    anyway: read seconds even where the runs say that the machine was busy.
    Raises ValueError for a folder without results and for what does not fit them.
    """

    def table(self, problem: str | None = None, ert: bool = False) -> str:
        """The tables as text, of all problems or of one. ert: with expected running times below."""
        return table(self, problem=problem, ert=ert)

    def plot(self, names: Sequence[str] | None = None, out: str | Path = ".") -> list[Path]:
        """Draw plots (all by default) as .svg into the folder `out`; the paths."""
        return draw(self, names, Path(out))

    def report(self, path: str | Path) -> Path:
        """Write the report, one HTML page that needs nothing else."""
        return write_report(self, Path(path))

    def to_frame(self, runs: str = "report", rows: bool = True) -> Any:
        """The runs as a pandas DataFrame: problem, solver, purpose, trial, study, repetition, seed, and each setting
        a column.

        runs: "report" (the chosen settings), "tune" or "all". rows: a line for each evaluation, else for each run with
        its outcome. ImportError where pandas is missing, ValueError for other `runs`.
        """
        return to_frame(self, runs, rows)

    def _repr_html_(self) -> str:
        """The tables, for a notebook."""
        return table(self, "html")
