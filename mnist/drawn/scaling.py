"""Ink brought to the size, the width of strokes and the place that training images have."""

import numpy as np

from base.arrays import Array

FINE = 160  # the longer side of the sheet on which strokes are measured


def resized(sheet: Array, height: int, width: int) -> Array:
    """(H, W) as (height, width): the mean over each new pixel's area, or cubic between pixels where larger."""
    return _along(_along(sheet, height).T, width).T


def _along(sheet: Array, size: int) -> Array:
    if size >= len(sheet):
        from scipy import ndimage

        if len(sheet) == size:
            return sheet
        if len(sheet) == 1:
            return np.repeat(sheet, size, axis=0)
        places = (np.arange(size) + 0.5) * len(sheet) / size - 0.5
        grid = np.meshgrid(places, np.arange(sheet.shape[1]), indexing="ij")
        larger: Array = np.clip(ndimage.map_coordinates(sheet, grid, order=3, mode="nearest"), 0, 1)
        return larger
    edges = np.arange(size + 1) * len(sheet) / size
    below = np.arange(len(sheet))
    overlap = np.minimum(edges[1:, None], below + 1) - np.maximum(edges[:-1, None], below)
    mean: Array = np.clip((np.maximum(overlap, 0) * (size / len(sheet))) @ sheet, 0, 1)
    return mean


def fine(ink: Array) -> Array:
    """The ink on a sheet whose longer side is 160 pixels, so that strokes can be measured in it."""
    return fitted(ink, FINE)


def stroke_width(mask: Array) -> float:
    """The mean width of the strokes in a mask: four times the mean depth, as in a long bar."""
    from scipy import ndimage

    depth = ndimage.distance_transform_edt(np.pad(mask, 1))
    return 4 * float(depth[depth > 0].mean()) - 2 if mask.any() else 0.0


def with_strokes(ink: Array, narrowest: float, widest: float) -> Array:
    """A fine sheet with its strokes' mean width brought into these limits, by moving their outlines in or out."""
    from scipy import ndimage

    width = stroke_width(ink > 0.5)
    out = (min(max(width, narrowest), widest) - width) / 2
    padded = np.pad(ink > 0.5, int(np.ceil(abs(out))) + 2)
    inside = ndimage.distance_transform_edt(padded)
    outside = ndimage.distance_transform_edt(~padded)
    distance = inside - outside
    out = max(out, 1.5 - float(inside.max()))  # something stays
    return cropped(np.clip(distance + out + np.where(inside > 0, 0.0, 1.0), 0, 1))


def box_of(mask: Array) -> tuple[int, int, int, int]:
    """top, left, bottom, right of what is True."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def cropped(ink: Array, least: float = 0.5) -> Array:
    """Without its blank margins."""
    top, left, bottom, right = box_of(ink >= least)
    return ink[top:bottom, left:right]


def fitted(ink: Array, box: int) -> Array:
    """Scaled, keeping the proportions, so that the longer side is `box`."""
    scale = box / max(ink.shape)
    return resized(ink, max(1, round(scale * ink.shape[0])), max(1, round(scale * ink.shape[1])))


def placed(ink: Array, shape: tuple[int, int], centre: tuple[float, float], by_mass: bool) -> Array:
    """On an empty sheet of `shape`: its centre of mass, or that of its box, at pixel `centre`, by whole pixels."""
    sheet = np.zeros(shape)
    corner = []
    for axis in (0, 1):
        size, room = ink.shape[axis], shape[axis]
        middle = middles(ink[None], by_mass)[0, axis]
        corner.append(int(np.clip(np.floor(centre[axis] - middle + 0.5), 0, room - size)))
    sheet[corner[0] : corner[0] + ink.shape[0], corner[1] : corner[1] + ink.shape[1]] = ink
    return sheet


def middles(images: Array, by_mass: bool) -> Array:
    """(N, 2): row and column of each image's centre of mass, or of the box around its ink."""
    weights = images
    if not by_mass:
        rows_in, columns_in = np.asarray(images.any(2)), np.asarray(images.any(1))
        weights = rows_in[:, :, None] & columns_in[:, None, :]
    total = np.maximum(weights.sum((1, 2)), 1e-12)
    rows, columns = (weights.sum(2 - axis) @ np.arange(images.shape[1 + axis]) / total for axis in (0, 1))
    return np.stack([rows, columns], axis=1)
