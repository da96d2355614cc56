"""The table of expected running times, which stands beside the main one where it is asked for."""

from ..planning.problem import Problem
from ..reading.results import SweepResults
from ..reading.running_time import running_times
from .number_texts import count
from .study_tables import SmallTable

TITLE = (
    "Expected running time (ERT): {metric} of all reporting runs until the target or their end, over the number that"
    " met it; and the {metric} within which 10, 50 and 90 of 100 are done that start again until they meet it, by"
    " simulated restarts from these runs. {drawn}; what the tuning took is not counted"
)
ONE = "The seeds are those of this one tuning draw, and so are the figures: of another draw they say nothing"
SEVERAL = "The runs of all {studies} studies are taken together: a restart takes one study's settings, with its seed"


def running_time_table(results: SweepResults, problem: Problem) -> SmallTable:
    """A row for each solver with reporting runs, the least expected time first."""
    studies = results.manifest.studies
    drawn = ONE if studies == 1 else SEVERAL.format(studies=studies)
    rows = [[one.solver, f"{one.hits}/{one.runs}", *map(count, one.time)] for one in running_times(results, problem)]
    head = ["solver", "hit", "ERT", "10 %", "50 %", "90 %"]
    return SmallTable(TITLE.format(metric=results.metric, drawn=drawn), head, rows)
