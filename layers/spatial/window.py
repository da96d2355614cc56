"""The window that slides over an image: its size, stride and padding, and how many of its places fit.

Along one axis, a window of K that moves by S over L values with P zeros at both ends (K = 3, S = 2, P = 1, L = 6):

      0 |  a   b   c   d   e   f  |  0          out = floor((L + 2 P - K) / S) + 1 = 3
    [---------- ]       .       .    .          first place: 0 a b
              [ ---------- ]    .    .          second:      b c d
                      [ ---------- ] .          third:       d e f      (the zero on the right is not seen)
"""

import math
from typing import Any, NamedTuple, SupportsIndex

from base.arrays import Array

from ..arrays import require_floating

Pair = int | tuple[int, int]  # one number for both axes, or (along H, along W)


class Window(NamedTuple):
    """Size, stride and padding, each (along H, along W)."""

    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]

    def places(self, x: Array, layer: str) -> tuple[int, int]:
        """(H', W'), how many windows fit along each axis of x (N, C, H, W); ValueError where there is no place."""
        (high, wide), (up, right), (top, left) = self
        _, _, height, width = x.shape
        if high > height + 2 * top or wide > width + 2 * left:
            raise ValueError(_explain_fit(x, self, layer))
        return (height + 2 * top - high) // up + 1, (width + 2 * left - wide) // right + 1


def window(layer: str, size: Any, stride: Any, padding: Any, size_name: str = "size") -> Window:
    """The Window of a layer's settings; errors name the setting. Padding must be smaller than the window."""
    all_sizes, strides = _pair(layer, size_name, size, 1), _pair(layer, "stride", stride, 1)
    margins = _pair(layer, "padding", padding, 0)
    if margins[0] >= all_sizes[0] or margins[1] >= all_sizes[1]:
        raise ValueError(
            f"padding of {layer} is {padding!r} for a window of {_times(all_sizes)}; expected less than the window,"
            " or a window at the border would see nothing but padding"
        )
    return Window(all_sizes, strides, margins)


def _pair(layer: str, name: str, value: Any, least: int) -> tuple[int, int]:
    given = value if isinstance(value, tuple | list) else (value, value)
    whole = [v.__index__() for v in given if isinstance(v, SupportsIndex) and not isinstance(v, bool)]
    if len(whole) != 2 or len(given) != 2 or min(whole) < least:
        raise ValueError(
            f"{name} of {layer} is {value!r}; expected a whole number of at least {least}, or a pair (along H, along W)"
        )
    return whole[0], whole[1]


def require_images(x: Any, layer: str) -> None:
    """TypeError unless x is a floating array; ValueError, saying what to do, unless it is (N, C, H, W)."""
    require_floating(x, f"{layer}_forward")
    if x.ndim == 4:
        return
    told = f"{layer} takes images x (N, C, H, W); got x {x.shape}"
    if x.ndim == 3:
        raise ValueError(f"{told}. Images of one channel are x[:, None], one image alone is x[None].")
    if x.ndim == 2:
        raise ValueError(f"{told}, a row for each example: reshape with x.reshape(-1, {_channels_and_sides(x)}).")
    raise ValueError(f"{told}.")


def _channels_and_sides(x: Array) -> str:
    """C, H, W of square images that have as many values as the rows of x."""
    for channels in (1, 3):
        side = math.isqrt(x.shape[1] // channels)
        if side and channels * side * side == x.shape[1]:
            return f"{channels}, {side}, {side}"
    return "C, H, W"


def looks_like_channels_last(x: Array) -> bool:
    """Whether the last axis of x (N, ?, ?, ?) is short, as channels are, and the two before it are not."""
    return bool(x.shape[3] <= 4 < min(x.shape[1:3]))


CHANNELS_LAST = " Is this N x H x W x C? Use x.transpose(0, 3, 1, 2)."


def _explain_fit(x: Array, seen: Window, layer: str) -> str:
    hint = CHANNELS_LAST if looks_like_channels_last(x) else ""
    margin = f" with padding {_times(seen.padding)}" if any(seen.padding) else ""
    sizes = f"{_times(seen.size)}, does not fit images of {_times(x.shape[2:])}{margin}"
    return f"the window of {layer}, {sizes} (x {x.shape}).{hint}"


def require_shape(out: Array | None, shape: tuple[int, ...]) -> None:
    """ValueError unless there is no buffer, or one of this shape."""
    if out is not None and out.shape != shape:
        raise ValueError(f"out has shape {out.shape}; expected {shape}")


def check_upstream(dout: Array, shape: tuple[int, ...]) -> None:
    """ValueError unless dout has the shape of the output."""
    if dout.shape != shape:
        raise ValueError(f"dout has shape {dout.shape}; expected that of the output, {shape}")


def _times(sizes: tuple[int, ...]) -> str:
    return " x ".join(map(str, sizes))
