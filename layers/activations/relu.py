"""The rectified linear unit: out = max(x, 0)."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating, scratch
from ..draws import matrix
from ..registry import Layer, register
from ..scalars import Elementwise


def relu_value(x: float) -> float:
    """max(x, 0)."""
    return 0.0 if x < 0 else x


def relu_slope(y: float) -> float:
    """1 where the output y is positive, else 0."""
    return 1.0 if y > 0 else 0.0


def relu_forward(x: Array, *, out: Array | None = None) -> tuple[Array, Any]:
    """out = max(x, 0), of the shape of x; `out=x` works in place.

    The cache is the output (out > 0 exactly where x > 0): changing that in place spoils the backward.
    Source: Nair and Hinton (2010).
    """
    require_floating(x, "relu_forward")
    zeros = np.zeros(x.shape[-1:], x.dtype)  # a row of them: NumPy's maximum with a scalar is up to four times slower
    out = np.maximum(x, zeros, out=out)
    return out, out


def relu_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout where x > 0, else 0: the convention at the kink is relu'(0) = 0."""
    if not need_dx:
        return None
    slope = np.greater(cache, 0, out=scratch(out, dout))
    return np.multiply(dout, slope, out=out)


relu = register(
    Layer(
        "relu", "activation", relu_forward, relu_backward, matrix, ("x",),
        structure="elementwise", scalar=Elementwise(relu_value, relu_slope),
    )
)  # fmt: skip
