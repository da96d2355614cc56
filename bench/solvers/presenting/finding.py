"""One sentence on what came out of a problem, as the page and the docs print it."""

import math
from collections.abc import Sequence

from ..reading.summary import Row
from .number_texts import count, interval


def finding(rows: Sequence[Row], metric: str = "steps") -> str:
    """One sentence on the outcome, which claims no more than the intervals carry."""
    if not rows:
        return "No reporting run has finished yet."
    if not all(row.ranked for row in rows):
        return "Too few seeds for a ranking."
    first = rows[0]
    if not first.hits:
        return "No solver met the target within its budget."
    if math.isinf(first.steps.median):
        most = max(row.hits for row in rows)
        named = ", ".join(row.solver for row in rows if row.hits == most)
        return f"No solver met the target on more than half of the seeds; most often {named}: {most} of {first.seeds}."
    level = [row.solver for row in rows[1:] if row.steps.low <= first.steps.high]
    told = f"{first.solver} was fastest to the target: median {interval(first.steps, count)} {metric}."
    if level:
        return f"{told} The intervals of {', '.join(level)} overlap with it, so the order among these is not settled."
    return f"{told} No other solver's interval overlaps with it."
