"""What can be said where no name fits: which elements are wrong, and what they have in common."""

from collections.abc import Sequence

import numpy as np

from ..probe_run import ProbeRun
from .view import View


def wrong_set(v: View) -> str:
    """A sentence on the wrong elements: all, some rows, some columns, an interval of the argument."""
    bad = v.off
    total, count = bad.size, int(bad.sum())
    if not count or count == total:
        return f"all {total} elements are wrong" if count else "no element is wrong alone"
    text = f"{count} of {total} elements are wrong"
    for axis, word in ((0, "row"), (bad.ndim - 1, "column")):
        if bad.ndim >= 2:
            others = tuple(k for k in range(bad.ndim) if k != axis)
            lines = np.flatnonzero(bad.any(axis=others))
            if len(lines) < bad.shape[axis] and np.all(bad.take(lines, axis=axis)):
                return f"{text}: exactly {word}{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:6]))}"
    if v.x.shape == bad.shape:
        low, high = v.x[bad].min(), v.x[bad].max()
        right = v.x[~bad]
        if not np.any((right >= low) & (right <= high)):
            return f"{text}: all of them have {low:.3g} <= {v.name} <= {high:.3g}, and no right one has"
    return text


def how_many(runs: Sequence[ProbeRun], name: str) -> str:
    """How many elements of a tensor are wrong on the first probe that shows it."""
    run = next(s for s in runs if name in s.bad())
    j = run.judged.get(name)
    if j is None:
        return "it has another shape" if name in run.misshapen else "it is missing"
    return f"{int(j.bad.sum())} of {j.bad.size} elements"
