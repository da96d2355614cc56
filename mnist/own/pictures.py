"""Folders of pictures, a folder a class (also below train/, val/ and test/), as they are or prepared as MNIST was."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from base.arrays import Array

from ..drawn import Frame, prepare
from ..errors import DataError, shown
from .arrays import _PART as PART_NAMES
from .material import Material, Pair
from .picture_file import Look, as_bytes, look_at, read_picture

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".pbm")
SIDE = 64  # the longer side of larger pictures: a net of plain layers has a weight for each pixel
DRAWN = "drawn"


class Form(NamedTuple):
    """What every picture is made into: "L" or "RGB" of that (width, height), or "drawn": an image as in `frame`."""

    mode: str
    size: tuple[int, int]
    frame: Frame | None = None

    def pixels(self, path: Path) -> Array:
        """(H, W) or (H, W, 3) bytes; DataError for a file that cannot be read."""
        picture = read_picture(path)
        if self.frame is None:
            return as_bytes(picture, self.mode, self.size)
        return np.round(255 * prepare(picture, self.frame).pixels).astype(np.uint8)


def drawn(frame: Frame) -> Form:
    """Drawings and photos of single signs, each prepared as `frame` says."""
    return Form(DRAWN, (frame.shape[1], frame.shape[0]), frame)


def form_of(mode: str, shape: tuple[int, ...]) -> Form:
    """The form of a run's pictures again, from what it kept."""
    size = (shape[1], shape[0])
    if mode != DRAWN:
        return Form(mode, size)
    return drawn(Frame() if shape == Frame().shape else Frame.scaled_to((shape[0], shape[1])))


def holds_pictures(folder: Path) -> bool:
    """Whether there are pictures in folders of `folder`, two levels down at most."""
    return any(path.suffix.lower() in SUFFIXES for pattern in ("*/*", "*/*/*") for path in folder.glob(pattern))


def read_pictures(folder: Path, form: Form | None = None) -> Material:
    """All pictures as (N, H, W) or (N, H, W, 3) bytes, in the form that is given or that most of them have.

    DataError names a file that cannot be read.
    """
    parts = {PART_NAMES[path.name.lower()]: path for path in _folders(folder) if path.name.lower() in PART_NAMES}
    if "train" not in parts:
        parts = {"train": folder}
    material = Material(shown(folder), "pictures", {})
    files = {part: _by_class(place) for part, place in parts.items()}
    one_class = next((place for part, place in parts.items() if len(files[part]) < 2), None)
    if one_class is not None and form is None:
        raise DataError(f"{shown(one_class)} holds {len(files['train'])} folder of pictures; expected one folder a "
                        "class, two or more.")  # fmt: skip
    every = [path for classes in files.values() for paths in classes.values() for path in paths]
    form = form or _common_form((look_at(path) for path in every), material)
    pairs = {}
    for part, classes in files.items():
        rows = [(form.pixels(path), name) for name, paths in classes.items() for path in paths]
        pairs[part] = Pair(np.stack([pixels for pixels, _ in rows]), np.array([name for _, name in rows]))
    if form.mode == DRAWN:
        material.notes.append(_prepared(pairs, form))
    return Material(material.where, "pictures", pairs, pictures=form.mode, notes=material.notes)


def _prepared(pairs: Mapping[str, Pair], form: Form) -> str:
    images = np.concatenate([np.asarray(pair.X) for pair in pairs.values()])
    blank = int((images == images[:, :1, :1]).all(axis=(1, 2)).sum())
    width, height = form.size
    return f"each picture prepared as MNIST was, {height} x {width}" + (f"; {blank} of them are blank" if blank else "")


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


def _common_form(looks: Iterable[Look], material: Material) -> Form:
    """Grey if all are, and the (width, height) that most have, at most 64 pixels a side; what is changed is noted."""
    every = list(looks)
    mode = "L" if all(look.grey for look in every) else "RGB"
    sizes = Counter((look.width, look.height) for look in every)
    width, height = sizes.most_common(1)[0][0]
    if len(sizes) > 1:
        material.notes.append(f"pictures of {len(sizes)} sizes: all resized to {width} x {height}, which most have")
    if max(width, height) > SIDE:
        shrink = SIDE / max(width, height)
        small = max(1, round(width * shrink)), max(1, round(height * shrink))
        material.notes.append(f"pictures of {width} x {height} made smaller, {small[0]} x {small[1]}")
        return Form(mode, small)
    return Form(mode, (width, height))
