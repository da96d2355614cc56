"""Average pooling: of each window the mean stays."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import filled_first, handed_over
from ..registry import Layer, register
from .draws import images
from .pooling import SETTINGS, inside, offsets, padded, reduced, tiles
from .window import Pair, check_upstream, require_images, require_shape, window


def average_pool2d_forward(
    x: Array, *, size: Pair = 2, stride: Pair | None = None, padding: Pair = 0, out: Array | None = None
) -> tuple[Array, Any]:
    """out[n, c, i, j] = 1 / (KH KW) times the sum over k, l of x[n, c, S i + k - P, S j + l - P], x = 0 outside.

    x (N, C, H, W) -> out (N, C, H', W') with H' = floor((H + 2 P - K) / S) + 1 and W' alike, cache. size K, stride S
    (None: the size, so that windows lie side by side) and padding P are numbers or pairs (along H, along W). Zeros of
    the padding count: each window is divided by KH KW.

    Windows of 2 x 2 on an image of 4 x 4:

        [1 5][2 0]
        [3 3][8 2]      ->     3   3
        [7 2][6 6]            2.5  4
        [0 1][1 3]

    Raises TypeError for what is not floating, ValueError where shapes or settings do not fit.
    Source: LeCun, Bottou, Bengio and Haffner (1998), section II, there with a weight and a bias for each channel.
    """
    require_images(x, "average_pool2d")
    seen = window("average_pool2d", size, size if stride is None else stride, padding)
    places = seen.places(x, "average_pool2d")
    shape = (*x.shape[:2], *places)
    require_shape(out, shape)
    value = filled_first(out, shape, x.dtype, x)
    reduced(np.add, padded(x, seen, 0), seen, places, value)
    value *= x.dtype.type(1 / (seen.size[0] * seen.size[1]))
    return handed_over(value, out), (x.shape, places, seen)


def average_pool2d_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx adds dout / (KH KW) at every place of each window.

    dout (N, C, H', W') -> dx (N, C, H, W), zero where no window looked.
    """
    shape, places, seen = cache
    check_upstream(dout, (*shape[:2], *places))
    if not need_dx:
        return None
    share = dout * dout.dtype.type(1 / (seen.size[0] * seen.size[1]))
    dx = filled_first(out, shape, dout.dtype)
    apart, margins = tiles(shape, seen), any(seen.padding)
    target = padded(np.zeros(shape, dout.dtype), seen, 0) if margins else dx
    if not apart:
        target.fill(0)
    for gradient in offsets(target, seen, places):
        if apart:
            gradient[...] = share
        else:
            gradient += share
    if margins:
        dx[...] = inside(target, seen)
    return dx


average_pool2d = register(
    Layer(
        "average_pool2d", "pool", average_pool2d_forward, average_pool2d_backward, images, ("x",),
        structure="rows", settings=SETTINGS,
    )
)  # fmt: skip
