"""The worst mistakes as images: wrong answers, the surest first, with the true class and the probability given.

They show what a single accuracy hides: labels that are wrong, digits that no one can read, and real failures.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array

from . import style
from .checks import as_labels, as_names, check_finite, check_rows
from .saving import PathLike, drawn
from .tiles import Side, columns_for, image_shape, mosaic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 100  # images in one picture
_CAPTION = 0.42  # inches for two lines above each image, which is 1 inch wide


def mistakes(
    images: ArrayLike,
    y_true: ArrayLike,
    probabilities: ArrayLike,
    path: PathLike | None = None,
    count: int = 25,
    *,
    side: Side | None = None,
    names: Sequence[str] | None = None,
) -> "Figure":
    """Draw up to `count` wrongly classified images, the most probable wrong answers first.

    images (N, D) or (N, height, width); y_true integer labels (N,); probabilities (N, C) in 0..1, the answer being
    the most probable class; side: as in `weights`, for rows of D pixels; names: of the C classes.
    Without mistakes the picture says so. Raises ValueError for shapes that do not fit, labels of C or above,
    NaN or infinity, and for scores in place of probabilities.
    """
    true, shares, pictures = _check(images, y_true, probabilities, count)
    labels = as_names(names, shares.shape[1])
    shape = image_shape(pictures.shape[1], side, "images") if pictures.ndim == 2 else pictures.shape[1:]
    guess = shares.argmax(axis=1)
    order = worst(true, shares)
    chosen = order[:count]
    shown = pictures[chosen].reshape(-1, *shape)
    check_finite("images", shown)
    captions = [(f"{labels[true[n]]} read as {labels[guess[n]]}", style.percent(float(shares[n, guess[n]]), 2))
                for n in chosen]  # fmt: skip
    return _draw(path, shown, captions, _title(len(order), len(chosen), len(true)))


def worst(y_true: Array, probabilities: Array) -> Array:
    """Indices of all mistakes: by falling probability of the wrong answer, then rising one of the true class."""
    rows = np.arange(len(y_true))
    guess = probabilities.argmax(axis=1)
    given, due = probabilities[rows, guess], probabilities[rows, y_true]
    order: Array = np.lexsort((rows, due, -given))
    wrong: Array = order[guess[order] != y_true[order]]
    return wrong


def _check(images: ArrayLike, y_true: ArrayLike, probabilities: ArrayLike, count: int) -> tuple[Array, Array, Array]:
    pictures, shares, true = np.asarray(images), np.asarray(probabilities), as_labels("y_true", y_true)
    if pictures.ndim not in (2, 3) or pictures.dtype.kind not in "biuf":
        raise ValueError(f"images is {pictures.dtype} {pictures.shape}; expected numbers (N, D) or (N, height, width).")
    if shares.ndim != 2 or shares.dtype.kind != "f":
        raise ValueError(f"probabilities is {shares.dtype} {shares.shape}; expected floating-point (N, C).")
    check_rows(images=pictures, y_true=true, probabilities=shares)
    check_finite("probabilities", shares)
    low, high = float(shares.min()), float(shares.max())
    if low < 0 or high > 1 + 1e-6:
        raise ValueError(f"probabilities holds values {low:.3g}..{high:.3g}; expected 0..1: apply softmax to scores.")
    if true.max() >= shares.shape[1]:
        raise ValueError(f"y_true holds {true.max()}; probabilities has {shares.shape[1]} columns, so expected labels "
                         f"0..{shares.shape[1] - 1}.")  # fmt: skip
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= MOST:
        raise ValueError(f"count is {count!r}; expected an integer 1..{MOST}.")
    return true, shares, pictures


def _draw(path: PathLike | None, shown: Array, captions: list[tuple[str, str]], title: str) -> "Figure":
    """A figure of which every image is one inch wide, in columns as wide as the longest caption."""
    columns = columns_for(len(shown))
    pitch = max([1.2, *(0.075 * len(classes) for classes, _ in captions)])
    inches = shown.shape[1] / shown.shape[2] + _CAPTION
    rows = -(-len(shown) // columns)
    with drawn(path, max(4.8, pitch * columns), 0.4 + inches * rows, images=True) as figure:
        axes = figure.add_subplot()
        axes.set_axis_off()
        style.headline(figure, title)
        if len(shown):
            _tile(axes, shown, captions, columns, pitch)
    return figure


def _tile(axes: "Axes", shown: Array, captions: list[tuple[str, str]], columns: int, pitch: float) -> None:
    """One sheet of images, each with its caption in the gap above."""
    height, width = shown.shape[1:]
    gap = math.ceil(_CAPTION * width), math.ceil((pitch - 1) * width)
    sheet = mosaic(shown, columns, gap)
    axes.imshow(sheet, cmap=style.PAPER, interpolation="nearest")
    axes.set_xlim(-0.5 - gap[1] / 2, sheet.shape[1] - 0.5 + gap[1] / 2)
    axes.set_ylim(sheet.shape[0] - 0.5, -0.5 - gap[0])
    for k, (classes, probability) in enumerate(captions):
        top, left = (k // columns) * (height + gap[0]), (k % columns) * (width + gap[1])
        axes.text(left + (width - 1) / 2, top - 0.5, f"{classes}\n{probability}", ha="center", va="bottom",
                  fontsize=style.FONT - 1, linespacing=1.05, parse_math=False)  # fmt: skip


def _title(wrong: int, shown: int, total: int) -> str:
    if wrong == 0:
        return f"No mistakes: all {total:,} right"
    some = "All" if shown == wrong else f"The {shown} surest of"
    images = f"{total:,} image{'s' if total > 1 else ''}"
    return f"{some} {wrong:,} mistakes in {images}" if wrong > 1 else f"The one mistake in {images}"
