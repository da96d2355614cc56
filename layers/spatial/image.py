"""Rows of pixels as images: what stands in front of a convolutional net, so that rows and images go in alike."""

import math
from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating
from ..registry import Layer, register
from .draws import images


def image_forward(x: Array, *, shape: tuple[int, ...] = (1, 1, -1), out: Array | None = None) -> tuple[Array, Any]:
    """out[n] = x[n] as an image of `shape` (C, H, W), in row order: the way back from `flatten`.

    x (N, C H W), (N, C, H, W), or (N, H, W) where C = 1 -> out (N, C, H, W); cache: the shape of x. One side of the
    shape may be -1, as in reshape. Raises ValueError for other rows, and for images whose channels stand last.
    """
    require_floating(x, "image_forward")
    if x.ndim < 2:
        raise ValueError(f"image takes rows of pixels (N, D); got x {x.shape}. One row alone is x[None].")
    if len(shape) != 3:
        raise ValueError(f"shape is {tuple(shape)}; expected (channels, height, width), as (1, 28, 28)")
    wanted = _whole(tuple(shape), math.prod(x.shape[1:]))
    if wanted is None or not (x.ndim == 2 or x.shape[1:] == wanted or (wanted[0] == 1 and x.shape[1:] == wanted[1:])):
        raise ValueError(_explain(x, wanted or tuple(shape)))
    return np.positive(x.reshape(len(x), *wanted), out=out), x.shape


def image_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout in the shape of x."""
    return np.positive(dout.reshape(cache), out=out) if need_dx else None


def _whole(shape: tuple[int, ...], pixels: int) -> tuple[int, ...] | None:
    """The shape without its -1, or None where it is not one of so many pixels."""
    known = math.prod(side for side in shape if side != -1)
    if known < 1:
        return None
    found = tuple(pixels // known if side == -1 else side for side in shape)
    return found if math.prod(found) == pixels else None


def _explain(x: Array, shape: tuple[int, ...]) -> str:
    form = f"(N, {', '.join(map(str, shape))})"
    width = math.prod(side for side in shape if side != -1)
    rows = f"rows (N, {'a multiple of ' * (-1 in shape)}{width}) or images {form}"
    if x.shape[1:] == (*shape[1:], shape[0]):
        return f"image takes {rows}; got x {x.shape}. Is this N x H x W x C? x.transpose(0, 3, 1, 2)"
    return f"image takes {rows}; got x {x.shape}, {math.prod(x.shape[1:])} numbers each."


def _draw(rng: np.random.Generator, n: int) -> tuple[Array]:
    (x,) = images(rng, n)
    return (x.reshape(n, -1),)


image = register(Layer("image", "reshape", image_forward, image_backward, _draw, ("x",), structure="rows"))
