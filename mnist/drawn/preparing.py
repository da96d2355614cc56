"""A picture of a digit, whatever its paper, pen, size and place, made into what the training images are."""

from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from . import scaling
from .choosing import Ink, find_ink
from .frame import NEAR_BOX, NEAR_CENTRE, Frame
from .grain import ring
from .grey import grey

_WORKING = 700  # pixels of the longer side; larger pictures are averaged down first
_FEWEST = 60  # pixels of a digit there; of smaller ones the picture's own pixels are taken
_HALO = 0.2  # of the pen's ink: what belongs to a stroke beside it


class Prepared(NamedTuple):
    """pixels (H, W) in 0..1 as in training, what is to be said of them, and whether there was nothing to be seen."""

    pixels: Array
    warnings: tuple[str, ...]
    blank: bool


def prepare(picture: Any, frame: Frame | None = None, *, bright_paper: bool | None = None) -> Prepared:
    """Turn a picture of one digit into an image like those of MNIST, by the steps that made MNIST.

    picture  (H, W) grey, (H, W, 2) with alpha, (H, W, 3) or (H, W, 4) with alpha; bytes, 16 bits or fractions
    frame    what training images look like, from `Frame.of(images)`; None: MNIST's own 28 x 28
    bright_paper  True or False where it is known; None: found

    Transparency is laid onto paper; the paper is told from the ink and light that falls unevenly is taken out; specks
    and frames are left; the ink is cropped, its strokes kept within the widths of training, scaled into the box (20 x
    20) with its proportions, each pixel the mean over its area, and moved by whole pixels until its centre of mass
    lies in the middle. A picture that is so already comes back as it is. Blank pictures give paper and a warning.
    Raises DataError for arrays that are no picture. Source of the steps: LeCun, Cortes & Burges, "The MNIST database".
    """
    frame = frame or Frame()
    sheet = grey(picture)
    as_it_is = _already(sheet, frame, bright_paper)
    if as_it_is is not None:
        return Prepared(as_it_is, (), False)
    seen = _seen(sheet, bright_paper, frame.strokes is not None)
    if seen is None:
        paper = np.full(frame.shape, 0.0 if frame.dark_paper else 1.0)
        return Prepared(paper, ("the picture is blank: nothing stands out from the paper",), True)
    says = []
    if seen.found.digits > 1:
        says.append(f"{seen.found.digits} shapes stand apart, but one digit a picture is read: the largest was taken")
    if min(sheet.shape) < frame.box // 2:
        says.append(f"the picture has only {sheet.shape[0]} x {sheet.shape[1]} pixels")
    ink = _cut_out(seen.amount, seen.found.mask)
    if frame.strokes is not None:
        low, high = (width * scaling.FINE / frame.box for width in frame.strokes)
        ink = scaling.with_strokes(scaling.fine(ink), low, high)
    box = min(frame.box, *frame.shape)
    pixels = scaling.placed(scaling.fitted(ink, box), frame.shape, frame.centre, frame.by_mass)
    return Prepared(pixels if frame.dark_paper else 1 - pixels, tuple(says), False)


def _seen(sheet: Array, bright_paper: bool | None, strokes: bool) -> Ink | None:
    """The ink and the digit in it; from the picture's own pixels where it is a small part of a large one."""
    factor = -(-max(sheet.shape) // _WORKING)
    if factor == 1:
        return find_ink(sheet, bright_paper, strokes=strokes)
    small = scaling.resized(sheet, -(-sheet.shape[0] // factor), -(-sheet.shape[1] // factor))
    seen = find_ink(small, bright_paper, strokes=strokes)
    if seen is None:
        return None
    top, left, bottom, right = scaling.box_of(seen.found.mask)
    longer = max(bottom - top, right - left)
    rows = slice(max(0, (top - longer) * factor), (bottom + longer) * factor)
    columns = slice(max(0, (left - longer) * factor), (right + longer) * factor)
    if longer >= _FEWEST or sheet[rows, columns].size == sheet.size:
        return seen
    nearer = _seen(sheet[rows, columns], seen.bright_paper, strokes)
    if nearer is None:
        return seen
    return nearer._replace(found=nearer.found._replace(digits=max(seen.found.digits, nearer.found.digits)))


def _cut_out(amount: Array, mask: Array) -> Array:
    """The ink of the mask and the fading edge around it, without margins."""
    from scipy import ndimage

    near = ndimage.binary_dilation(mask, np.ones((3, 3)), iterations=2)
    top, left, bottom, right = scaling.box_of(near & (amount > _HALO))
    cut: Array = (amount * near)[top:bottom, left:right]
    return cut


def _already(sheet: Array, frame: Frame, bright_paper: bool | None) -> Array | None:
    """The pixels, turned where need be, if they have the shape, the paper and the place of training images."""
    if sheet.shape != frame.shape:
        return None
    rim = ring(sheet)
    turned = bool(np.median(rim) > 0.5) if bright_paper is None else bright_paper
    ink = 1 - sheet if turned else sheet
    if float(np.median(ink)) > 0.02 or ink.max() < 0.5:
        return None
    top, left, bottom, right = scaling.box_of(ink > 0.1)
    longer = max(bottom - top, right - left)
    away = np.abs(scaling.middles((ink * (ink > 0.1))[None], frame.by_mass)[0] - frame.centre).max()
    if abs(longer - frame.box) > NEAR_BOX * frame.box or away > NEAR_CENTRE * max(frame.shape):
        return None
    return ink if frame.dark_paper else 1 - ink
