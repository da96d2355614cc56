"""The grain of a picture, its rim, and the threshold between its two classes of grey."""

import numpy as np

from base.arrays import Array

_GRAIN = 0.004  # standard deviation below which nothing is smoothed
_COARSE = 0.15  # of dots of black and white that stand for grey: their mean counts, not their median
_SMALL = 64  # pixels of the shorter side, below which the ends of strokes are single odd pixels themselves
_ODD = 0.005  # share of single odd pixels, likewise


def noise_of(grey: Array) -> float:
    """The standard deviation of the grain: of second differences along both axes, where most pixels are no edge.

    Immerkaer, "Fast noise variance estimation" (1996), with the median in place of the mean.
    """
    if min(grey.shape) < 3:
        return 0.0
    rows = grey[:-2] - 2 * grey[1:-1] + grey[2:]
    both = rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:]
    return float(np.median(np.abs(both)) / 0.6745 / 6)


def without_grain(grey: Array) -> tuple[Array, float]:
    """Grain and single odd pixels taken out, and the grain that is left; no smoothing where there are none.

    A Gaussian of width s leaves 1 / (2 sqrt(pi) s) of the grain's standard deviation.
    """
    from scipy import ndimage

    noise = noise_of(grey)
    if min(grey.shape) < 5:
        return grey, noise
    middle = ndimage.median_filter(grey, size=3)
    odd = np.abs(grey - middle) > 0.2
    alone = odd & (ndimage.uniform_filter(odd.astype(np.float64), 3) < 2.5 / 9)
    if noise < _GRAIN and (alone.mean() < _ODD or min(grey.shape) < _SMALL):
        return grey, noise
    sigma = 0.6 + min(grey.shape) / 400 + (1.0 if noise > _COARSE else 0.0)
    smooth: Array = ndimage.gaussian_filter(grey if noise > _COARSE else middle, sigma)
    return smooth, noise / (2 * np.sqrt(np.pi) * sigma)


def ring(sheet: Array) -> Array:
    """The pixels along the rim, 3 % of the shorter side deep."""
    deep = max(1, round(0.03 * min(sheet.shape)))
    parts = sheet[:deep], sheet[-deep:], sheet[:, :deep], sheet[:, -deep:]
    return np.concatenate([part.reshape(-1) for part in parts])


def otsu(values: Array) -> float:
    """The threshold that parts the values into the two classes furthest apart: Otsu (1979), over 256 bins."""
    counts, edges = np.histogram(values, 256)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    sums = np.cumsum(counts * centres)
    apart = (sums[:-1] / np.maximum(below, 1) - (sums[-1] - sums[:-1]) / np.maximum(above, 1)) ** 2 * below * above
    best = np.flatnonzero(apart == apart.max())
    return float(edges[1:-1][best[len(best) // 2]])
