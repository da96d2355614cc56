"""The exponential linear unit: out = x where x > 0, else alpha (exp(x) - 1)."""

import math
from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating, scratch
from ..draws import matrix
from ..registry import Layer, register
from ..scalars import Elementwise


def elu_value(x: float, alpha: float) -> float:
    """x where it is positive, else alpha (exp(x) - 1)."""
    return x if x > 0 else alpha * math.expm1(x)


def elu_slope(y: float, alpha: float) -> float:
    """1 where the output y is positive, else alpha exp(x) = y + alpha."""
    return 1.0 if y > 0 else y + alpha


def elu_forward(x: Array, *, alpha: float = 1.0, out: Array | None = None) -> tuple[Array, Any]:
    """out = x where x > 0, else alpha (exp(x) - 1), of the shape of x; `out=x` works in place.

    The cache is (out, alpha): out > 0 exactly where x > 0, as alpha is not negative. Large negative x end at -alpha.
    Raises ValueError for another alpha. Source: Clevert, Unterthiner and Hochreiter (2016), equation 15.
    """
    require_floating(x, "elu_forward")
    if not 0 <= alpha < math.inf:
        raise ValueError(f"alpha is {alpha!r}; expected a number, 0 or more: -alpha is where out ends for small x")
    alpha = float(alpha)  # a NumPy float64 would widen float32
    above = np.maximum(x, 0)
    out = np.minimum(x, 0, out=out)
    np.expm1(out, out=out)
    out *= alpha
    out += above
    return out, (out, alpha)


def elu_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout where x > 0, else dout alpha exp(x) = dout (out + alpha), also at x = 0."""
    if not need_dx:
        return None
    activated, alpha = cache
    slope = np.minimum(activated, 0, out=scratch(out, dout, activated))
    slope += alpha
    if alpha != 1:  # else 0 + alpha is the 1 that is wanted, and a mask costs more than all the rest
        np.copyto(slope, 1, where=activated > 0)
    return np.multiply(dout, slope, out=out)


elu = register(
    Layer(
        "elu", "activation", elu_forward, elu_backward, matrix, ("x",),
        structure="elementwise", settings=({}, {"alpha": 0.5}), scalar=Elementwise(elu_value, elu_slope),
    )
)  # fmt: skip
