"""Images from files, as raw pixels in the range that the net's data had."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import mnist

from .trained import Trained

Array = NDArray[np.float64]


def sources(args: argparse.Namespace, net: Trained) -> Iterator[tuple[str, Array]]:
    """(name, treated rows) of each file, or of the first test images where no file is named."""
    if not args.images:
        yield "test", net.load_data(None)["X_test"][: args.first]
    for path in args.images:
        raw = _read(path, net)
        raw = raw[None] if raw.ndim == 2 else raw[: args.first]
        yield path.name, net.treat(net.info["maximum"] - raw if args.invert else raw)


def _read(path: Path, net: Trained) -> Array:
    """Pixels (H, W) or (N, H, W) as float64 in 0..maximum."""
    if not path.exists():
        raise mnist.DataError(f"there is no {path}")
    if path.suffix.lower() == ".npy":
        return _npy(path)
    if "idx" in path.name or path.suffix == ".gz":
        return np.asarray(mnist.read_idx(path), dtype=np.float64)
    pixels: Array = _picture(path, *net.info["shape"]) * net.info["maximum"]
    return pixels


def _npy(path: Path) -> Array:
    try:
        pixels = np.load(path, allow_pickle=False)
        return np.asarray(pixels, dtype=np.float64)
    except (ValueError, EOFError, MemoryError) as error:
        raise mnist.DataError(f"{path} is not a .npy file of numbers: {error}") from error


def _picture(path: Path, height: int, width: int) -> Array:
    """Grey values (H, W) in 0..1, resized to the net's images."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise ImportError("reading pictures needs pillow: pip install pillow") from None
    try:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("L").resize((width, height)), dtype=np.float64) / 255
    except (UnidentifiedImageError, OSError) as error:
        raise mnist.DataError(f"{path} is not a picture that can be read: {error}") from error
