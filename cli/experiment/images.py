"""Images from files, as raw pixels in the range that the net's data had."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import mnist
from base.arrays import Array

from ..flags_and_output import say
from . import own_rows
from .trained_net import Trained


def sources(args: argparse.Namespace, net: Trained) -> Iterator[tuple[str, Array]]:
    """(name, treated rows) of each file, or of the first test images where no file is named."""
    if not args.images:
        yield "test", net.load_data(None)["X_test"][: args.first]
    keeps = own_rows.kept(net.info)
    for path in args.images:
        if keeps is not None and not _drawn(net):
            X = own_rows.rows(keeps, path, net.settings)
            if len(X) > args.first:
                say(args, f"{path.name}: the first {args.first} of {len(X)} rows (--first N for more)")
            yield path.name, X[: args.first]
            continue
        raw = _read(path, net)
        raw = raw[None] if raw.ndim == 2 else raw[: args.first]
        if not np.isfinite(raw).all():
            raise mnist.DataError(f"{path} holds NaN or infinity: pixels must be numbers 0..{net.info['maximum']}")
        if not args.invert and raw.mean() > net.info["maximum"] / 2:
            say(args, f"{path.name} looks dark on bright; the net knows bright on dark: try --invert")
        yield path.name, net.treat(net.info["maximum"] - raw if args.invert else raw)


def _drawn(net: Trained) -> bool:
    """Whether a net of images stored as MNIST's are takes pictures as a net of MNIST does."""
    return len(net.info["shape"]) == 2 and net.info["source"] == "idx"


def _read(path: Path, net: Trained) -> Array:
    """Pixels (H, W) or (N, H, W) as float64 in 0..maximum."""
    if not path.exists():
        raise mnist.DataError(f"there is no {path}")
    if path.is_dir():
        raise mnist.DataError(f"{path} is a folder; expected a picture, a .npy or an idx file")
    if path.suffix.lower() == ".npy":
        return _npy(path, net.info["maximum"])
    if "idx" in path.name or path.suffix == ".gz":
        return np.asarray(mnist.read_idx(path), dtype=np.float64)
    pixels: Array = _picture(path, *net.info["shape"]) * net.info["maximum"]
    return pixels


def _npy(path: Path, maximum: float) -> Array:
    """Pixels as stored; fractions (floats, none above 1) stand for 0..maximum."""
    try:
        pixels = np.load(path, allow_pickle=False)
        fractions = pixels.dtype.kind == "f" and pixels.size and np.nanmax(pixels) <= 1
        return np.asarray(pixels, dtype=np.float64) * (maximum if fractions else 1)
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
