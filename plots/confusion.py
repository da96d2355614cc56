"""The confusion matrix: which class is taken for which, counted and as a share of the true class.

The diagonal has a quiet colour of its own: the scale belongs to the mistakes, which would drown beside 98 % of hits.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array

from . import style
from .checks import as_labels, as_names, check_rows
from .saving import PathLike, drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BOTH, COUNTS = 12, 30  # up to so many classes a cell holds count and percentage, or the count; beyond, colour alone
_HIT = "#DCE9F3"


def confusion_matrix(y_true: ArrayLike, y_pred: ArrayLike, classes: int | None = None) -> Array:
    """Counts (C, C), int64: entry [i, j] is how many of true class i were predicted as class j.

    y_true, y_pred: integer labels (N,). classes: C, by default one more than the largest label seen.
    Raises ValueError for labels that are not integers 0..C-1 and for different lengths.
    """
    true, predicted = as_labels("y_true", y_true), as_labels("y_pred", y_pred)
    check_rows(y_true=true, y_pred=predicted)
    largest = int(max(true.max(), predicted.max()))
    classes = largest + 1 if classes is None else int(classes)
    if largest >= classes:
        raise ValueError(f"classes is {classes}, but the labels go up to {largest}; expected 0..{classes - 1}.")
    flat = true.astype(np.int64) * classes + predicted.astype(np.int64)
    return np.bincount(flat, minlength=classes * classes).reshape(classes, classes)


def confusion(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    path: PathLike | None = None,
    *,
    names: Sequence[str] | None = None,
    part: str = "",
) -> "Figure":
    """Draw the confusion matrix of labels y_true (N,) and y_pred (N,); rows are true classes.

    names: of the classes, also fixing their number C. part: what was classified, for the title ("test").
    Raises ValueError as `confusion_matrix` does.
    """
    matrix = confusion_matrix(y_true, y_pred, None if names is None else len(names))
    return draw_confusion(matrix, path, names=names, part=part)


def draw_confusion(
    matrix: ArrayLike, path: PathLike | None = None, *, names: Sequence[str] | None = None, part: str = ""
) -> "Figure":
    """Draw a confusion matrix (C, C) of counts, as from `confusion_matrix`; `names` and `part` as in `confusion`."""
    counts = _check(matrix)
    labels = as_names(names, len(counts))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(max(3.4, 0.62 * len(counts)), 11.0)
    longest = 0.075 * max(map(len, labels))  # inches
    slanted = longest > 0.9 * side / len(counts)
    with drawn(path, side + 1.6 + longest, side + 0.9 + slanted * longest, images=True) as figure:
        axes = figure.add_subplot()
        _paint(figure, axes, shares)
        if len(counts) <= COUNTS:
            _write(axes, counts, shares)
        _dress(axes, labels, slanted)
        style.headline(figure, _title(counts, part))
    return figure


def _check(matrix: ArrayLike) -> Array:
    counts = np.asarray(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.size == 0:
        raise ValueError(f"matrix has shape {counts.shape}; expected (C, C): true classes by predicted classes.")
    if counts.dtype.kind not in "iu" or counts.min() < 0:
        raise ValueError(f"matrix holds {counts.dtype} from {counts.min()}; expected counts, integers of at least 0.")
    return counts


def _paint(figure: "Figure", axes: "Axes", shares: Array) -> None:
    """Colours: mistakes by their share of the row, hits in one pale tone."""
    from matplotlib.colors import ListedColormap

    hits = np.eye(len(shares), dtype=bool)
    wrong = np.ma.masked_array(100 * shares, hits)
    top = float(np.where(hits, 0, 100 * shares).max())
    image = axes.imshow(wrong, cmap=style.SEQUENTIAL, vmin=0, vmax=top or 1)
    axes.imshow(np.ma.masked_array(hits, ~hits), cmap=ListedColormap([_HIT]))
    if not top:
        return  # without a single mistake a scale would mean nothing
    bar = figure.colorbar(image, ax=axes, pad=0.02)
    bar.set_label("mistakes, % of the true class")
    bar.outline.set_visible(False)


def _write(axes: "Axes", counts: Array, shares: Array) -> None:
    """The count in every cell that is not empty, below it the share of the row where there is room."""
    off = shares * (1 - np.eye(len(shares)))
    dark = 0.6 * off.max() if off.max() > 0 else np.inf
    size = style.FONT if len(counts) <= BOTH else style.FONT - 2.5
    for (i, j), count in np.ndenumerate(counts):
        if count:
            text = f"{count:,}\n{style.percent(float(shares[i, j]))}" if len(counts) <= BOTH else str(count)
            axes.text(j, i, text, ha="center", va="center", fontsize=size - (0 if i == j else 0.5),
                      color="white" if off[i, j] > dark else style.INK)  # fmt: skip


def _dress(axes: "Axes", labels: list[str], slanted: bool) -> None:
    places = range(len(labels))
    axes.set_xticks(places, labels, parse_math=False, rotation=90 if slanted else 0)
    axes.set_yticks(places, labels, parse_math=False)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    edges = np.arange(len(labels) + 1) - 0.5
    axes.set_xticks(edges, minor=True)
    axes.set_yticks(edges, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.0)
    axes.tick_params(which="minor", length=0)
    axes.set_axisbelow(False)


def _title(counts: Array, part: str) -> str:
    total, right = int(counts.sum()), int(np.trace(counts))
    if total == 0:
        return "No examples"
    text = f"{part} accuracy {style.percent(right / total)}, {total - right:,} of {total:,} wrong".strip()
    return text[0].upper() + text[1:]
