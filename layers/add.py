"""The sum of two branches, as in a skip connection: out = x + y."""

from typing import Any

import numpy as np

from base.arrays import Array

from .arrays import require_floating
from .draws import matrix
from .registry import Layer, register


def add_forward(x: Array, y: Array, *, out: Array | None = None) -> tuple[Array, Any]:
    """out = x + y, both of one shape (ValueError otherwise: broadcasting would hide a mistake). The cache is empty."""
    require_floating(x, "add_forward")
    if x.shape != y.shape:
        raise ValueError(f"add takes two arrays of one shape; got {x.shape} and {y.shape}")
    return np.add(x, y, out=out), None


def add_backward(
    dout: Array, cache: Any, *, out: tuple[Array | None, ...] | None = None, need_dx: bool = True
) -> tuple[Array | None, Array]:
    """dx = dout, dy = dout, as two arrays of their own, so that changing one leaves the other."""
    dx, dy = out or (None, None)
    return (np.positive(dout, out=dx) if need_dx else None), np.positive(dout, out=dy)


def _draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    (x,) = matrix(rng, n)
    return x, rng.standard_normal(x.shape)


add = register(Layer("add", "combine", add_forward, add_backward, _draw, ("x", "y"), structure="elementwise"))
