"""Many small images in one array: what shape a row of D pixels has, and a mosaic of tiles with gaps between.

One mosaic draws a hundred times faster than a hundred axes.
"""

import math
from collections.abc import Sequence

import numpy as np

from base.arrays import Array

Side = int | Sequence[int]


def image_shape(pixels: int, side: Side | None, name: str) -> tuple[int, int]:
    """(height, width) of an image of that many pixels: from `side`, or a square where `side` is None.

    side: the width and height of a square, or (height, width). ValueError, naming `name`, where they do not fit.
    """
    if side is None:
        root = math.isqrt(pixels)
        if pixels == 0 or root * root != pixels:
            raise ValueError(f"{name} has {pixels} pixels per image, which is no square: give side=(height, width).")
        return root, root
    sides = (side, side) if isinstance(side, int | np.integer) else tuple(side)
    if len(sides) != 2 or any(isinstance(s, bool) or not isinstance(s, int | np.integer) or s < 1 for s in sides):
        raise ValueError(f"side is {side!r}; expected a positive integer or a pair (height, width).")
    height, width = int(sides[0]), int(sides[1])
    if height * width != pixels:
        raise ValueError(f"side is {side!r}, {height * width} pixels, but {name} has {pixels} pixels per image.")
    return height, width


def columns_for(count: int) -> int:
    """How many tiles stand in a row: as near to a square as whole numbers allow, at least one."""
    return max(1, math.ceil(math.sqrt(count)))


def mosaic(images: Array, columns: int, gap: tuple[int, int]) -> Array:
    """Images (K, height, width) side by side, row after row, as one float64 sheet; gaps and unused places are NaN.

    Tile k begins at row (k // columns)(height + gap[0]), column (k % columns)(width + gap[1]).
    """
    count, height, width = images.shape
    rows = -(-count // columns)
    step = height + gap[0], width + gap[1]
    sheet = np.full((rows * step[0] - gap[0], columns * step[1] - gap[1]), np.nan)
    for k, image in enumerate(images):
        top, left = (k // columns) * step[0], (k % columns) * step[1]
        sheet[top : top + height, left : left + width] = image
    return sheet
