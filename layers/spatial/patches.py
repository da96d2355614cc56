"""Patches of images as the columns of a matrix, block by block: a convolution is then one product a block.

A block is some images, or some rows of windows of one image; its patches fill at most BYTES (one row of windows of one
image where that alone is more), which stay in the processor's cache and bound the memory of a pass. Within a block the
images are the innermost axis: a patch matrix is copied in long runs, and short rows of windows cost no more than long.
Source: Chellapilla, Puri and Simard (2006), "unrolling".
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from base.arrays import Array

from .window import Window

BYTES = 2**21  # of patches in a block: they stay in a common second-level cache
RUN = 64  # values that should lie side by side: fewer, and NumPy copies slower
COLUMNS = 256  # of a patch matrix at least, where the images are small: BLAS likes wide products


class Block(NamedTuple):
    """Images [first, last) and rows of windows [top, bottom) of them."""

    first: int
    last: int
    top: int
    bottom: int


class Patches:
    """The windows of images of one shape, and the memory for one block of them."""

    def __init__(self, shape: tuple[int, ...], seen: Window, places: tuple[int, int], dtype: np.dtype[Any]):
        self.n, self.channels, height, width = shape
        self.window, self.places, self.dtype = seen, places, dtype
        self.padded = height + 2 * seen.padding[0], width + 2 * seen.padding[1]
        self.inside = (
            slice(seen.padding[0], seen.padding[0] + height),
            slice(seen.padding[1], seen.padding[1] + width),
        )
        self.rows = self.channels * seen.size[0] * seen.size[1]  # of the patch matrix
        self.images, self.lines = _block_size(self.rows * dtype.itemsize, places)
        self.images = max(1, min(self.images, self.n))
        self.matrix = np.empty(self.rows * self.images * self.lines * places[1], dtype)
        self.canvas = np.zeros((self.channels, *self.padded, self.images), dtype) if self._copies else None

    @property
    def _copies(self) -> bool:
        return self.images > 1 or any(self.window.padding)

    def blocks(self) -> Iterator[Block]:
        """All blocks, in the order of the images."""
        for first in range(0, self.n, self.images):
            for top in range(0, self.places[0], self.lines):
                yield Block(first, min(first + self.images, self.n), top, min(top + self.lines, self.places[0]))

    def unfold(self, x: Array, block: Block) -> Array:
        """The patch matrix (C KH KW, rows W' B) of a block: a column for each window, of x (N, C, H, W)."""
        images = x[block.first : block.last].transpose(1, 2, 3, 0)
        if self.canvas is not None:
            canvas = self.canvas[..., : block.last - block.first]
            if block.top == 0:  # later rows of the same images find them there
                canvas[:, self.inside[0], self.inside[1]] = images
            images = canvas
        windows = sliding_window_view(images, self.window.size, axis=(1, 2))
        up, right = self.window.stride
        windows = windows[:, ::up, ::right][:, block.top : block.bottom].transpose(0, 4, 5, 1, 2, 3)
        matrix = self.matrix[: windows.size].reshape(windows.shape)
        matrix[...] = windows
        return matrix.reshape(self.rows, -1)


class Folded:
    """The adjoint of `Patches.unfold`: dx (N, C, H, W), to which each entry of a matrix is added where it was read."""

    def __init__(self, patches: Patches, dx: Array):
        p, self.patches, self.dx = patches, patches, dx
        self.canvas = np.empty((p.channels, *p.padded, p.images), p.dtype)

    def add(self, matrix: Array, block: Block) -> None:
        """Add the matrix of a block; after the last rows of its images their part of dx is written."""
        p = self.patches
        (high, wide), (up, right) = p.window.size, p.window.stride
        canvas = self.canvas[..., : block.last - block.first]
        if block.top == 0:
            canvas.fill(0)
        lines, width = block.bottom - block.top, p.places[1]
        parts = matrix.reshape(p.channels, high, wide, lines, width, -1)
        for i in range(block.top * up, block.top * up + high):
            for j in range(wide):
                part = parts[:, i - block.top * up, j]
                canvas[:, i : i + (lines - 1) * up + 1 : up, j : j + (width - 1) * right + 1 : right] += part
        if block.bottom == p.places[0]:
            self.dx[block.first : block.last] = canvas[:, p.inside[0], p.inside[1]].transpose(3, 0, 1, 2)


def images_last(array: Array, block: Block) -> Array:
    """The part of (N, F, H', W') that belongs to a block, as a view (F, rows, W', B)."""
    return array[block.first : block.last, :, block.top : block.bottom].transpose(1, 2, 3, 0)


def _block_size(column: int, places: tuple[int, int]) -> tuple[int, int]:
    """(images, rows of windows) of a block, for columns of so many bytes."""
    height, width = places
    line = column * width
    if line * height > BYTES:
        return 1, max(1, min(height, BYTES // line))
    wanted = max(-(-RUN // width), -(-COLUMNS // (width * height)))
    return max(1, min(wanted, BYTES // (line * height))), height
