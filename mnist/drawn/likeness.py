"""Whether an image is like those of training: how near the nearest is, beside how near they are to each other."""

from typing import NamedTuple

import numpy as np

from base.arrays import Array

_REFERENCE, _HELD = 10_000, 500  # images that are compared with, and those that say how near is near
_RARE = 1.0  # per cent of real images that count as unlike the others
_BLUR = 0.02  # of the side: a shift of a pixel is no difference


class Likeness(NamedTuple):
    """reference (K, D): unit vectors of blurred training images; least: the smallest cosine that is like training.

    ink: the smallest and the largest mean pixel of a training image.
    """

    reference: Array
    least: float
    ink: tuple[float, float]

    @classmethod
    def of(cls, images: Array) -> "Likeness":
        """From training images (N, H, W): one of a hundred real ones is unlike the rest."""
        sample = images[:: max(1, len(images) // (_REFERENCE + _HELD))]
        vectors = _unit(sample)
        count = max(1, min(_HELD, len(vectors) // 4))
        held, reference = vectors[:: len(vectors) // count][:count], np.ones(len(vectors), bool)
        reference[:: len(vectors) // count] = False
        nearest = (held @ vectors[reference].T).max(1)
        ink = sample.mean((1, 2))
        return cls(vectors, float(np.percentile(nearest, _RARE)), (float(ink.min()), float(ink.max())))

    def doubt(self, image: Array) -> str | None:
        """What makes an image (H, W) unlike training, in words; None for one like them."""
        amount, nearest = float(image.mean()), float((_unit(image[None]) @ self.reference.T).max())
        if not self.ink[0] <= amount <= self.ink[1]:
            more = "less" if amount < self.ink[0] else "more"
            return f"it has {more} ink than any training image ({amount:.0%}; they have {_range(*self.ink)})"
        if nearest < self.least:
            how = f"the nearest is {nearest:.2f} alike, {self.least:.2f} or more is usual"
            return f"it is unlike the training images: {how}"
        return None


def _range(low: float, high: float) -> str:
    return f"{low:.0%} to {high:.0%}"


def _unit(images: Array) -> Array:
    from scipy import ndimage

    sigma = [_BLUR * side for side in images.shape[1:]]
    soft = ndimage.gaussian_filter(images.astype(np.float32), [0, *sigma]).reshape(len(images), -1)
    unit: Array = soft / np.maximum(np.linalg.norm(soft, axis=1, keepdims=True), 1e-6)
    return unit
