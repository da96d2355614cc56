"""How a set of training images holds its digits: their size on the sheet, their place, the width of their strokes."""

from typing import NamedTuple

import numpy as np

from base.arrays import Array

from . import scaling
from .grain import ring

_SAMPLE = 300  # images that are measured
_PAPER = 0.1  # what is less is no ink
NEAR_BOX, NEAR_CENTRE = 0.1, 0.05  # of the box and of the longer side: within them an image stands in a frame
_MOST = 0.9  # of the images
_SOLID = 0.3  # of the longer side: wider "strokes" are filled shapes


class Frame(NamedTuple):
    """What `prepare` brings a picture to; the default is MNIST's.

    shape: height and width of the sheet. box: the longer side of the digit on it, in pixels. centre: the row and column
    where its middle comes to lie. by_mass: that is the centre of mass, not of the box around it. strokes: the least and
    the largest mean width in pixels; None leaves shapes and greys alone. dark_paper: paper is 0 and ink is 1.
    """

    shape: tuple[int, int] = (28, 28)
    box: int = 20
    centre: tuple[float, float] = (14.0, 14.0)
    by_mass: bool = True
    strokes: tuple[float, float] | None = (1.8, 3.7)
    dark_paper: bool = True

    @classmethod
    def of(cls, images: Array) -> "Frame":
        """Measured on training images (N, H, W) with pixels in 0..1; those of MNIST give the default, nearly."""
        sample = _sampled(images)
        dark_paper = float(np.median([np.median(ring(image)) for image in sample])) <= 0.5
        ink = sample if dark_paper else 1 - sample
        ink = ink[ink.max((1, 2)) >= 0.5]  # of fainter ones no stroke could be measured
        shape = (int(images.shape[1]), int(images.shape[2]))
        if not len(ink):
            return cls.scaled_to(shape)
        kept = ink * (ink > _PAPER)
        boxes = [scaling.box_of(image > _PAPER) for image in ink]
        box = int(np.median([max(bottom - top, right - left) for top, left, bottom, right in boxes]))
        mass, middle = scaling.middles(kept, True), scaling.middles(kept, False)
        by_mass = bool(mass.std(0).sum() < middle.std(0).sum())
        row, column = np.median(mass if by_mass else middle, axis=0)
        width = [scaling.stroke_width(scaling.fine(scaling.cropped(image)) > 0.5) / scaling.FINE for image in ink]
        strokes = None
        if np.median(width) < _SOLID:
            low, high = np.percentile(width, [5, 95])
            strokes = (float(low) * box, float(high) * box)
        return cls(shape, box, (float(row), float(column)), by_mass, strokes, dark_paper)

    def holds(self, images: Array) -> bool:
        """Whether training images (N, H, W) in 0..1 stand in this frame, nine in ten of them, as MNIST's do."""
        sample = _sampled(images)
        ink = sample if self.dark_paper else 1 - sample
        ink[ink <= _PAPER] = 0
        ink = ink[ink.max((1, 2)) > 0.2]
        if not len(ink) or self.strokes is None:
            return False
        boxes = np.array([scaling.box_of(image > 0) for image in ink])
        longer = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
        away = np.abs(scaling.middles(ink, self.by_mass) - self.centre).max(axis=1)
        near = (np.abs(longer - self.box) <= NEAR_BOX * self.box) & (away <= NEAR_CENTRE * max(self.shape))
        return bool(np.mean(near) >= _MOST)

    @classmethod
    def scaled_to(cls, shape: tuple[int, int]) -> "Frame":
        """MNIST's proportions on a sheet of another shape, for training images that are not at hand."""
        side = min(shape)
        box = round(side * 20 / 28)
        return cls(shape, box, (shape[0] / 2, shape[1] / 2), True, (1.8 * box / 20, 3.7 * box / 20))


def _sampled(images: Array) -> Array:
    """Up to 300 of the images, evenly spread, in an array of their own."""
    return images[:: max(1, len(images) // _SAMPLE)][:_SAMPLE].astype(np.float64)
