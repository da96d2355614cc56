"""Max pooling: of each window the largest value stays, and the gradient goes back to where it stood."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import filled_first, handed_over
from ..registry import Layer, register
from .draws import images
from .pooling import SETTINGS, inside, offsets, padded, reduced, tiles
from .window import Pair, check_upstream, require_images, require_shape, window


def max_pool2d_forward(
    x: Array, *, size: Pair = 2, stride: Pair | None = None, padding: Pair = 0, out: Array | None = None
) -> tuple[Array, Any]:
    """out[n, c, i, j] = max over k, l of x[n, c, S i + k - P, S j + l - P], x = -inf outside.

    x (N, C, H, W) -> out (N, C, H', W') with H' = floor((H + 2 P - K) / S) + 1 and W' alike, cache. size K, stride S
    (None: the size, so that windows lie side by side) and padding P are numbers or pairs (along H, along W).

    Windows of 2 x 2 on an image of 4 x 4:

        [1 5][2 0]
        [3 4][8 1]      ->    5 8
        [7 2][6 6]            7 6      of the two 6, the first one in row order has the gradient
        [0 1][3 2]

    Raises TypeError for what is not floating, ValueError where shapes or settings do not fit.
    Source: Ranzato, Huang, Boureau and LeCun (2007); Dumoulin and Visin (2016) for strides and padding.
    """
    require_images(x, "max_pool2d")
    seen = window("max_pool2d", size, size if stride is None else stride, padding)
    places = seen.places(x, "max_pool2d")
    shape = (*x.shape[:2], *places)
    require_shape(out, shape)
    kept = x.copy() if out is not None and np.may_share_memory(out, x) else x
    value = filled_first(out, shape, x.dtype)
    reduced(np.maximum, padded(kept, seen, -np.inf), seen, places, value)
    return value, (kept, value, seen)


def max_pool2d_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx adds dout where the maximum of each window stood, else 0; among equal values the first in row order has all.

    That is the convention at a tie, where the maximum has no derivative; a window with a NaN passes nothing on.
    dout (N, C, H', W') -> dx (N, C, H, W).
    """
    x, value, seen = cache
    check_upstream(dout, value.shape)
    if not need_dx:
        return None
    dx = filled_first(out, x.shape, dout.dtype, x, value, dout)
    places, apart = value.shape[2:], tiles(x.shape, seen)
    source = padded(x, seen, -np.inf)
    target = dx if source is x else np.empty(source.shape, dout.dtype)
    if not apart:
        target.fill(0)
    free = np.ones(value.shape, bool)
    for values, gradient in zip(offsets(source, seen, places), offsets(target, seen, places), strict=True):
        largest = np.equal(values, value)
        largest &= free
        free ^= largest
        if apart:
            np.multiply(dout, largest, out=gradient)
        else:
            gradient += dout * largest
    if target is not dx:
        dx[...] = inside(target, seen)
    return handed_over(dx, out)


max_pool2d = register(
    Layer(
        "max_pool2d", "pool", max_pool2d_forward, max_pool2d_backward, images, ("x",),
        structure="rows", settings=SETTINGS,
    )
)  # fmt: skip
