"""The first layer's weights as images: column j of W1 is the picture that hidden unit j responds to most.

Of a convolutional layer it is the window that a filter responds to most, one picture for each channel it looks at.

Positive weights are red, negative blue, zero white, so that a unit that never learned is a field of noise.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array

from . import style
from .checks import check_finite
from .saving import PathLike, drawn
from .tiles import Side, columns_for, image_shape, mosaic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 100  # units in one picture
SCALES = ("shared", "unit")


def weights(
    W1: ArrayLike, side: Side | None = None, path: PathLike | None = None, *, scale: str = "shared"
) -> "Figure":
    """Draw the first 100 columns of W1 (D, H) as images of D pixels on one sheet, or filters W1 (F, C, KH, KW).

    side   None where D is a square (784: 28 x 28), else the side, or (height, width); of filters it is their own.
           Filters of several channels stand a row each, channel beside channel.
    scale  "shared": one symmetric colour scale, +-m, m the 99.9th percentile of |W1| over the units drawn;
           "unit": each unit has its own, +-max |w|, to see the shapes of weak units too.
    Raises ValueError for other shapes, for NaN or infinity, and where D and `side` do not fit.
    """
    W1 = _check(W1, scale)
    if W1.ndim == 4:
        tiles, columns, title = _filters(W1, side)
    else:
        height, width = image_shape(len(W1), side, "W1")
        tiles = W1[:, :MOST].T.reshape(-1, height, width).astype(np.float64)
        columns, title = columns_for(len(tiles)), _title(W1.shape[1], len(tiles), height, width)
    height, width = tiles.shape[1:]
    limits = _limits(tiles, scale)
    if scale == "unit":
        tiles, limit = tiles / limits[:, None, None], 1.0
    else:
        limit = float(limits[0])
    gap = max(1, round(min(height, width) / 14))
    sheet = mosaic(tiles, columns, (gap, gap))
    wide = min(5.9, 1.8 * columns)  # inches
    if W1.ndim == 4:  # a column of many filters would be a long strip
        wide = min(wide, 7.0 * sheet.shape[1] / sheet.shape[0])
    with drawn(path, max(wide + 1.1, 5.2), 0.8 + wide * sheet.shape[0] / sheet.shape[1], images=True) as figure:
        axes = figure.add_subplot()
        image = axes.imshow(sheet, cmap=style.DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest")
        bar = figure.colorbar(image, ax=axes, pad=0.02, extend="both" if scale == "shared" else "neither")
        bar.set_label("weight" if scale == "shared" else "weight / largest of its unit")
        bar.outline.set_visible(False)
        style.headline(figure, title)
        _number(axes, len(tiles), columns, (height, width), gap)
        if W1.ndim == 4:
            _name_filters(axes, W1.shape[1])
    return figure


def _check(W1: ArrayLike, scale: str) -> Array:
    W1 = np.asarray(W1)
    if W1.ndim not in (2, 4) or W1.size == 0:
        raise ValueError(
            f"W1 has shape {W1.shape}; expected (D, H): D pixels, H hidden units; or (F, C, KH, KW), filters."
        )
    if W1.dtype.kind not in "iuf":
        raise ValueError(f"W1 is {W1.dtype}; expected real numbers.")
    if scale not in SCALES:
        raise ValueError(f"scale is {scale!r}; expected 'shared' or 'unit'.")
    check_finite("W1", W1)
    return W1


def _limits(tiles: Array, scale: str) -> Array:
    """The half-widths of the colour scale, one or one per unit; 1 where all weights are zero."""
    size = np.abs(tiles.reshape(len(tiles), -1))
    # A single outlier must not bleach the whole sheet; what lies beyond is marked by the bar's pointed ends.
    limits = size.max(axis=1) if scale == "unit" else np.percentile(size, [99.9])
    return np.where(limits > 0, limits, 1.0)


def _filters(W1: Array, side: Side | None) -> tuple[Array, int, str]:
    """The pictures of filters (F, C, KH, KW), how many stand in a row, and the headline."""
    count, channels, height, width = W1.shape
    if side is not None:
        image_shape(height * width, side, "W1")
    shown = min(count, max(1, MOST // channels))
    tiles = W1[:shown].reshape(-1, height, width).astype(np.float64)
    which = f"{shown}" if shown == count else f"the first {shown} of {count:,}"
    title = f"First-layer filters: {which}, {height} x {width} pixels"
    if channels == 1:
        return tiles, columns_for(shown), title
    return tiles, channels, f"{title}, {channels} channels"


def _title(units: int, shown: int, height: int, width: int) -> str:
    what = f"{shown} hidden units" if shown > 1 else "1 hidden unit"
    some = f"the first {shown} of {units:,} hidden units" if shown < units else what
    return f"First-layer weights: {some}, {height} x {width} pixels each"


def _number(axes: "Axes", count: int, columns: int, shape: tuple[int, int], gap: int) -> None:
    """Number the units along the edges: unit = number of the row + number of the column."""
    rows = -(-count // columns)
    axes.set_xticks([c * (shape[1] + gap) + (shape[1] - 1) / 2 for c in range(columns)],
                    [f"+{c}" for c in range(columns)])  # fmt: skip
    axes.set_yticks([r * (shape[0] + gap) + (shape[0] - 1) / 2 for r in range(rows)],
                    [str(r * columns) for r in range(rows)])  # fmt: skip
    axes.set_xlabel("unit (row + column)")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _name_filters(axes: "Axes", channels: int) -> None:
    """Say that the tiles are filters: of several channels a row is one."""
    if channels == 1:
        axes.set_xlabel("filter (row + column)")
        return
    axes.set_xticks(axes.get_xticks(), [str(c) for c in range(channels)])
    axes.set_yticks(axes.get_yticks(), [str(r) for r in range(len(axes.get_yticks()))])
    axes.set_xlabel("channel")
    axes.set_ylabel("filter")
