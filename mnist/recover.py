"""Back to bytes: containers that hold float pixels or wide integer labels are returned to the uint8 they came from.

Only then can their sums be checked, and every container gives the same data set to the last bit.
"""

import numpy as np

from base.arrays import Array

from .errors import DataError
from .parts import CLASSES, SIDE, Bytes

_SCALES = (256, 255, 1)  # mnist.pkl.gz holds k / 256; others k / 255 or k itself
_BLOCK = 1024


def to_images(array: Array, name: str, where: str) -> Bytes:
    """Images (N, 28, 28) of bytes k from an array (N, 784) or (N, 28, 28) holding k, k / 255 or k / 256.

    Raises DataError: another shape, NaN or infinite pixels, values that are no such fractions.
    """
    if array.ndim not in (2, 3) or array.shape[1:] not in ((SIDE * SIDE,), (SIDE, SIDE)):
        raise DataError(f"{where}: {name} have shape {array.shape}; expected (N, 784) or (N, 28, 28).")
    images = array.reshape(len(array), SIDE, SIDE)
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind not in "fiu":
        raise DataError(f"{where}: {name} have type {array.dtype}; expected numbers.")
    _refuse_nan(images, name, where)
    for scale in _SCALES if images.dtype.kind == "f" else (1,):
        out = _scaled_back(images, scale)
        if out is not None:
            return out
    raise DataError(f"{where}: pixels of the {name} are no bytes: expected k, k/255 or k/256 with whole k in 0..255; "
                    f"got values from {images.min()} to {images.max()}.")  # fmt: skip


def to_labels(array: Array, name: str, where: str) -> Bytes:
    """Labels (N,) of bytes 0..9 from integers of any width; anything else is a DataError."""
    if array.ndim != 1 or array.dtype.kind not in "iu":
        hint = ": use y.argmax(1)" if array.ndim == 2 and array.shape[1] == CLASSES else ""
        raise DataError(f"{where}: {name} have shape {array.shape} and type {array.dtype}; "
                        f"expected integers of shape (N,){hint}.")  # fmt: skip
    wrong = (array < 0) | (array >= CLASSES)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise DataError(f"{where}: {name} must be 0..9; number {at} is {array[at]}.")
    return array.astype(np.uint8)


def _scaled_back(images: Array, scale: int) -> Bytes | None:
    """The bytes k for which `images` is k / scale exactly, in the images' own type; None where there are none."""
    out = np.empty(images.shape, np.uint8)
    table = (np.arange(256) / scale).astype(images.dtype)
    for start in range(0, len(images), _BLOCK):
        block = images[start : start + _BLOCK]
        whole = np.rint(np.clip(block, 0, table[-1]) * images.dtype.type(scale)).astype(np.uint8)
        if not np.array_equal(table[whole], block):
            return None
        out[start : start + _BLOCK] = whole
    return out


def _refuse_nan(images: Array, name: str, where: str) -> None:
    for start in range(0, len(images), _BLOCK):
        fine = np.isfinite(images[start : start + _BLOCK])
        if not fine.all():
            image, row, column = (int(i) for i in np.argwhere(~fine)[0])
            value = images[start + image, row, column]
            raise DataError(f"{where}: {name} hold {value} (image {start + image}, row {row}, column {column}); "
                            "pixels must be numbers.")  # fmt: skip
