"""Rows of the user's own for a trained net: coded and scaled as in training, by what the run kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import mnist
from base.arrays import Array
from mnist.own import Kept, loading as own
from mnist.own.material import Material, Pair, Table, check_rows
from mnist.own.pictures import Form

from .settings import TrainSettings

Part = tuple[str, Array, Array]


def kept(info: dict[str, Any]) -> Kept | None:
    """What a run on data of the user's own keeps; None for MNIST and the digits."""
    return Kept.from_dict(info["own"]) if info.get("own") else None


def labelled_parts(keeps: Kept, name: str, settings: TrainSettings, form: Form | None) -> Iterator[Part]:
    """(part, X, y) of another data set, each part as the net takes it; "all" where it has one alone.

    form: what pictures of a folder are made into.
    """
    known = name in ("mnist", "digits")
    material = _images(name) if known else check_rows(own.material_of(name, keeps.label, settings.verify, form))
    for part, (X, y) in material.pairs.items():
        where = f"{material.where} ({part})" if len(material.pairs) > 1 else material.where
        inputs = keeps.inputs(X, settings.dtype, where)
        targets = keeps.targets(y, where, X.lines if isinstance(X, Table) else None)
        real = keeps.labels.classes is None
        yield part if len(material.pairs) > 1 else "all", inputs, targets[:, None] if real else targets


def _images(name: str) -> Material:
    """MNIST or the digits as they are stored."""
    data = mnist.load(name, val=0, scale="raw", dtype="uint8", flatten=False)
    pairs = {part: Pair(data[f"X_{part}"], data[f"y_{part}"]) for part in ("train", "test")}
    return Material(name, data.info.source, pairs)


def rows(keeps: Kept, path: Path, settings: TrainSettings) -> Array:
    """The inputs in a file, with or without labels."""
    return keeps.inputs(keeps.read(path), settings.dtype, str(path))


def changed(info: dict[str, Any], settings: TrainSettings) -> bool:
    """Whether data of the user's own are not those of the run any more."""
    path = Path(settings.data).expanduser()
    return bool(info.get("own")) and own.exists(path) and own.file_sum(path) != info["sha256"].get("file")


def restandardised(info: dict[str, Any], X: Array) -> Array:
    """Pixels of another data set, not standardised yet, by the mean and deviation of the run's training rows."""
    scaled: Array = ((X.astype(np.float64) - info["mean"]) / info["std"]).astype(X.dtype)
    return scaled


def whole_numbers(data: mnist.Dataset) -> dict[str, Array]:
    """The labels of data of the user's own as the numbers that they were, for a net of the digits 0..9."""
    values = digits(np.array(data.info.classes or ()), data.info.name)
    return {part: values[data[part]] for part in ("y_train", "y_val", "y_test")}


def digits(names: Array, where: str) -> Array:
    """Names of classes as the numbers 0..9 that they are; DataError for others."""
    try:
        values = names.astype(np.int64)
    except ValueError:
        known = ", ".join(np.unique(names)[:8].tolist())
        raise mnist.DataError(f"{where} has the classes {known}; this net knows the digits 0..9.") from None
    if values.size == 0 or values.min() < 0 or values.max() > 9:
        raise mnist.DataError(f"{where} has other labels than 0..9, which are what this net knows.")
    return values
