"""From where the spread of a benchmark's figure comes: the tuning draw, the tuning seed, the seed of a run."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Parts(NamedTuple):
    """Shares of the variance of log(measure), which sum to 1; tuning_seed is NaN where there is one alone."""

    draw: float
    tuning_seed: float
    reporting: float


def variance_parts(table: Sequence[Sequence[Sequence[float]]]) -> Parts:
    """The shares of [draw][tuning seed][run], by the analysis of variance of a nested, balanced design.

    With a draws, b tuning seeds in each and n runs of each, and mean squares MS between draws, between tuning seeds
    within draws, and within: s2_run = MS_run, s2_seed = (MS_seed - MS_run) / n, s2_draw = (MS_draw - MS_seed) / (b n);
    without tuning seeds s2_draw = (MS_draw - MS_run) / n. A negative estimate counts as 0. All NaN where nothing
    varies. ValueError for a table that is not balanced, has fewer than two draws or runs, or holds no positive numbers.
    Source: Searle, Casella and McCulloch (1992), section 4.
    """
    shapes = {(len(draw), *sorted({len(runs) for runs in draw})) for draw in table}
    if len(table) < 2 or len(shapes) != 1 or len(shape := shapes.pop()) != 2 or shape[1] < 2:
        counts = sorted(map(len, table))
        raise ValueError(
            f"table has draws of {counts} tuning seeds; expected two draws or more, alike, of two runs each"
        )
    values = np.array(table, float)
    if not (np.isfinite(values) & (values > 0)).all():
        raise ValueError("table holds numbers that are not positive and finite")
    logs = np.log(values)
    a, b, n = logs.shape
    seeds = logs.mean(axis=2)
    draws = seeds.mean(axis=1)
    run = float(((logs - seeds[:, :, None]) ** 2).sum() / (a * b * (n - 1)))
    draw = b * n * float(((draws - draws.mean()) ** 2).sum() / (a - 1))
    if b == 1:
        parts = [max((draw - run) / n, 0.0), math.nan, run]
    else:
        seed = n * float(((seeds - draws[:, None]) ** 2).sum() / (a * (b - 1)))
        parts = [max((draw - seed) / (b * n), 0.0), max((seed - run) / n, 0.0), run]
    whole = float(np.nansum(parts))
    return Parts(*(part / whole for part in parts)) if whole > 0 else Parts(math.nan, math.nan, math.nan)
