"""The affine (fully connected) layer, with and without a bias: out = x w + b.

Inputs may have any trailing shape, which is flattened to D features; dx comes back in the shape of x.
"""

import math
from typing import Any

import numpy as np

from base.arrays import Array

from .arrays import require_floating
from .draws import sizes
from .registry import Layer, register


def affine_forward(x: Array, w: Array, b: Array | None = None, *, out: Array | None = None) -> tuple[Array, Any]:
    """out = x w + b.

    x (N, d1, ..., dk) with d1...dk = D, w (D, M), b (M,) or None -> out (N, M), cache (x, w, b).
    Raises ValueError where the shapes do not fit. Source: any text on backpropagation, e.g. Nielsen, ch. 2.
    """
    require_floating(x, "affine_forward")
    if x.ndim < 2 or w.ndim != 2 or (b is not None and b.shape != w.shape[1:]):  # b (1, M) would broadcast
        raise ValueError(_explain(x, w, b))
    try:
        out = np.matmul(x if x.ndim == 2 else x.reshape(len(x), w.shape[0]), w, out=out)
    except ValueError as error:
        raise ValueError(_explain(x, w, b)) from error
    if b is not None:
        out += b
    return out, (x, w, b)


def affine_backward(
    dout: Array, cache: Any, *, out: tuple[Array | None, ...] | None = None, need_dx: bool = True
) -> tuple[Array | None, ...]:
    """dx = dout w', dw = x' dout, db = sum_n dout[n].

    dout (N, M) -> dx in the shape of x (None with need_dx=False), dw (D, M), db (M,); without a bias only dx, dw.
    `out=(dx, dw, db)` takes buffers, None where one is to be allocated.
    """
    x, w, b = cache
    dx, dw, db = (*out, None)[:3] if out else (None, None, None)
    if dout.shape != (len(x), w.shape[1]):
        raise ValueError(f"dout has shape {dout.shape}; expected that of the output, {(len(x), w.shape[1])}")
    if not need_dx:
        dx = None
    elif x.ndim == 2:
        dx = np.matmul(dout, w.T, out=dx)
    else:
        dx = np.positive((dout @ w.T).reshape(x.shape), out=dx)  # a copy into any buffer, also a strided one
    dw = np.matmul(x.reshape(len(x), w.shape[0]).T, dout, out=dw)
    if b is None:
        return dx, dw
    ones = np.ones(len(dout), dout.dtype)  # BLAS sums over the batch in half the time of np.add.reduce
    return dx, dw, np.matmul(ones, dout, out=db)


def _explain(x: Array, w: Array, b: Array | None) -> str:
    if x.ndim < 2:
        return f"affine takes x (N, D), a row for each example; got x {x.shape}. One row alone is x[None]."
    features = math.prod(x.shape[1:])
    if w.ndim == 2 and features != w.shape[0]:
        hint = " Is w transposed?" if features == w.shape[1] else ""
        return f"x {x.shape} has {features} features a row, but w {w.shape} takes {w.shape[0]}.{hint}"
    return f"affine takes x (N, D), w (D, M), b (M,); got x {x.shape}, w {w.shape}, b {None if b is None else b.shape}."


def _draw(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
    d, m = sizes(rng, n, 2)
    return rng.standard_normal((n, d)), rng.standard_normal((d, m)), rng.standard_normal(m)


def _draw_without_bias(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
    return _draw(rng, n)[:2]


affine = register(
    Layer("affine", "linear", affine_forward, affine_backward, _draw, ("x", "w", "b"), ("w", "b"), structure="affine")
)

linear = register(
    Layer(
        "linear", "linear", affine_forward, affine_backward, _draw_without_bias, ("x", "w"), ("w",),
        structure="affine",
    )
)  # fmt: skip
