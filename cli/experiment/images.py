"""Images from files: arrays as they are, in the range that the net's data had; pictures prepared as training images."""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

import mnist
from base.arrays import Array
from mnist.own import Kept
from mnist.own.picture_file import resized
from mnist.own.pictures import SUFFIXES

from . import own_rows
from .trained_net import Trained

ARRAYS = (".npy", ".gz")


class Source(NamedTuple):
    """Rows for the net, and of a picture what the file holds, what the net sees (0..1) and what is to be said."""

    name: str
    rows: Array
    picture: Array | None = None
    warnings: tuple[str, ...] = ()


class Reader:
    """Reads the files of `layergraph predict` one by one; a bad one raises mnist.DataError and harms no other."""

    def __init__(self, args: argparse.Namespace, net: Trained) -> None:
        self._args, self._net = args, net
        self._keeps, self._drawings = own_rows.kept(net.info), net.drawings()

    def test_set(self) -> Source:
        """The first rows of the run's test set."""
        return Source("test", self._net.load_data(None)["X_test"][: self._args.first])

    def read(self, path: Path) -> Source:
        """The rows of one file."""
        drawn = path.suffix.lower() in SUFFIXES and self._drawings.frame is not None
        if self._keeps is not None and self._net.info["source"] != "idx" and not drawn:
            return self._own_rows(self._keeps, path)
        if not path.exists():
            raise mnist.DataError(f"there is no {path}")
        if path.is_dir():
            raise mnist.DataError(f"{path} is a folder; expected a picture, a .npy or an idx file")
        if path.suffix.lower() in ARRAYS or "idx" in path.name:
            return self._array(path)
        return self._picture(path)

    def seen(self, row: Array) -> Array:
        """A row for the net as pixels (H, W) in 0..1."""
        pixels: Array = self._net.unit(row[None])[0]
        return pixels

    def _own_rows(self, keeps: Kept, path: Path) -> Source:
        """Rows, or a picture, of data of the user's own: treated as those of the training were."""
        X = own_rows.rows(keeps, path, self._net.settings)
        first = self._args.first
        says = (f"the first {first} of {len(X)} rows (--first N for more)",) if len(X) > first else ()
        return Source(path.name, X[:first], None, says)

    def _array(self, path: Path) -> Source:
        """Pixels as they are stored, bright on dark as in training."""
        args, maximum = self._args, self._net.info["maximum"]
        raw = _npy(path, maximum) if path.suffix.lower() == ".npy" else np.asarray(mnist.read_idx(path), np.float64)
        raw = raw[None] if raw.ndim == 2 else raw[: args.first]
        if not np.isfinite(raw).all():
            raise mnist.DataError(f"{path} holds NaN or infinity: pixels must be numbers 0..{maximum}")
        says: tuple[str, ...] = ()
        if not args.invert and raw.size and raw.mean() > maximum / 2:
            says = ("looks dark on bright; the net knows bright on dark: try --invert",)
        return Source(path.name, self._net.treat(maximum - raw if args.invert else raw), None, says)

    def _picture(self, path: Path) -> Source:
        net, args = self._net, self._args
        if len(net.info["shape"]) != 2:
            raise mnist.DataError(f"{path}: the net was trained on {tuple(net.info['shape'])}, not on pictures in grey")
        picture, likeness = mnist.read_picture(path), self._drawings.likeness
        if args.as_is:
            pixels = resized(picture, tuple(net.info["shape"]))
            found = mnist.Prepared(1 - pixels if args.invert else pixels, (), False)
        else:
            found = mnist.prepare(picture, self._drawings.frame, bright_paper=True if args.invert else None)
        pixels, says = found.pixels, found.warnings
        if not found.blank and likeness is not None and (doubt := likeness.doubt(pixels)):
            says = (*says, doubt)
        return Source(path.name, net.treat(pixels[None] * net.info["maximum"]), picture, says)


def _npy(path: Path, maximum: float) -> Array:
    """Pixels as stored; fractions (floats, none above 1) stand for 0..maximum."""
    try:
        pixels = np.load(path, allow_pickle=False)
        fractions = pixels.dtype.kind == "f" and pixels.size and np.nanmax(pixels) <= 1
        return np.asarray(pixels, dtype=np.float64) * (maximum if fractions else 1)
    except (ValueError, EOFError, MemoryError) as error:
        raise mnist.DataError(f"{path} is not a .npy file of numbers: {error}") from error
