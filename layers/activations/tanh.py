"""The hyperbolic tangent."""

import math
from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating, scratch
from ..draws import matrix
from ..registry import Layer, register
from ..scalars import Elementwise


def tanh_value(x: float) -> float:
    """tanh(x)."""
    return math.tanh(x)


def tanh_slope(y: float) -> float:
    """1 - y^2."""
    return 1 - y * y


def tanh_forward(x: Array, *, out: Array | None = None) -> tuple[Array, Any]:
    """out = tanh(x), of the shape of x; `out=x` works in place.

    The cache is the output: changing that in place spoils the backward.
    """
    require_floating(x, "tanh_forward")
    out = np.tanh(x, out=out)
    return out, out


def tanh_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout (1 - t^2), with t the output."""
    if not need_dx:
        return None
    slope = np.multiply(cache, cache, out=scratch(out, dout))
    np.subtract(1, slope, out=slope)
    return np.multiply(dout, slope, out=out)


tanh = register(
    Layer(
        "tanh", "activation", tanh_forward, tanh_backward, matrix, ("x",),
        structure="elementwise", scalar=Elementwise(tanh_value, tanh_slope),
    )
)  # fmt: skip
