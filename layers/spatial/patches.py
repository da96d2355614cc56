"""Patches of images as the columns of a matrix, block by block: a convolution is then one product a block.

A block is some images, or some rows of windows of one image; its patches fill at most BYTES (one row of windows of one
image where that alone is more), which stay in the processor's cache and bound the memory of a pass. Where rows of
windows are long, each image has a matrix of its own, and the product lies as the output does. Where they are short, the
images of a block are the innermost axis of one matrix: it is copied in long runs all the same. Both are five axes
(outer images, channels, H, W, inner images). A last row of ones in the matrix makes the bias one more weight.
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
    """The windows of images of one shape, and the memory for one block of them; `biased` adds the row of ones."""

    def __init__(
        self, shape: tuple[int, ...], seen: Window, places: tuple[int, int], dtype: np.dtype[Any], biased: bool
    ):
        self.n, self.channels, height, width = shape
        self.window, self.places, self.dtype, self.biased = seen, places, dtype, biased
        (top, left) = seen.padding
        self.padded = height + 2 * top, width + 2 * left
        self.inside = slice(top, top + height), slice(left, left + width)
        self.rows = self.channels * seen.size[0] * seen.size[1]  # of a matrix, without the ones
        self.inner = places[1] < LONG
        self.images, self.lines = _block_size((self.rows + biased) * dtype.itemsize, places, self.n, self.inner)
        self.columns = self.images * self.lines * places[1]  # of all matrices of a block, at most
        self.memory = np.empty((self.rows + biased) * self.columns, dtype)
        self.canvas = self.new_canvas() if self.inner or top or left else None

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
        """The patch matrices (outer, C KH KW (+ 1), rows W' inner) of a block of x: a column for each window."""
        images = block.part(x, rows=False)
        if self.canvas is not None:
            canvas = self.of_block(self.canvas, block)
            if block.top == 0:  # later rows of the same images find them there
                canvas[:, :, self.inside[0], self.inside[1]] = images
            images = canvas
        windows = sliding_window_view(images, self.window.size, axis=(2, 3))
        up, right = self.window.stride
        windows = windows[:, :, ::up, ::right][:, :, block.top : block.bottom].transpose(0, 1, 5, 6, 2, 3, 4)
        columns = windows.size // (len(windows) * self.rows)
        matrices = self.memory[: len(windows) * (self.rows + self.biased) * columns]
        matrices = matrices.reshape(len(windows), -1, columns)
        matrices[:, : self.rows].reshape(windows.shape)[...] = windows
        matrices[:, self.rows :] = 1
        return matrices


class Folded:
    """The adjoint of `Patches.unfold`: dx (N, C, H, W), to which each entry of a matrix is added where it was read."""

    def __init__(self, patches: Patches, dx: Array):
        self.patches, self.dx, self.canvas = patches, dx, patches.new_canvas()

    def add(self, matrices: Array, block: Block) -> None:
        """Add the matrices of a block; after the last rows of its images their part of dx is written."""
        p = self.patches
        (high, wide), (up, right) = p.window.size, p.window.stride
        canvas = p.of_block(self.canvas, block)
        if block.top == 0:
            canvas.fill(0)
        lines, width = block.bottom - block.top, p.places[1]
        parts = matrices.reshape(len(matrices), p.channels, high, wide, lines, width, -1)
        for i in range(high):
            rows = slice(block.top * up + i, block.top * up + i + (lines - 1) * up + 1, up)
            for j in range(wide):
                canvas[:, :, rows, j : j + (width - 1) * right + 1 : right] += parts[:, :, i, j]
        if block.bottom == p.places[0]:
            block.part(self.dx, rows=False)[...] = canvas[:, :, p.inside[0], p.inside[1]]


def _block_size(column: int, places: tuple[int, int], n: int, inner: bool) -> tuple[int, int]:
    """(images, rows of windows) of a block, for columns of so many bytes."""
    height, width = places
    line = column * width
    if line * height > BYTES:
        return 1, max(1, min(height, BYTES // line))
    room = BYTES // (line * height)
    return max(1, min(n, room, -(-COLUMNS // (width * height)) if inner else room)), height
