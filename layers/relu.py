"""The rectified linear unit: out = max(x, 0)."""

from typing import Any

import numpy as np

from .draws import matrix
from .registry import Array, Layer, register


def relu_forward(x: Array, *, out: Array | None = None) -> tuple[Array, Any]:
    """out = max(x, 0), of the shape of x; `out=x` works in place.

    The cache is the output: out > 0 exactly where x > 0. Source: Nair and Hinton (2010).
    """
    out = np.maximum(x, 0, out=out)
    return out, out


def relu_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout where x > 0, else 0: the convention at the kink is relu'(0) = 0."""
    return np.multiply(dout, cache > 0, out=out) if need_dx else None


relu = register(Layer("relu", "activation", relu_forward, relu_backward, matrix, ("x",), structure="elementwise"))
