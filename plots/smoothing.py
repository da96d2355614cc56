"""A noisy sequence made readable: a centred moving mean that skips what is not finite."""


import numpy as np

from base.arrays import Array

WIDEST = 501  # bounds the time: a convolution costs n * width


def window_for(count: int) -> int:
    """An odd window of about a thirtieth of the sequence, 1 (no smoothing) for fewer than 30 values."""
    return min(WIDEST, 2 * (count // 60) + 1)


def moving_mean(values: Array, window: int) -> Array:
    """Entry i: the mean of the finite values[i - h .. i + h], h = window // 2, cut at the ends; NaN where none is."""
    finite = np.isfinite(values)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        # Sums over windows of their own, not differences of one running sum: a loss of 1e30 stays where it happened.
        totals = np.convolve(np.where(finite, values, 0.0), np.ones(window), mode="full")
        counts = np.convolve(finite.astype(np.float64), np.ones(window), mode="full")
        means = totals / counts
    half = window // 2
    means = means[half : half + len(values)]
    return np.where(np.isfinite(means), means, np.nan)
