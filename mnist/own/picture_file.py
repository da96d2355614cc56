"""Picture files as arrays, by Pillow: turned as the camera says, transparency and 16 bits kept, bounded in size."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from base.arrays import Array
from base.own_packages import optional

from ..drawn import grey
from ..errors import DataError, shown

MOST_PIXELS = 100_000_000  # larger pictures are refused before they are decoded
_ENOUGH = 2400  # pixels of the longer side that are kept
_DEEP = {"I;16", "I;16B", "I;16L", "I;16N", "I", "F"}
_GREY = {"L", "1", "LA", "La", *_DEEP}
_SIDEWAYS = range(5, 9)  # the camera's orientations that change width and height
_Found = TypeVar("_Found")


class Look(NamedTuple):
    """What the head of a picture's file says: its size as it is to be seen, and whether it has no colours."""

    width: int
    height: int
    grey: bool


def pillow() -> Any:
    """Pillow's module Image; ImportError that says what to install."""
    return optional("PIL.Image", "pictures need pillow: pip install pillow, or the extra `pictures`")


def read_picture(path: Path) -> Array:
    """The first picture in a file: (H, W) grey, (H, W, 3), or (H, W, 2 | 4) with alpha; bytes, or fractions.

    Raises DataError for what is no picture, damaged, empty, or of more than 100 million pixels.
    """
    return _opened(path, _pixels)


def look_at(path: Path) -> Look:
    """Size and kind of a picture, without decoding it; DataError as `read_picture`."""
    return _opened(path, _look)


def resized(picture: Array, shape: tuple[int, ...]) -> Array:
    """A picture's grey values (height, width) in 0..1, stretched to `shape` and otherwise as they are."""
    values = np.round(grey(picture) * 65535).astype(np.int32)
    height, width = shape
    small = pillow().fromarray(values).resize((width, height), pillow().Resampling.BOX)
    return np.asarray(small, dtype=np.float64) / 65535


def as_bytes(picture: Array, mode: str, size: tuple[int, int]) -> Array:
    """A picture as (H, W) or (H, W, 3) bytes, mode "L" or "RGB", of that (width, height); clear is white."""
    image = pillow()
    if picture.dtype != np.uint8:
        picture = np.round(255 * np.clip(picture, 0, 1)).astype(np.uint8)
    if picture.ndim == 3 and picture.shape[2] in (2, 4):
        drawn = image.fromarray(picture).convert("RGBA")
        one = image.alpha_composite(image.new("RGBA", drawn.size, "white"), drawn).convert("RGB")
    else:
        one = image.fromarray(picture)
    one = one.convert(mode)
    return np.asarray(one if one.size == size else one.resize(size), np.uint8)


def _opened(path: Path, take: Callable[[Any], _Found]) -> _Found:
    """What `take` makes of the opened picture."""
    image = pillow()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow's own limit: ours is checked below
            with image.open(path) as picture:
                width, height = picture.size
                if width * height > MOST_PIXELS:
                    raise DataError(
                        f"{shown(path)} has {width} x {height} pixels; at most {MOST_PIXELS // 10**6} million are "
                        "read: save it smaller"
                    )
                return take(picture)
    except (DataError, ImportError):
        raise
    except FileNotFoundError:
        raise DataError(f"there is no {shown(path)}") from None
    except image.DecompressionBombError:
        raise DataError(
            f"{shown(path)} has too many pixels; at most {MOST_PIXELS // 10**6} million are read: save it smaller"
        ) from None
    except Exception as error:  # Pillow's readers raise OSError, SyntaxError, ValueError, struct.error, zlib.error, ...
        raise DataError(f"{shown(path)} is not a picture that can be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if type(error).__name__ == "UnidentifiedImageError":
        return "its format is none that Pillow knows (PNG, JPEG, GIF, BMP, TIFF, WebP are)"
    return str(error) or type(error).__name__


def _look(picture: Any) -> Look:
    width, height = picture.size
    if picture.getexif().get(0x0112) in _SIDEWAYS:
        width, height = height, width
    return Look(width, height, picture.mode in _GREY)


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
