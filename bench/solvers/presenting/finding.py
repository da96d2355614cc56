"""One sentence on what came out of a problem, as the page and the docs print it."""

import math
from collections.abc import Sequence

from ..reading.summary import Row
from .number_texts import count, interval


def finding(rows: Sequence[Row], metric: str = "steps") -> str:
    """The outcome in words that claim no more than the data carry: a sweep tunes once, and its intervals know the
    reporting seeds alone, not the luck of the tuning draw.
    """
    rows = [row for row in rows if row.seeds]
    if not rows:
        return "No reporting run has finished yet."
    if not all(row.ranked for row in rows):
        return f"Too few {'studies' if rows[0].studies > 1 else 'seeds'} for a ranking."
    first = rows[0]
    if not first.hits:
        return "No solver met the target within its budget."
    if math.isinf(first.steps.median):
        most = max(row.hits for row in rows)
        named = ", ".join(row.solver for row in rows if row.hits == most)
        return f"No solver met the target on more than half of the seeds; most often {named}: {most} of {first.seeds}."
    level = [row.solver for row in rows[1:] if row.steps.low <= first.steps.high]
    median = interval(first.steps, count)
    others = f"the intervals of {', '.join(level)} overlap with it" if level else "no other solver's interval overlaps"
    if first.studies > 1:
        told = f"Over {first.studies} tuning draws {first.solver} needed the fewest {metric} to the target"
        return f"{told}: median {median}; {others}."
    told = f"For this one tuning draw {first.solver} came first: median {median} {metric} to the target"
    return f"{told}; {others}. Who comes first when all are tuned again it does not say."
