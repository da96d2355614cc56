"""Arrays of one's own: an .npz with names that make sense, .npy files, idx files of any size and label set."""

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from base.arrays import Array

from ..errors import DataError, printable, shown
from ..idx import read_idx
from ..npz import npz_names, read_npy, read_npz
from .material import PARTS, Material, Pair

LIMIT = 1 << 33  # bytes of a file of one's own
_INPUTS = {"x", "image", "images", "img", "imgs", "data", "feature", "features", "input", "inputs", "sample", "samples",
           "pixels", "pictures"}  # fmt: skip
_LABELS = {"y", "label", "labels", "target", "targets", "class", "classes", "lbl", "labs"}
_PART = {"train": "train", "training": "train", "tr": "train", "trn": "train", "val": "val", "valid": "val",
         "validation": "val", "dev": "val", "test": "test", "testing": "test", "te": "test", "tst": "test",
         "t10k": "test"}  # fmt: skip
_ADVICE = "Name them X and y, or x_train, y_train, x_test and y_test (x_val, y_val)"


def read_archive(path: Path) -> Material:
    """The pairs in an .npz; arrays whose names promise nothing are left unread where others do."""
    names = [name for name in npz_names(path) if part_and_kind(name)[1]]
    held = read_npz(path, names or None, limit=LIMIT, text=True)
    return Material(shown(path), "npz", pairs_by_name(held, path.name))


def read_pair(path: Path, labels: Path) -> Material:
    """Inputs in one .npy, labels in another."""
    pair = Pair(read_npy(path, limit=LIMIT), read_npy(labels, limit=LIMIT))
    return Material(shown(path), "npy", {"train": pair})


def read_npy_folder(folder: Path, files: list[Path]) -> Material:
    """The .npy files of a folder, by their names."""
    arrays = {path.stem: read_npy(path, limit=LIMIT) for path in files}
    return Material(shown(folder), "npy", pairs_by_name(arrays, shown(folder)))


def read_idx_set(where: str, files: list[Path]) -> Material:
    """The idx files of one set: images and labels for training, and for a test where there are some."""
    arrays: dict[str, Array] = {}
    for path in files:
        part, kind = part_and_kind(re.split(r"-?idx\d|\.", path.name.lower())[0])
        key = f"{'x' if kind == 'x' else 'y'}_{part or 'train'}"
        if kind is None or key in arrays:
            names = ", ".join(one.name for one in files)
            raise DataError(f"{where}: which of {names} are images, labels, training and test? Expected one set of"
                            " names with 'images' and 'labels', 'train' and 't10k' or 'test'.")  # fmt: skip
        array = read_idx(path, limit=LIMIT)
        if kind == "y" and array.ndim == 2 and array.shape[1] == 8 and "idx2-int" in path.name:
            array = array[:, 0]  # QMNIST: the class, then writer and place of the digit in NIST's files
        arrays[key] = array
    return Material(where, "idx", pairs_by_name(arrays, where))


def pairs_by_name(arrays: Mapping[str, Array], where: str) -> dict[str, Pair]:
    """Part -> (X, y) by the arrays' names, or for two arrays by their shapes; DataError says what is unclear."""
    holds = ", ".join(f"{printable(name)} {array.shape}" for name, array in list(arrays.items())[:8]) or "nothing"
    arrays = {name: array for name, array in arrays.items() if array.ndim}  # a number alone has no rows
    found: dict[tuple[str, str], list[str]] = {}
    for name in arrays:
        part, kind = part_and_kind(name)
        if kind is not None:
            found.setdefault((part or "train", kind), []).append(name)
    if not found and len(arrays) == 2:
        found = _by_shape(arrays)
    pairs = {}
    for part in PARTS:
        named = _told_once(arrays, found.get((part, "x"), []))
        x = _the_one(named, "inputs", part, where, lambda name: arrays[name].ndim > 1)
        rows = len(arrays[x]) if x else 0
        of_length = functools.partial(_has_rows, arrays, rows)
        y = _the_one(found.get((part, "y"), []), "labels", part, where, of_length)
        if x and y:
            pairs[part] = Pair(arrays[x], arrays[y])
    if "train" not in pairs:
        raise DataError(f"{where} holds {holds}: which are the inputs and the labels for training? {_ADVICE}.")
    return pairs


def _told_once(arrays: Mapping[str, Array], names: list[str]) -> list[str]:
    """Names of different numbers: scikit-learn's digits are there as rows and as images."""
    kept: list[str] = []
    for name in names:
        rows = arrays[name].reshape(len(arrays[name]), -1) if arrays[name].size else arrays[name]
        others = (arrays[one].reshape(len(arrays[one]), -1) for one in kept if arrays[one].size)
        if not any(np.array_equal(rows, other) for other in others):
            kept.append(name)
    return kept


def _has_rows(arrays: Mapping[str, Array], rows: int, name: str) -> bool:
    return len(arrays[name]) == rows


def _the_one(names: list[str], what: str, part: str, where: str, fits: Callable[[str], bool]) -> str | None:
    """The one name there is, or of several the one that fits."""
    if len(names) > 1:
        names = [name for name in names if fits(name)] or names
    if len(names) > 1:
        raise DataError(f"{where}: {' and '.join(map(printable, names))} all look like the {what} ({part}). {_ADVICE}.")
    return names[0] if names else None


def part_and_kind(name: str) -> tuple[str | None, str | None]:
    """(part, x or y) that a name promises, as x_train, trainImages, Xval, test-labels do; None where it does not."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    part = kind = None
    for token in re.split(r"[^a-z0-9]+", spaced.lower()):
        glued = re.fullmatch(r"(x|y)(train|tr|trn|val|valid|test|te|tst|dev)", token)
        for word in glued.groups() if glued else (token,):
            part = part or _PART.get(word)
            kind = kind or ("x" if word in _INPUTS else "y" if word in _LABELS else None)
            if word in _LABELS and kind == "x" and word not in ("y", "class", "classes"):
                kind = "y"  # data_labels, image_labels
    return part, kind


def _by_shape(arrays: Mapping[str, Array]) -> dict[tuple[str, str], list[str]]:
    """Of two arrays of as many rows, the one with columns is X, the one without is y."""
    one, two = arrays
    by_axes = sorted((one, two), key=lambda name: -arrays[name].ndim)
    X, y = (arrays[name] for name in by_axes)
    fits = X.ndim >= 2 and (y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1 < X.shape[1])) and len(X) == len(y)
    return {("train", "x"): [by_axes[0]], ("train", "y"): [by_axes[1]]} if fits else {}


def as_numbers(X: Array, where: str) -> Array:
    """X (N, ...) of finite numbers with at least one axis of features; else DataError."""
    if X.dtype.kind not in "biuf":
        raise DataError(f"{where}: the inputs have type {X.dtype}; expected numbers.")
    if X.ndim == 1:
        X = X[:, None]
    if X.dtype.kind == "f" and not np.isfinite(X).all():
        row = int(np.argmin(np.isfinite(X).reshape(len(X), -1).all(axis=1)))
        raise DataError(f"{where}: the inputs hold NaN or infinity, first in row {row}. Fill it or leave the row out.")
    return X
