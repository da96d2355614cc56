"""From what a picture file holds to one sheet of grey: transparency onto paper, colours onto their contrast."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..errors import DataError

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
_COLOUR = 1.5  # so much more contrast must another direction than brightness have before it is taken


def grey(picture: Any) -> Array:
    """The picture (H, W), (H, W, 2) with alpha, (H, W, 3) or (H, W, 4) with alpha, as grey values (H, W) in 0..1.

    Integers count up to the largest of their type, Booleans are 0 and 1, fractions lie in 0..1, and floats that do not
    are taken between their smallest and their largest. Raises DataError for other shapes and types, and for NaN.
    """
    values = _fractions(np.asarray(picture))
    if values.ndim == 2:
        return values
    colours, alpha = values, np.ones(values.shape[:2])
    if values.shape[2] in (2, 4):
        colours, alpha = values[..., :-1], values[..., -1]
        colours = _onto_paper(colours, alpha)
    return _one_channel(colours)


def _fractions(picture: Array) -> Array:
    known = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] in (1, 2, 3, 4))
    if not known or 0 in picture.shape:
        raise DataError(f"a picture has shape {picture.shape}; expected (height, width) or (height, width, channels)")
    if picture.dtype.kind not in "buif":
        raise DataError(f"a picture holds {picture.dtype}; expected numbers: bytes, or fractions in 0..1")
    values = picture.astype(np.float64)
    if picture.dtype.kind in "ui":
        values /= np.iinfo(picture.dtype).max
    if not np.isfinite(values).all():
        raise DataError("a picture holds NaN or infinity: pixels must be numbers")
    low, high = values.min(), values.max()
    return values if low >= 0 and high <= 1 else (values - low) / (high - low)


def _onto_paper(colours: Array, alpha: Array) -> Array:
    """Laid onto paper of the colour that a sheet has, or, where only ink is opaque, onto black or white."""
    opaque = alpha > 0.5
    if not opaque.any():
        opaque = alpha > 0
    if not opaque.any():
        return np.ones_like(colours)
    inside = colours[opaque]
    rows, columns = np.flatnonzero(opaque.any(1)), np.flatnonzero(opaque.any(0))
    filled = len(inside) / ((np.ptp(rows) + 1) * (np.ptp(columns) + 1))
    spread = float(np.ptp(np.percentile(inside, [1, 99], axis=0), axis=0).max())
    if filled > 0.7 and spread > 0.2:  # an opaque sheet with something on it, and a transparent rim
        paper = np.median(inside, axis=0)
    else:
        paper = np.full(colours.shape[2], 1.0 if inside.mean() < 0.5 else 0.0)
    laid: Array = colours * alpha[..., None] + paper * (1 - alpha[..., None])
    return laid


def _one_channel(colours: Array) -> Array:
    """Brightness, or the direction of colour that varies most where that is clearly more (red on blue, say)."""
    if colours.shape[2] == 1:
        one: Array = colours[..., 0]
        return one
    luma: Array = np.matmul(colours, _LUMA)
    flat = colours.reshape(-1, 3) - colours.reshape(-1, 3).mean(0)
    variance, directions = np.linalg.eigh(flat.T @ flat / len(flat))
    if variance[-1] <= 3 * (_COLOUR * luma.std()) ** 2:  # grey (v, v, v) varies by 3 var(v) along its own direction
        return luma
    along = (flat @ directions[:, -1]).reshape(luma.shape)
    if np.vdot(along, luma - luma.mean()) < 0:  # brighter stays brighter
        along = -along
    fitted: Array = (along - along.min()) / np.ptp(along)
    return fitted
