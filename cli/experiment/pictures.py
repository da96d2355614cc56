"""Picture files as arrays, by Pillow: turned as the camera says, transparency and 16 bits kept, bounded in size."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

import mnist
from base.arrays import Array

MOST_PIXELS = 100_000_000  # larger pictures are refused before they are decoded
_ENOUGH = 2400  # pixels of the longer side that are kept
_DEEP = {"I;16", "I;16B", "I;16L", "I;16N", "I", "F"}


def pillow() -> Any:
    """Pillow's module Image; ImportError that says what to install."""
    try:
        from PIL import Image
    except ImportError:
        raise ImportError("pictures need pillow: pip install pillow, or the extra `pictures`") from None
    return Image


def read(path: Path) -> Array:
    """The first picture in a file: (H, W) grey, (H, W, 3), or (H, W, 2 | 4) with alpha; bytes, or fractions.

    Raises mnist.DataError for what is no picture, damaged, empty, or of more than 100 million pixels.
    """
    image = pillow()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow's own limit: ours is checked below
            with image.open(path) as picture:
                width, height = picture.size
                if width * height > MOST_PIXELS:
                    raise mnist.DataError(
                        f"{path} has {width} x {height} pixels; at most {MOST_PIXELS // 10**6} million are read: "
                        "save it smaller"
                    )
                return _pixels(picture)
    except mnist.DataError:
        raise
    except image.DecompressionBombError:
        raise mnist.DataError(
            f"{path} has too many pixels; at most {MOST_PIXELS // 10**6} million are read: save it smaller"
        ) from None
    except Exception as error:  # Pillow's readers raise OSError, SyntaxError, ValueError, struct.error, zlib.error, ...
        raise mnist.DataError(f"{path} is not a picture that can be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if type(error).__name__ == "UnidentifiedImageError":
        return "its format is none that Pillow knows (PNG, JPEG, GIF, BMP, TIFF, WebP are)"
    return str(error) or type(error).__name__


def _pixels(picture: Any) -> Array:
    from PIL import ImageOps

    picture = ImageOps.exif_transpose(picture)
    if picture.mode in _DEEP:
        return _deep(np.asarray(picture))
    clear = "transparency" in picture.info or picture.mode in ("LA", "PA", "La", "RGBA", "RGBa")
    if picture.mode in ("1", "L") and not clear:
        picture = picture.convert("L")
    else:
        picture = picture.convert("RGBA" if clear else "RGB")
    factor = max(picture.size) // _ENOUGH
    return np.asarray(picture.reduce(factor) if factor > 1 else picture)


def _deep(values: Array) -> Array:
    """16 or 32 bits as fractions: of 65535, or of the largest value where that is more."""
    values = values.astype(np.float64)
    if values.size and values.min() >= 0 and values.max() > 1:
        values /= max(65535.0, float(values.max())) if values.max() > 255 else 255.0
    factor = max(1, max(values.shape) // _ENOUGH)
    return values[::factor, ::factor]


def resized(picture: Array, shape: tuple[int, ...]) -> Array:
    """A picture's grey values (height, width) in 0..1, stretched to `shape` and otherwise as they are."""
    grey = np.round(mnist.grey(picture) * 65535).astype(np.int32)
    height, width = shape
    small = pillow().fromarray(grey).resize((width, height), pillow().Resampling.BOX)
    return np.asarray(small, dtype=np.float64) / 65535
