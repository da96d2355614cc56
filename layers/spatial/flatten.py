"""From images to rows: all values of an example side by side, as the affine layer takes them."""

import math
from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating
from ..registry import Layer, register
from .draws import images
from .window import check_upstream, require_shape


def flatten_forward(x: Array, *, out: Array | None = None) -> tuple[Array, Any]:
    """out[n] = the values of x[n] in row order: channel by channel, row by row.

    x (N, d1, ..., dk) -> out (N, d1...dk), an array of its own, cache (the shape of x). The affine layer flattens by
    itself; this one is for what takes rows only. Raises TypeError for what is not floating.

        channel 0   channel 1
         [a b]       [e f]      ->   [a b c d e f g h]
         [c d]       [g h]
    """
    require_floating(x, "flatten_forward")
    if x.ndim < 2:
        raise ValueError(f"flatten takes x (N, d1, ..., dk), one example on each row; got x {x.shape}")
    shape = (len(x), math.prod(x.shape[1:]))
    require_shape(out, shape)
    return np.positive(x.reshape(shape), out=out), x.shape


def flatten_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout in the shape of x."""
    if not need_dx:
        return None
    check_upstream(dout, (cache[0], math.prod(cache[1:])))
    return np.positive(dout.reshape(cache), out=out)


flatten = register(Layer("flatten", "reshape", flatten_forward, flatten_backward, images, ("x",), structure="rows"))
