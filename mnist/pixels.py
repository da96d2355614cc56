"""From raw bytes to the pixels of a training run: scaling, standardising and the type, in one table look-up.

A raw pixel has one of 256 values, so any such treatment is a table of 256 numbers, computed once in float64.
"""

from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from .errors import DataError
from .parts import Bytes

_BLOCK = 1024  # images at a time: the look-up's index array stays small


class Treatment(NamedTuple):
    """The table from raw value to pixel, and the mean and standard deviation in it (None where not standardised)."""

    table: Array
    mean: float | None
    std: float | None

    @classmethod
    def fit(cls, images: Bytes, maximum: int, scaled: bool, standardise: bool, dtype: np.dtype[Any]) -> "Treatment":
        """value / maximum where `scaled`; (value - mean) / std over all pixels of `images` where `standardise`."""
        values = np.arange(256) / (maximum if scaled else 1)
        if not standardise:
            return cls(values.astype(dtype), None, None)
        mean, std = mean_std(images, values)
        if std == 0:
            raise DataError("all training pixels are equal, so they cannot be standardised; pass standardise=False.")
        return cls(((values - mean) / std).astype(dtype), mean, std)


def mean_std(images: Bytes, values: Array) -> tuple[float, float]:
    """Mean and standard deviation of all pixels of `images`, each raw value standing for `values[value]`.

    Exact counts of the 256 values first, so no float image is needed and the order of summation plays no part.
    """
    counts = sum((np.bincount(block.reshape(-1), minlength=256) for block in blocks(images)), np.zeros(256, np.int64))
    share = counts / counts.sum()
    mean = float(share @ values)
    return mean, float(np.sqrt(share @ (values - mean) ** 2))


def treat(images: Bytes, treatment: Treatment, *, flatten: bool) -> Array:
    """The pixels of `images` (N, H, W) by `treatment`: (N, H*W) where `flatten`, else (N, H, W)."""
    count, height, width = images.shape
    if treatment.table.dtype == images.dtype:  # bytes that stay bytes are shared, not copied
        return images.reshape(count, height * width) if flatten else images
    out = np.empty(images.shape, treatment.table.dtype)
    for raw, pixels in zip(blocks(images), blocks(out), strict=True):
        np.take(treatment.table, raw, out=pixels, mode="clip")  # "clip" writes straight to `out`; no byte exceeds 255
    return out.reshape(count, height * width) if flatten else out


def blocks(array: Array) -> list[Array]:
    """Views of up to 1,024 images each."""
    return [array[start : start + _BLOCK] for start in range(0, len(array), _BLOCK)]
