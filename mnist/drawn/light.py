"""What the paper looks like below the ink, by several guesses: evenly lit, lit smoothly, or with edges of shadow.

Each guess gives the ink, 0 on paper and about 1 in strokes; negative where something is on the other side of the paper.
"""

from collections.abc import Iterator

import numpy as np

from base.arrays import Array

from .grain import otsu

_WINDOWS = (0.2, 0.4)  # of the shorter side: a stroke must be narrower for its paper to be found beside it
_LEAST_WINDOW = 10
_DEGREE, _ROUNDS, _THUMB = 4, 8, 48
_FAINTEST = 0.02  # contrast in grey, of 1, below which there is nothing
_DARKEST = 0.02  # paper is at least so bright where light is divided out


def guesses(smooth: Array, noise: float, bright_paper: bool) -> Iterator[Array | None]:
    """The ink in grey values (H, W) without grain, by one guess of the light after the other; None: there is none."""
    sheet = smooth if bright_paper else 1 - smooth
    threshold = otsu(sheet)
    papers = _papers(sheet, threshold, bright_paper)
    for paper in papers:
        darker = 1 - sheet / np.maximum(paper, _DARKEST) if bright_paper else paper - sheet
        darker = darker - np.median(darker[darker < 0.5])
        yield _stretched(darker, noise)


def _papers(sheet: Array, threshold: float, bright_paper: bool) -> Iterator[Array]:
    from scipy import ndimage

    yield np.full(sheet.shape, np.median(sheet[sheet > threshold]))
    yield _surface(sheet, bright_paper)
    for share in _WINDOWS:
        window = round(share * min(sheet.shape))
        if window < _LEAST_WINDOW:  # a stroke of a small picture has two or three pixels
            continue
        # what lies outside of the sheet is darker than all, so that a shadow that ends at the rim is no stroke
        padded = np.pad(sheet, window, constant_values=0)
        closed = ndimage.grey_closing(padded, size=(window, window))
        yield closed[window:-window, window:-window]


def _surface(sheet: Array, bright_paper: bool) -> Array:
    """A polynomial of the fourth degree through most pixels: least squares, what lies far off left out step by step.

    Bright paper: in logarithms, since light multiplies.
    """
    rows, columns = (np.linspace(0, n - 1, min(n, _THUMB)).round().astype(int) for n in sheet.shape)
    thumb = sheet[np.ix_(rows, columns)]
    values = np.log(np.maximum(thumb, _DARKEST)) if bright_paper else thumb
    terms = _terms(rows, columns, sheet.shape)
    kept = np.ones(values.size, bool)
    target = values.reshape(-1)
    for _ in range(_ROUNDS):
        solution = np.linalg.lstsq(terms[kept], target[kept], rcond=None)[0]
        away = target - terms @ solution
        middle = np.median(away)
        spread = 1.5 * np.median(np.abs(away - middle)) + 1e-3
        kept = (away - middle > -2 * spread) & (away - middle < 4 * spread)  # ink is darker
    fitted = (_terms(np.arange(sheet.shape[0]), np.arange(sheet.shape[1]), sheet.shape) @ solution).reshape(sheet.shape)
    surface: Array = np.exp(np.minimum(fitted, 1)) if bright_paper else fitted
    return surface


def _terms(rows: Array, columns: Array, shape: tuple[int, ...]) -> Array:
    y, x = np.meshgrid(2 * rows / max(shape[0] - 1, 1) - 1, 2 * columns / max(shape[1] - 1, 1) - 1, indexing="ij")
    powers = [(y**i * x**j).reshape(-1) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]
    return np.stack(powers, axis=1)


def _stretched(darker: Array, noise: float) -> Array | None:
    """Divided by what strokes have, so that they are about 1 whatever the pen; None where there is nothing."""
    strongest = float(darker.max())
    if strongest < max(_FAINTEST, 3 * noise):
        return None
    strong = darker[darker >= max(0.5 * strongest, min(3 * noise, 0.9 * strongest))]
    ink: Array = darker / np.percentile(strong, 60)
    return ink
