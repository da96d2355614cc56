"""From a path to the arrays of a run: read, split, coded, and scaled by what the training rows say."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array

from ..dataset import Dataset, Info
from ..errors import DataError, shown
from ..locate import find_mnist
from . import arrays, family, kept, labels, pictures, tables
from .material import PARTS, Material, Pair, Table, check_rows, take
from .split import split
from .wanted import Wanted


def load_own(path: Path, wanted: Wanted) -> Dataset:
    """The data at `path`, as `mnist.load` describes it."""
    form = None if wanted.prepare is None else pictures.drawn(wanted.prepare)
    return arrange(check_rows(read(path, wanted.label, wanted.drop, form)), path, wanted)


def read(path: Path, label: str | None, drop: Sequence[str], form: pictures.Form | None = None) -> Material:
    """What is at `path`, by its kind; DataError where it is none that is known.

    form: of pictures, where it is known; ValueError for one to prepare where there are none.
    """
    prepared = form is not None and form.mode == pictures.DRAWN
    if prepared and not pictures.holds_pictures(path):
        raise ValueError(f"prepare goes with a folder of pictures a class; {shown(path)} is none.")
    if tables.is_table(path):
        return tables.read_table(path, label, drop)
    if drop:
        raise DataError(f"drop goes with a table (.csv, .parquet); {shown(path)} is none.")
    if path.suffix == ".npy":
        if label is None:
            raise DataError(f"{shown(path)} holds inputs alone: name the file of the labels, --label y.npy (label=), "
                            "or give a folder with X.npy and y.npy.")  # fmt: skip
        return arrays.read_pair(path, _beside(path, label))
    if label is not None:
        raise DataError(f"label goes with a table or an X.npy; {shown(path)} is neither.")
    if path.suffix == ".npz":
        return arrays.read_archive(path)
    return _read_folder(path, form)


def material_of(name: str, label: str | None, verify: bool, form: pictures.Form | None = None) -> Material:
    """What is in a set of the family, or at a path, with the labels of a table in the column `label`.

    form: of pictures.
    """
    if name in family.FAMILY:
        return family.read_family(name, verify)
    path = Path(name).expanduser()
    if not exists(path):
        raise DataError(f"there is no {name}: expected data of the same form as the net's own.")
    known = form if pictures.holds_pictures(path) else None
    return read(path, label if tables.is_table(path) else None, (), known)


def _beside(path: Path, label: str) -> Path:
    """The file of the labels, as named from here or from the folder of the inputs."""
    return next((one for one in (Path(label).expanduser(), path.parent / label) if one.is_file()), Path(label))


def exists(path: Path) -> bool:
    """Whether there is such a file or folder, or idx files whose names begin so."""
    return path.exists() or (
        path.parent.is_dir() and any("idx" in one.name for one in path.parent.glob(f"{path.name}-*"))
    )


def _read_folder(path: Path, form: pictures.Form | None = None) -> Material:
    folder, start = (path, "") if path.is_dir() else (path.parent, path.name)
    files = sorted(one for one in folder.iterdir() if one.is_file() and one.name.startswith(start))
    idx = [one for one in files if "idx" in one.name]
    if idx:
        return arrays.read_idx_set(shown(path), idx)
    npy = [one for one in files if one.suffix == ".npy"]
    if npy:
        return arrays.read_npy_folder(path, npy)
    if pictures.holds_pictures(path):
        return pictures.read_pictures(path, form)
    if path.is_dir() and not files:
        find_mnist(path)  # says what would be found there
    one = [file for file in files if tables.is_table(file) or file.suffix == ".npz"]
    hint = f" Name the file: {', '.join(file.name for file in one[:5])}." if one else ""
    raise DataError(f"{shown(path)} holds no data that is known here: expected .csv, .parquet, .npz, X.npy with "
                    f"y.npy, idx files, or a folder of pictures for each class.{hint}")  # fmt: skip


def arrange(material: Material, path: Path, wanted: Wanted, name: str | None = None) -> Dataset:
    """Split, learn from the training rows what is to be kept, and treat every part by it."""
    where = material.where
    lines = {part: X.lines if isinstance(X, Table) else None for part, (X, _) in material.pairs.items()}
    pairs = {
        part: Pair(X, labels.plain_labels(y, where, wanted.real, lines[part]))
        for part, (X, y) in material.pairs.items()
    }
    pairs = {
        part: Pair(X if isinstance(X, Table) else arrays.as_numbers(X, where), y) for part, (X, y) in pairs.items()
    }
    if any(pair.y.dtype.kind == "f" for pair in pairs.values()):
        pairs = {part: Pair(X, y.astype(np.float64)) for part, (X, y) in pairs.items()}
    pairs, limit, dtype = _parts(pairs, wanted, where), wanted.limit, wanted.dtype
    if limit is not None and limit > len(pairs["train"].y):
        raise ValueError(f"limit is {limit}, but only {len(pairs['train'].y)} training rows are left.")
    learned = material.labels or labels.learn([pairs["train"].y, pairs["val"].y], where)
    head = np.arange(limit or len(pairs["train"].y))
    train = Pair(take(pairs["train"].X, head), pairs["train"].y[head])
    keeps = kept.learn(train, learned, material, scaled=wanted.scaled, standardise=wanted.standardise)
    if dtype == np.uint8 and (isinstance(train.X, Table) or train.X.dtype != np.uint8):
        raise ValueError(f"dtype is 'uint8', but {where} does not hold bytes: use 'float32' or 'float64'.")
    data: dict[str, Array] = {}
    for part, pair in {**pairs, "train": train}.items():
        rows = f"{where} ({part})" if part in material.pairs and part != "train" else where
        data[f"X_{part}"] = _treated(pair, keeps, dtype, rows, wanted.flatten)
        data[f"y_{part}"] = learned.code(pair.y, rows)
    return Dataset({key: data[key] for part in PARTS for key in (f"X_{part}", f"y_{part}")},
                   _info(material, keeps, path, name or path.resolve().name, wanted.scaled))  # fmt: skip


def _treated(pair: Pair, keeps: kept.Kept, dtype: np.dtype[Any], where: str, flatten: bool) -> Array:
    if not len(pair.y):
        return np.empty((0, int(np.prod(keeps.shape))) if flatten else (0, *keeps.shape), dtype)
    return keeps.inputs(pair.X, dtype, where, flatten=flatten)


def _parts(pairs: Mapping[str, Pair], wanted: Wanted, where: str) -> dict[str, Pair]:
    """The pairs of all three parts; those that are not there are drawn from the training rows."""
    sizes = {"val": wanted.val, "test": wanted.test}
    for part, asked in sizes.items():
        if part in pairs and asked:
            raise ValueError(f"{part} is {asked}, but {where} has {part} rows of its own: leave {part} out.")
    train = pairs["train"]
    lacking = {part: size for part, size in sizes.items() if part not in pairs}
    rows = split(train.y, lacking, wanted.seed or 0, where) if lacking else {"train": np.arange(len(train.y))}
    drawn = {part: Pair(take(train.X, at), train.y[at]) for part, at in rows.items()}
    return {**pairs, **drawn}


def _info(material: Material, keeps: kept.Kept, path: Path, name: str, scaled: bool) -> Info:
    scaling = keeps.scaling
    one = isinstance(scaling.mean, float)
    drawn = any(part not in material.pairs for part in PARTS)
    how = "split at random" if keeps.labels.classes is None else "split with the classes in their proportions"
    notes = (*material.notes, scaling.words + (f"; {how}" if drawn else ""))
    return Info(
        name, material.kind, material.verified, {"file": file_sum(path)}, int(scaling.divisor), keeps.shape,
        scaled and scaling.kind == "pixels", scaling.mean if one else None, scaling.std if one else None,
        keeps.labels.classes, keeps.as_dict(), notes,
    )  # fmt: skip


def file_sum(path: Path) -> str:
    """SHA-256 of a file, or of the names and sizes of a folder's files: tells whether data have changed since a run."""
    digest = hashlib.sha256()
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    for one in sorted(path.rglob("*")) if path.is_dir() else sorted(path.parent.glob(f"{path.name}*")):
        if one.is_file():
            digest.update(f"{one.name} {one.stat().st_size}\n".encode())
    return digest.hexdigest()
