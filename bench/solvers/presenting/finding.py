"""One sentence on what came out of a problem, as the page and the docs print it."""

import math
from collections.abc import Sequence

from ..reading.summary import Row
from ..statistics.medians import SIGNIFICANT
from .number_texts import count, interval


def finding(rows: Sequence[Row], metric: str = "steps") -> str:
    """The outcome in words that claim no more than the data carry.

    A solver is called first only where every other differs from it (paired test, Holm's correction, p <= 0.05). Of one
    study nobody is: its intervals know the reporting seeds alone, not the luck of the tuning draw.
    """
    rows = [row for row in rows if row.seeds]
    if not rows:
        return "No reporting run has finished yet."
    studies, several = min(row.studies for row in rows), rows[0].planned > 1
    if not all(row.ranked for row in rows):
        return f"Too few {'studies' if several else 'seeds'} for a ranking."
    first = rows[0]
    if not any(row.hits for row in rows):
        return "No solver met the target within its budget."
    if math.isinf(first.steps.median):
        return _most_often(rows)
    level = [row.solver for row in rows[1:] if not row.apart <= SIGNIFICANT]
    median = f"median {interval(first.steps, count)} {metric} to the target"
    if len(rows) == 1:
        of = f" of {studies} studies" if several else ""
        return f"{first.solver}: {median}{of}. There are no runs of another solver to compare it with."
    if several and level:
        told = f"Not distinguishable over {studies} studies: {', '.join([first.solver, *level])}"
        return f"{told}. {first.solver} has the least {median}."
    others = "every other solver differs from it (p <= 0.05, corrected for their number)"
    if several:
        return f"{first.solver} is the fastest of {studies} studies: {median}; {others}."
    others = f"not distinguishable from it: {', '.join(level)}" if level else others
    told = f"For this one tuning draw {first.solver} came first: {median}"
    return f"{told}; {others}. Who comes first when all are tuned again it does not say."


def _most_often(rows: Sequence[Row]) -> str:
    """Where all medians are misses: of half of the seeds, or of the medians of half of the studies."""
    most = max(row.hits / row.seeds for row in rows)
    first, *others = [row for row in rows if row.hits / row.seeds == most]
    named = ", ".join(row.solver for row in (first, *others))
    half = "on more than half of the seeds" if first.planned == 1 else "by its median in more than half of the studies"
    return f"No solver met the target {half}; most often {named}: {first.hits} of {first.seeds}."
