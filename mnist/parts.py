"""The four decoded parts of MNIST, and the checks of their shapes, types and labels at the border.

Every container (idx, npz, pickle) is brought to this one form, so that all that follows sees no difference.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from base.arrays import Array

from .errors import DataError

Bytes = NDArray[np.uint8]

NAMES = ("train images", "train labels", "t10k images", "t10k labels")
SIDE, CLASSES = 28, 10


class Parts(NamedTuple):
    """The decoded training and test file: images (N, 28, 28), labels (N,), all uint8."""

    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes


def check_parts(parts: Parts, where: str) -> Parts:
    """`parts` if images, labels and counts fit together, else a DataError that names part and reason."""
    for name, array in zip(NAMES, parts, strict=True):
        check_part(name, array, where)
    for kind, images, labels in (("train", parts.train_images, parts.train_labels),
                                 ("t10k", parts.test_images, parts.test_labels)):  # fmt: skip
        if len(images) != len(labels):
            raise DataError(f"{where}: {kind} images are {len(images)} but {kind} labels are {len(labels)}. "
                            "They do not belong together.")  # fmt: skip
    return parts


def check_part(name: str, array: Array, where: str) -> None:
    """One part by itself: shape, type, and for labels the range 0..9."""
    images = name.endswith("images")
    right = (array.ndim == 3 and array.shape[1:] == (SIDE, SIDE)) if images else array.ndim == 1
    if not right or not len(array) or array.dtype != np.uint8:
        expected = "(N, 28, 28)" if images else "(N,)"
        raise DataError(f"{where}: {name} have shape {array.shape} and type {array.dtype}; "
                        f"expected {expected} and uint8.")  # fmt: skip
    if not images and int(array.max()) >= CLASSES:
        at = int(np.argmax(array >= CLASSES))
        raise DataError(f"{where}: {name} must be 0..9; number {at} is {array[at]}.")
