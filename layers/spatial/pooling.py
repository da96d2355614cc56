"""What both kinds of pooling share: a window without weights, moved over each channel on its own."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from base.arrays import Array

from .window import Window

SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"size": 3, "stride": 2},
    {"size": 3, "stride": 1, "padding": 1},
    {"size": (2, 3), "stride": (3, 2)},
)


def padded(x: Array, seen: Window, value: float) -> Array:
    """x itself, or x with `value` around every channel where there is padding."""
    top, left = seen.padding
    if not (top or left):
        return x
    n, channels, height, width = x.shape
    canvas = np.full((n, channels, height + 2 * top, width + 2 * left), value, x.dtype)
    inside(canvas, seen)[...] = x
    return canvas


def inside(canvas: Array, seen: Window) -> Array:
    """The view of a padded array without its padding."""
    top, left = seen.padding
    return canvas[:, :, top : canvas.shape[2] - top, left : canvas.shape[3] - left]


def offsets(array: Array, seen: Window, places: tuple[int, int]) -> Iterator[Array]:
    """For each place within the window, in row order, what all windows see there: a view (N, C, H', W')."""
    for i in range(seen.size[0]):
        for j in range(seen.size[1]):
            yield array[:, :, _steps(i, seen.stride[0], places[0]), _steps(j, seen.stride[1], places[1])]


def reduced(ufunc: np.ufunc, x: Array, seen: Window, places: tuple[int, int], out: Array) -> Array:
    """ufunc over each window of x, into out: first along H, then along W, KH + KW passes instead of KH KW."""
    rows = [x[:, :, _steps(i, seen.stride[0], places[0])] for i in range(seen.size[0])]
    lines = _over(ufunc, rows, None)
    return _over(ufunc, [lines[..., _steps(j, seen.stride[1], places[1])] for j in range(seen.size[1])], out)


def _over(ufunc: np.ufunc, parts: list[Array], out: Array | None) -> Array:
    if len(parts) == 1:
        return parts[0] if out is None else np.positive(parts[0], out=out)
    total: Array = ufunc(parts[0], parts[1], out=out)
    for part in parts[2:]:
        ufunc(total, part, out=total)
    return total


def _steps(start: int, stride: int, places: int) -> slice:
    return slice(start, start + (places - 1) * stride + 1, stride)


def tiles(shape: tuple[int, ...], seen: Window) -> bool:
    """Whether every value of images of this shape lies in exactly one window."""
    return (
        seen.size == seen.stride
        and not any(seen.padding)
        and shape[2] % seen.size[0] == 0
        and shape[3] % seen.size[1] == 0
    )
