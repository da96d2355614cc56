"""The layers of a convolutional net in a few words, "32x5,pool,64x5,pool,512", read and fitted to the image."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from base.words import did_you_mean

Shape = tuple[int, ...]
KNOWN = (
    "'32x5' (filters x window; '32x5p2s1' with padding and stride), 'pool' or 'avgpool' (windows of 2; 'pool3',"
    " 'pool3s2' with size and stride), '512' (a full layer of so many units)"
)
_CONV = re.compile(r"(?P<filters>\d+)x(?P<window>\d+)(?:p(?P<padding>\d+)|s(?P<stride>\d+)){0,2}")
_ONCE = re.compile(r"p.*p|s.*s")  # padding and stride in either order, each once
_POOL = re.compile(r"(?P<kind>pool|avgpool)(?P<size>\d+)?(?:s(?P<stride>\d+))?")


class Conv(NamedTuple):
    """`filters` windows of `window` x `window`, moved by `stride` over the image with `padding` zeros around it."""

    filters: int
    window: int
    padding: int = 0
    stride: int = 1

    def __str__(self) -> str:
        padding, stride = f"p{self.padding}" * bool(self.padding), f"s{self.stride}" * (self.stride > 1)
        return f"{self.filters}x{self.window}{padding}{stride}"


class Pool(NamedTuple):
    """The largest value ("pool") or the mean ("avgpool") of each window of `size` x `size`, moved by `stride`."""

    kind: str
    size: int = 2
    stride: int = 2

    def __str__(self) -> str:
        size = f"{self.size}" if self.size != 2 or self.stride != 2 else ""
        return f"{self.kind}{size}{f's{self.stride}' * (self.stride != self.size)}"


class Full(NamedTuple):
    """A full layer of `units`."""

    units: int

    def __str__(self) -> str:
        return str(self.units)


Part = Conv | Pool | Full


def read(layers: Any) -> list[Part]:
    """The parts that `layers` names: a text with commas, or a sequence of such words, whole numbers for full layers.

    ValueError names the word that says nothing, and what stands behind a full layer, which gives no image.
    """
    words = layers.split(",") if isinstance(layers, str) else layers
    if not isinstance(words, Sequence) or not words:
        raise ValueError(f"layers is {layers!r}; expected '32x5,pool,64x5,pool,512' or a list of such words: {KNOWN}")
    parts = [_part(word, layers) for word in words]
    for before, after in pairwise(parts):
        if isinstance(before, Full) and not isinstance(after, Full):
            raise ValueError(
                f"layers has '{after}' behind '{before}', but a full layer gives {before.units} numbers and no image:"
                " windows come first"
            )
    return parts


def _part(word: Any, layers: Any) -> Part:
    if isinstance(word, Conv | Pool | Full):
        return word
    text = word.strip() if isinstance(word, str) else str(word) if is_whole(word) else ""
    conv, pool = _CONV.fullmatch(text) if _ONCE.search(text) is None else None, _POOL.fullmatch(text)
    part: Part
    positive: tuple[int, ...]
    if conv:
        part = Conv(**{name: int(number) for name, number in conv.groupdict().items() if number})
        positive = (part.filters, part.window, part.stride)
    elif pool:
        size = int(pool["size"] or 2)
        part = Pool(pool["kind"], size, int(pool["stride"] or size))
        positive = (part.size, part.stride)
    elif text.isdecimal():
        part = Full(int(text))
        positive = (part.units,)
    else:
        raise ValueError(f"layers is {layers!r}; {word!r} is no layer.{did_you_mean(text, _KINDS)} Known: {KNOWN}")
    if min(positive) < 1:
        raise ValueError(f"layers is {layers!r}; {word!r} has a 0 where a positive number must stand")
    return part


_KINDS = ("pool", "avgpool")


def image_shape(image: Any) -> Shape:
    """(C, H, W) of an image: as given, or (H, W) for one channel. ValueError for anything else."""
    sides = tuple(image) if isinstance(image, Sequence | np.ndarray) and not isinstance(image, str) else ()
    if len(sides) not in (2, 3) or not all(is_whole(side) and side > 0 for side in sides):
        raise ValueError(f"image is {image!r}; expected (channels, height, width), as (1, 28, 28), or (height, width)")
    whole = tuple(int(side) for side in sides)
    return whole if len(whole) == 3 else (1, *whole)


def is_whole(number: Any) -> bool:
    """Whether it is an integer, also one of NumPy's, and no truth value."""
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def fitted(parts: Sequence[Part], image: Shape) -> list[Shape]:
    """The shape that each part makes of an image (C, H, W); ValueError where a window does not fit."""
    shapes, shape = [], image
    for i, part in enumerate(parts, start=1):
        shape = (part.units,) if isinstance(part, Full) else _windows(i, part, shape)
        shapes.append(shape)
    return shapes


def _windows(i: int, part: Conv | Pool, shape: Shape) -> Shape:
    channels, height, width = shape
    size, padding = (part.window, part.padding) if isinstance(part, Conv) else (part.size, 0)
    if padding >= size:
        raise ValueError(
            f"layer {i}, '{part}': padding {padding} with windows of {size} x {size} makes windows of zeros alone;"
            f" expected at most {size - 1} (p{size // 2} keeps the size)"
        )
    sides = [(side + 2 * padding - size) // part.stride + 1 for side in (height, width)]
    if min(height, width) + 2 * padding < size:
        padded = f" with {padding} zeros on each side" if padding else ""
        help_ = f"smaller windows, padding ('{_padded(part)}')" if isinstance(part, Conv) else "a smaller window"
        raise ValueError(
            f"layer {i}, '{part}': a window of {size} x {size} does not fit into what comes to it, {height} x {width}"
            f"{padded}. Take {help_} or fewer layers before it"
        )
    return (part.filters if isinstance(part, Conv) else channels, *sides)


def _padded(part: Conv) -> Conv:
    """The part with the padding that keeps the size."""
    return part._replace(padding=part.window // 2)
