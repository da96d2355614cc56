"""What tuning with k trials would give on average: exact, from all K trials that were run, without resampling."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def expected_best(values: Sequence[float]) -> NDArray[np.float64]:
    """E[min of k of the K values drawn without replacement] for k = 1..K.

    sum_i x_(i) C(K - i, k - 1) / C(K, k): the i-th smallest is the least of k with that probability. Infinity stays
    infinity as long as k - 1 trials can all miss. Source: Dodge et al. (2019), in the form without replacement.
    """
    ordered = sorted(float(value) for value in values)
    count = len(ordered)
    if not count or any(math.isnan(value) for value in ordered):
        raise ValueError(f"values is {list(values)!r}; expected at least one number and no NaN")
    curve = []
    for k in range(1, count + 1):
        chances = [math.comb(count - i, k - 1) / math.comb(count, k) for i in range(1, count + 1)]
        curve.append(sum(value * chance for value, chance in zip(ordered, chances, strict=True) if chance))
    return np.array(curve)
