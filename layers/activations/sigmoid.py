"""The logistic sigmoid: out = 1 / (1 + exp(-x))."""

import math
from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating, scratch
from ..draws import matrix
from ..registry import Layer, register
from ..scalars import Elementwise


def sigmoid_value(x: float) -> float:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + math.exp(-x))


def sigmoid_slope(y: float) -> float:
    """y (1 - y)."""
    return (1 - y) * y


def sigmoid_forward(x: Array, *, out: Array | None = None) -> tuple[Array, Any]:
    """out = 1 / (1 + exp(-x)), of the shape of x; `out=x` works in place. The cache is the output:
    changing that in place spoils the backward.

    x is held above 1 - log(largest float), below which exp(-x) would overflow: the result there is about the smallest
    normal number instead of something smaller still.
    """
    require_floating(x, "sigmoid_forward")
    dtype = np.result_type(x, 1.0)
    out = np.maximum(x, 1 - np.log(np.finfo(dtype).max), out=out, dtype=dtype)
    np.negative(out, out=out)
    np.exp(out, out=out)
    out += 1
    np.reciprocal(out, out=out)
    return out, out


def sigmoid_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout s (1 - s), with s the output."""
    if not need_dx:
        return None
    slope = np.subtract(1, cache, out=scratch(out, dout, cache))
    slope *= cache
    return np.multiply(dout, slope, out=out)


sigmoid = register(
    Layer(
        "sigmoid", "activation", sigmoid_forward, sigmoid_backward, matrix, ("x",),
        structure="elementwise", scalar=Elementwise(sigmoid_value, sigmoid_slope),
    )
)  # fmt: skip
