"""The softplus, a smooth relu: out = log(1 + exp(x))."""

import math
from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating, scratch
from ..draws import matrix
from ..registry import Layer, register
from ..scalars import Elementwise


def softplus_value(x: float) -> float:
    """log(1 + exp(x)), without overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def softplus_slope(y: float) -> float:
    """1 - exp(-y)."""
    return -math.expm1(-y)


def softplus_forward(x: Array, *, out: Array | None = None) -> tuple[Array, Any]:
    """out = log(1 + exp(x)) = logaddexp(x, 0), of the shape of x; `out=x` works in place. The cache is the output:
    changing that in place spoils the backward.

    Finite for every finite x. Source: Dugas et al. (2001), section 4.
    """
    require_floating(x, "softplus_forward")
    out = np.logaddexp(x, 0, out=out)
    return out, out


def softplus_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout sigmoid(x) = dout (1 - exp(-out)), which keeps its digits where sigmoid(x) is tiny."""
    if not need_dx:
        return None
    slope = np.negative(cache, out=scratch(out, dout))
    np.expm1(slope, out=slope)
    np.negative(slope, out=slope)
    return np.multiply(dout, slope, out=out)


softplus = register(
    Layer(
        "softplus", "activation", softplus_forward, softplus_backward, matrix, ("x",),
        structure="elementwise", scalar=Elementwise(softplus_value, softplus_slope),
    )
)  # fmt: skip
