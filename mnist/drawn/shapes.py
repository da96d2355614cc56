"""Which of the shapes on a sheet are the digit: specks, thin frames and the edges of the paper are none."""

from typing import NamedTuple

import numpy as np

from base.arrays import Array

from .grain import ring

_SPECK = 0.12  # of the largest shape's diagonal
_EDGE = 0.08  # of the side: what lies so near to the rim and runs along it is the edge of something else
_ACROSS = 0.85  # of the side: lines of a frame inside the rim
_ALONG = 0.8  # of the side


class Shape(NamedTuple):
    """One connected patch of ink: its number, its box and its count of pixels."""

    label: int
    top: int
    left: int
    bottom: int
    right: int
    area: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left


class Found(NamedTuple):
    """mask, rim (H, W): where the digit is, and frames; digits: how many there seem to be."""

    mask: Array
    rim: Array
    digits: int


def find_digit(mask: Array) -> Found | None:
    """The shapes in a mask (H, W) of ink that make the digit, the largest where there are several; None: none."""
    from scipy import ndimage

    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    shapes = _shapes(labels)
    around = np.bincount(ring(labels), minlength=len(shapes) + 1) >= 0.9 * ring(labels).size
    inner = [shape for shape in shapes if not (around[shape.label] or _is_rim(shape, mask.shape))]
    kept = _without_specks(inner or shapes)
    if not kept:
        return None
    groups = _groups(kept)
    largest = max(groups, key=lambda group: sum(shape.area for shape in group))
    taken = {shape.label for shape in inner}
    rim = [shape.label for shape in shapes if inner and shape.label not in taken]
    return Found(np.isin(labels, [shape.label for shape in largest]), np.isin(labels, rim), len(groups))


def without_lines(mask: Array) -> Array:
    """A mask of ink without thin lines straight across the sheet, if there are three or more: a frame, a ruled page."""
    lines = []
    for axis in (0, 1):
        full = mask.mean(1 - axis) > _ACROSS
        starts = np.flatnonzero(np.diff(np.concatenate([[False], full, [False]]).astype(int)))
        thin = [(a, b) for a, b in zip(starts[::2], starts[1::2], strict=True) if b - a <= 1 + 0.03 * mask.shape[axis]]
        lines += [(axis, a, b) for a, b in thin]
    if len(lines) < 3:
        return mask
    left = mask.copy()
    for axis, a, b in lines:
        left[(slice(max(0, a - 1), b + 1), slice(None))[:: 1 if axis == 0 else -1]] = False
    return left


def _shapes(labels: Array) -> list[Shape]:
    from scipy import ndimage

    areas = np.bincount(labels.reshape(-1))
    boxes = ndimage.find_objects(labels)
    return [
        Shape(k + 1, box[0].start, box[1].start, box[0].stop, box[1].stop, int(areas[k + 1]))
        for k, box in enumerate(boxes)
    ]


def _is_rim(shape: Shape, size: tuple[int, ...]) -> bool:
    """A frame, or a strip along one side."""
    height, width = size
    near = (shape.top, shape.left, height - shape.bottom, width - shape.right)
    along = shape.height > _ALONG * height and shape.width > _ALONG * width and max(near) <= _EDGE * max(size) + 1
    frame = along and shape.area < 0.3 * height * width
    lying = shape.width > _ALONG * width and shape.height <= _EDGE * height + 1
    standing = shape.height > _ALONG * height and shape.width <= _EDGE * width + 1
    at_rim = shape.top == 0 or shape.left == 0 or shape.bottom == height or shape.right == width
    return frame or (at_rim and (lying or standing))


def _without_specks(shapes: list[Shape]) -> list[Shape]:
    """Those that are not small beside the one with most ink; nothing at all where even that is a dot of noise."""
    if not shapes:
        return []
    main = max(shapes, key=lambda shape: shape.area)
    diagonal = np.hypot(main.height, main.width)
    large = [s for s in shapes if np.hypot(s.height, s.width) >= _SPECK * diagonal and s.area >= 0.01 * main.area]
    return large if max(main.height, main.width) >= 4 else []


def _groups(shapes: list[Shape]) -> list[list[Shape]]:
    """Shapes that stand beside or above each other, each as large as a digit beside the others, are digits apart."""
    groups: list[list[Shape]] = []
    around: list[Shape] = []  # the box and the ink of each group: there may be thousands of shapes, of grain
    for shape in sorted(shapes, key=lambda shape: -shape.area):
        home = next((at for at, group in enumerate(around) if not _apart(shape, group)), None)
        if home is None:
            groups.append([shape])
            around.append(shape)
        else:
            groups[home].append(shape)
            around[home] = _together(around[home], shape)
    return groups


def _together(group: Shape, shape: Shape) -> Shape:
    return Shape(
        group.label, min(group.top, shape.top), min(group.left, shape.left), max(group.bottom, shape.bottom),
        max(group.right, shape.right), group.area + shape.area,
    )  # fmt: skip


def _apart(shape: Shape, group: Shape) -> bool:
    beside = shape.left >= group.right or shape.right <= group.left
    above = shape.top >= group.bottom or shape.bottom <= group.top
    tall = shape.height >= 0.5 * group.height
    wide = shape.width >= 0.5 * group.width and shape.height >= 0.4 * group.height
    return (beside and tall) or (above and wide and shape.area >= 0.3 * group.area)
