"""Patches of images as the columns of a matrix, block by block: a convolution is then a few products a block.

A block is some images, or some rows of windows of one image; its patches fill at most BYTES (one row of windows of one
image where that alone is more), which stay in the processor's cache and bound the memory of a pass. Where rows of
windows are long, each image has a matrix of its own, and the product lies as the output does. Where they are short, the
images of a block are the innermost axis of one matrix: it is copied in long runs all the same. Both are five axes
(outer images, channels, H, W, inner images). A last row of ones in the matrix makes the bias one more weight.

With few channels a column holds a whole window. With many it holds one row of a window only, KH times less to copy: the
columns of the window's other rows stand further right in the same matrix, and KH products of parts of it are summed.
Source: Chellapilla, Puri and Simard (2006), "unrolling".
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from base.arrays import Array

from .window import Window

BYTES = 2**21  # of patches in a block: they stay in a common second-level cache
LONG = 16  # windows in a row from which on a row is long
COLUMNS = 1024  # of one matrix of several images, where there is room: BLAS likes wide products, and NumPy long runs
MANY = 64  # values in a row of a window, over all channels, that make a product of their own worth while


class Block(NamedTuple):
    """Images [first, last) and rows of windows [top, bottom) of them, with the images inside or outside."""

    first: int
    last: int
    top: int
    bottom: int
    inner: bool

    def part(self, images: Array, rows: bool = True) -> Array:
        """The part of images (N, C, H, W) that belongs to the block, a view of five axes; rows=False: all rows."""
        part = images[self.first : self.last, :, self.top : self.bottom] if rows else images[self.first : self.last]
        return part.transpose(1, 2, 3, 0)[None] if self.inner else part[..., None]


class Patches:
    """The windows of images of one shape, and the memory for one block of them; `biased` adds the row of ones.

    `tall` is how many rows of a window a column holds, `products` how many products make an output.
    """

    def __init__(
        self, shape: tuple[int, ...], seen: Window, places: tuple[int, int], dtype: np.dtype[Any], biased: bool
    ):
        self.n, self.channels, height, width = shape
        self.window, self.places, self.dtype, self.biased = seen, places, dtype, biased
        (top, left) = seen.padding
        self.padded = height + 2 * top, width + 2 * left
        self.inside = slice(top, top + height), slice(left, left + width)
        high, wide = seen.size
        self.tall = 1 if self.channels * wide >= MANY else high
        self.products = high // self.tall
        self.rows = self.channels * self.tall * wide  # of a matrix, without the ones
        self.inner = places[1] < LONG
        self.images, self.lines = self._block_size()
        self.columns = self.images * self.lines * places[1]  # of the windows of a block, at most
        stored = sum(count for _, count in self.phases(self.lines))
        self.memory = np.empty((self.rows + biased) * self.images * stored * places[1], dtype)
        self.canvas = self.new_canvas() if self.inner or top or left else None

    def phases(self, lines: int) -> list[tuple[int, int]]:
        """(first, count) of the runs of image rows, a stride apart, that a matrix of so many rows of windows holds."""
        high, up = self.window.size[0], self.window.stride[0]
        if self.products == 1:
            return [(0, lines)]
        return [(first, lines + (high - 1 - first) // up) for first in range(min(up, high))]

    def product_columns(self, block: Block) -> list[slice]:
        """For each product the columns of the block's matrices that it takes."""
        lines, up = block.bottom - block.top, self.window.stride[0]
        starts = np.cumsum([0, *(count for _, count in self.phases(lines))])
        each = self.places[1] * (block.last - block.first if self.inner else 1)
        firsts = [int(starts[k % up]) + k // up for k in range(self.products)]
        return [slice(first * each, (first + lines) * each) for first in firsts]

    def new_canvas(self) -> Array:
        """Zeros for the padded images of a block."""
        outer, inner = (1, self.images) if self.inner else (self.images, 1)
        return np.zeros((outer, self.channels, *self.padded, inner), self.dtype)

    def of_block(self, canvas: Array, block: Block) -> Array:
        """The part of a canvas that the images of a block need."""
        count = block.last - block.first
        return canvas[..., :count] if self.inner else canvas[:count]

    def blocks(self) -> Iterator[Block]:
        """All blocks, in the order of the images."""
        for first in range(0, self.n, self.images):
            for top in range(0, self.places[0], self.lines):
                last, bottom = min(first + self.images, self.n), min(top + self.lines, self.places[0])
                yield Block(first, last, top, bottom, self.inner)

    def unfold(self, x: Array, block: Block) -> Array:
        """The patch matrices (outer, C tall KW (+ 1), columns) of a block of x."""
        images = block.part(x, rows=False)
        if self.canvas is not None:
            canvas = self.of_block(self.canvas, block)
            if block.top == 0:  # later rows of the same images find them there
                canvas[:, :, self.inside[0], self.inside[1]] = images
            images = canvas
        matrices = self._matrices(block)
        windows = sliding_window_view(images, (self.tall, self.window.size[1]), axis=(2, 3))
        up, right = self.window.stride
        windows = windows[:, :, :, ::right].transpose(0, 1, 5, 6, 2, 3, 4)
        whole, start = matrices[:, : self.rows].reshape(*windows.shape[:4], -1, *windows.shape[5:]), 0
        for first, count in self.phases(block.bottom - block.top):
            begin = block.top * up + first
            whole[:, :, :, :, start : start + count] = windows[:, :, :, :, begin : begin + (count - 1) * up + 1 : up]
            start += count
        matrices[:, self.rows :] = 1
        return matrices

    def _matrices(self, block: Block) -> Array:
        """The memory for a block's matrices."""
        outer, inner = (1, block.last - block.first) if self.inner else (block.last - block.first, 1)
        stored = sum(count for _, count in self.phases(block.bottom - block.top))
        shape = outer, self.rows + self.biased, stored * self.places[1] * inner
        return self.memory[: shape[0] * shape[1] * shape[2]].reshape(shape)

    def _block_size(self) -> tuple[int, int]:
        """(images, rows of windows) of a block."""
        height, width = self.places
        line = (self.rows + self.biased) * self.dtype.itemsize * width
        phases = self.phases(height)
        room = BYTES // (line * sum(count for _, count in phases))
        if not room:
            lines = (BYTES // line - self.products + 1) // len(phases)
            return 1, max(1, min(height, lines))
        return max(1, min(self.n, room, -(-COLUMNS // (width * height)) if self.inner else room)), height


class Folded:
    """dx (N, C, H, W) while it is made, the adjoint of `Patches.unfold`: all is added where it was read."""

    def __init__(self, patches: Patches, dx: Array):
        self.patches, self.dx, self.canvas = patches, dx, patches.new_canvas()

    def add(self, weights: list[Array], upstream: Array, block: Block) -> None:
        """Add what each product had from a block, in the memory of its patches, which have served.

        After the last rows of the block's images their part of dx is written.
        """
        p, canvas = self.patches, self.patches.of_block(self.canvas, block)
        if block.top == 0:
            canvas.fill(0)
        shape = len(upstream), p.rows, upstream.shape[2]
        room = p.memory[: shape[0] * shape[1] * shape[2]].reshape(shape)
        parts = room.reshape(len(room), p.channels, p.tall, p.window.size[1], -1, p.places[1], canvas.shape[4])
        for k, weight in enumerate(weights):
            np.matmul(weight.T, upstream, out=room)
            self._fold(parts, canvas, block.top * p.window.stride[0] + k)  # more than one: each is a row of the window
        if block.bottom == p.places[0]:
            block.part(self.dx, rows=False)[...] = canvas[:, :, p.inside[0], p.inside[1]]

    def _fold(self, parts: Array, canvas: Array, top: int) -> None:
        """parts (outer, C, tall, KW, rows, W', inner), of which the first was read in row `top`."""
        (up, right), (_, _, tall, wide, lines, width, _) = self.patches.window.stride, parts.shape
        for i in range(tall):
            rows = slice(top + i, top + i + (lines - 1) * up + 1, up)
            for j in range(wide):
                canvas[:, :, rows, j : j + (width - 1) * right + 1 : right] += parts[:, :, i, j]
