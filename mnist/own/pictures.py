"""Folders of pictures, one folder a class (also below train/, val/ and test/), read with Pillow."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array

from ..errors import DataError, shown
from .arrays import _PART as PART_NAMES
from .material import Material, Pair

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".pbm")
SIDE = 64  # the longer side of larger pictures: a net of plain layers has a weight for each pixel
_GREY = ("L", "1", "LA", "I", "I;16", "F")


def holds_pictures(folder: Path) -> bool:
    """Whether there are pictures in folders of `folder`, two levels down at most."""
    return any(path.suffix.lower() in SUFFIXES for pattern in ("*/*", "*/*/*") for path in folder.glob(pattern))


def read_pictures(folder: Path) -> Material:
    """All pictures as (N, H, W) or (N, H, W, 3) bytes; DataError names a file that cannot be read."""
    parts = {PART_NAMES[path.name.lower()]: path for path in _folders(folder) if path.name.lower() in PART_NAMES}
    if "train" not in parts:
        parts = {"train": folder}
    material = Material(shown(folder), "pictures", {})
    files = {part: _by_class(place) for part, place in parts.items()}
    one_class = next((place for part, place in parts.items() if len(files[part]) < 2), None)
    if one_class is not None:
        raise DataError(f"{shown(one_class)} holds {len(files['train'])} folder of pictures; expected one folder a "
                        "class, two or more.")  # fmt: skip
    opened = {path: _open(path) for classes in files.values() for paths in classes.values() for path in paths}
    mode = "L" if all(picture.mode in _GREY for picture in opened.values()) else "RGB"
    size = _common_size(opened, material)
    pairs = {}
    for part, classes in files.items():
        rows = [(_pixels(opened[path], mode, size), name) for name, paths in classes.items() for path in paths]
        pairs[part] = Pair(np.stack([pixels for pixels, _ in rows]), np.array([name for _, name in rows]))
    return Material(material.where, "pictures", pairs, pictures=mode, notes=material.notes)


def read_picture(path: Path, mode: str, shape: tuple[int, ...]) -> Array:
    """One picture as the net knows them: (H, W) or (H, W, 3) bytes of that size."""
    return _pixels(_open(path), mode, (shape[1], shape[0]))


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _by_class(folder: Path) -> dict[str, list[Path]]:
    """Class -> its files, folders without pictures left out."""
    found = {}
    for one in _folders(folder):
        files = sorted(path for path in one.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        if files:
            found[one.name] = files
    return found


def _open(path: Path) -> Any:
    """The picture, small enough to be kept."""
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ImportError:
        raise ImportError("reading pictures needs pillow: pip install pillow") from None
    try:
        with Image.open(path) as picture:
            upright = ImageOps.exif_transpose(picture)
            if upright.mode in ("P", "PA", "RGBA", "CMYK", "YCbCr", "HSV", "LAB"):
                upright = _on_white(upright.convert("RGBA")) if _alpha(upright) else upright.convert("RGB")
            if upright.mode == "LA":
                upright = _on_white(upright.convert("RGBA")).convert("L")
            if upright.mode in ("I;16", "I", "F"):
                upright = _eight_bits(upright)
            return upright.copy()
    except FileNotFoundError:
        raise DataError(f"there is no {shown(path)}") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"{shown(path)} is not a picture that can be read: {error}") from error


def _alpha(picture: Any) -> bool:
    return picture.mode in ("RGBA", "PA") or "transparency" in picture.info


def _on_white(picture: Any) -> Any:
    from PIL import Image

    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture).convert("RGB")


def _eight_bits(picture: Any) -> Any:
    """16 bits or floats as 8: the full range of 16 bits is 0..65535."""
    from PIL import Image

    values = np.asarray(picture, np.float64)
    high = 255 if values.max() <= 255 else 65535
    return Image.fromarray(np.clip(values * (255 / high), 0, 255).astype(np.uint8))


def _common_size(opened: dict[Path, Any], material: Material) -> tuple[int, int]:
    """(width, height) that most pictures have, at most 64 pixels a side; what is changed is noted."""
    sizes = Counter(picture.size for picture in opened.values())
    width, height = sizes.most_common(1)[0][0]
    if len(sizes) > 1:
        material.notes.append(f"pictures of {len(sizes)} sizes: all resized to {width} x {height}, which most have")
    if max(width, height) > SIDE:
        shrink = SIDE / max(width, height)
        small = max(1, round(width * shrink)), max(1, round(height * shrink))
        material.notes.append(f"pictures of {width} x {height} made smaller, {small[0]} x {small[1]}")
        return small
    return width, height


def _pixels(picture: Any, mode: str, size: tuple[int, int]) -> Array:
    picture = picture.convert(mode)
    return np.asarray(picture if picture.size == size else picture.resize(size), np.uint8)
