"""From grey to ink: which side is paper, light that falls unevenly taken out, contrast stretched; 0 paper, 1 ink."""

from typing import NamedTuple

import numpy as np

from base.arrays import Array

_EVEN = 0.35  # paper whose brightness spreads over less than this share of the contrast is left as it is
_RING = 0.9  # so much of the picture's rim must be paper before the light counts as even
_UNSURE = 0.3  # the rim's share of bright pixels this near to one half does not tell which is paper
_LEVELS = 0.2  # of the contrast: values further out than this from the two classes are a third level, of a shadow
_WINDOW = 0.4  # of the shorter side: wider than any stroke
_FAINTEST = 0.02  # contrast in grey, of 1, below which there is nothing


class Ink(NamedTuple):
    """Ink (H, W), 0 on paper and about 1 in strokes, whether the paper was bright, and the noise in units of ink."""

    amount: Array
    bright_paper: bool
    noise: float


def find_ink(grey: Array, bright_paper: bool | None = None) -> Ink | None:
    """The ink in grey values (H, W), on paper that is found to be bright or dark; None where the sheet is blank."""
    noise = _noise(grey)
    smooth = _smooth(grey, noise)
    if np.ptp(smooth) < max(_FAINTEST, 3 * noise):
        return None
    threshold = otsu(smooth)
    share = float(np.mean(ring(smooth) > threshold))
    if bright_paper is None:
        bright_paper = share > 0.5 if abs(share - 0.5) > _UNSURE or _two_levels(smooth) else _skewed_to_dark(smooth)
    dark_ink = smooth if bright_paper else 1 - smooth
    paper = dark_ink[smooth > threshold if bright_paper else smooth <= threshold]
    level = float(np.median(paper))
    along_rim = share if bright_paper else 1 - share
    tight = np.ptp(np.percentile(paper, [5, 95])) < _EVEN * (level - dark_ink.min())
    even = (along_rim >= _RING and tight) or _two_levels(smooth)
    amount = level - dark_ink if even else _against_local_paper(dark_ink, bright_paper)
    return _stretched(amount, bright_paper, noise)


def _stretched(amount: Array, bright_paper: bool, noise: float) -> Ink | None:
    """The ink divided by what strokes have, so that they are about 1 whatever the pen."""
    strongest = float(amount.max())
    if strongest < max(_FAINTEST, 3 * noise):
        return None
    floor = max(0.3 * strongest, 3 * noise)
    level = float(np.percentile(amount[amount >= floor], 60)) if (amount >= floor).any() else strongest
    return Ink(np.clip(amount / level, 0, 1), bright_paper, noise / level)


def _against_local_paper(dark_ink: Array, bright_paper: bool) -> Array:
    """How much darker than the paper around: a grey closing knows the paper below strokes narrower than its window.

    Bright paper: 1 - value / paper, since light multiplies; dark paper: the difference.
    """
    from scipy import ndimage

    window = max(3, round(_WINDOW * min(dark_ink.shape)))
    paper = ndimage.grey_closing(dark_ink, size=(window, window), mode="nearest")
    amount = 1 - dark_ink / np.maximum(paper, 0.02) if bright_paper else paper - dark_ink
    fitted: Array = amount - np.median(amount)  # the brightest grain of the paper lies above the paper itself
    return fitted


def _two_levels(smooth: Array) -> bool:
    """Whether there are paper and ink and nothing else: no pixels further out than the medians of the two classes."""
    threshold = otsu(smooth)
    dark, bright = (float(np.median(part)) for part in (smooth[smooth <= threshold], smooth[smooth > threshold]))
    low, high = np.percentile(smooth, [0.1, 99.9])
    return max(dark - low, high - bright) < _LEVELS * (bright - dark)


def _skewed_to_dark(smooth: Array) -> bool:
    """Whether the few pixels that differ from their surroundings are dark: the paper is bright then."""
    from scipy import ndimage

    step = max(1, min(smooth.shape) // 48)
    small = smooth[::step, ::step]
    around = ndimage.median_filter(small, size=max(3, min(small.shape) // 2), mode="nearest")
    return float(np.sum((small - around) ** 3)) < 0


def _noise(grey: Array) -> float:
    """The standard deviation of the grain: of second differences along both axes, where most pixels are no edge.

    Immerkaer, "Fast noise variance estimation" (1996), with the median in place of the mean.
    """
    if min(grey.shape) < 3:
        return 0.0
    rows = grey[:-2] - 2 * grey[1:-1] + grey[2:]
    both = rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:]
    return float(np.median(np.abs(both)) / 0.6745 / 6)


def _smooth(grey: Array, noise: float) -> Array:
    """Grain taken out: no smoothing at all where there is none."""
    from scipy import ndimage

    if noise < 0.004:
        return grey
    sigma = 0.6 + min(grey.shape) / 400
    smooth: Array = ndimage.gaussian_filter(ndimage.median_filter(grey, size=3), sigma)
    return smooth


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
