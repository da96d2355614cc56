"""The leaky rectified linear unit: out = x where x > 0, else slope x."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating
from ..draws import matrix
from ..registry import Layer, register
from ..scalars import Elementwise


def leaky_relu_value(x: float, slope: float) -> float:
    """x where it is positive, else slope x."""
    return x if x > 0 else slope * x


def leaky_relu_slope(y: float, slope: float) -> float:
    """1 where the output y is positive, else `slope`."""
    return 1.0 if y > 0 else slope


def leaky_relu_forward(x: Array, *, slope: float = 0.01, out: Array | None = None) -> tuple[Array, Any]:
    """out = max(x, slope x) with 0 < slope < 1, of the shape of x; `out=x` works in place.

    The cache is (out, slope): out > 0 exactly where x > 0. Raises ValueError for another slope.
    Source: Maas, Hannun and Ng (2013).
    """
    require_floating(x, "leaky_relu_forward")
    if not 0 < slope < 1:
        raise ValueError(f"slope is {slope!r}; expected a number between 0 and 1, both excluded")
    slope = float(slope)  # a NumPy float64 would widen float32
    out = np.maximum(x, slope * x, out=out)
    return out, (out, slope)


def leaky_relu_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout where x > 0, else slope dout (also at x = 0)."""
    if not need_dx:
        return None
    activated, slope = cache
    below = activated <= 0
    dx = np.positive(dout, out=out)
    return np.multiply(dx, slope, out=dx, where=below)


leaky_relu = register(
    Layer(
        "leaky_relu", "activation", leaky_relu_forward, leaky_relu_backward, matrix, ("x",),
        structure="elementwise", settings=({}, {"slope": 0.3}), scalar=Elementwise(leaky_relu_value, leaky_relu_slope),
    )
)  # fmt: skip
