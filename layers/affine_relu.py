"""The sandwich affine - relu as one pair, for nets composed by hand."""

from typing import Any

from base.arrays import Array

from .activations.relu import relu_backward, relu_forward
from .affine import affine, affine_backward, affine_forward
from .registry import Layer, register


def affine_relu_forward(x: Array, w: Array, b: Array, *, out: Array | None = None) -> tuple[Array, Any]:
    """out = max(x w + b, 0); shapes and errors as in `affine_forward`. The cache is the pair of both caches."""
    a, affine_cache = affine_forward(x, w, b, out=out)
    out, relu_cache = relu_forward(a, out=a)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(
    dout: Array, cache: Any, *, out: tuple[Array | None, ...] | None = None, need_dx: bool = True
) -> tuple[Array | None, ...]:
    """dx, dw, db of the composition: relu's backward, then affine's."""
    affine_cache, relu_cache = cache
    da = relu_backward(dout, relu_cache)
    return affine_backward(da, affine_cache, out=out, need_dx=need_dx)


affine_relu = register(
    Layer(
        "affine_relu", "sandwich", affine_relu_forward, affine_relu_backward, affine.inputs, affine.args, affine.params
    )
)
