"""`bench.compare(a, b)`: what a change of code, settings, machine or version has done to the results of a sweep."""

from pathlib import Path
from typing import Any

from .presenting.comparison import comparison_text, comparison_values, sentence
from .reading.results import SweepResults
from .reading.two_folders import Compared as ComparedProblem, compare_results
from .results import Results


class Comparison:
    """Two folders side by side. problems: one entry each, with a pair for every solver of both; str() is the table."""

    def __init__(self, a: SweepResults, b: SweepResults):
        self.a, self.b = a, b
        self.problems: list[ComparedProblem] = compare_results(a, b)

    @property
    def findings(self) -> dict[str, str]:
        """Problem -> one sentence, which names a solver only where the corrected p is 0.05 or less."""
        return {one.problem.name: sentence(one, (self.a, self.b)) for one in self.problems}

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as `layergraph bench compare --json` prints them."""
        return comparison_values(self.problems, (self.a, self.b))

    def __str__(self) -> str:
        return comparison_text(self.problems, (self.a, self.b))


def compare(
    a: str | Path,
    b: str | Path,
    *,
    problem: str | None = None,
    metric: str = "steps",
    target: float | None = None,
    anyway: bool = False,
) -> Comparison:
    """Compare the folder `b` of results with the folder `a`, problem by problem and solver by solver.

    The ratio of the times to the target, B over A, with what the test leaves of it at 95 % and p (Holm, over all
    pairs): of runs of one seed, which are paired, the signed-rank test as between two solvers; where no seed is in both
    folders, the rank-sum test of two samples. The same of seconds a step. And what differs in plan, search spaces,
    settings, machine and versions. problem, metric, target, anyway: as for `bench.Results`.
    ValueError for a folder without results, and for different problems of one name.
    """
    return Comparison(*(Results(one, target, metric, problem, anyway) for one in (a, b)))
