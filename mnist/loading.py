"""`load`: from a name or a path to the arrays of a training run, split, scaled and checked.

The raw bytes stay uint8 until the last step, where each part is converted once into its final array.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from base.user_code import is_reference
from base.words import did_you_mean

from .checksums import check_sums
from .containers import mnists_form, read_source
from .dataset import Dataset, Info
from .drawn import Frame
from .errors import DataError
from .locate import cache_folder, find_mnist
from .own.wanted import Wanted
from .parts import SIDE, Parts
from .pixels import Treatment, treat

NAMES = ("mnist", "digits")
_DTYPES = ("float32", "float64", "uint8")
_Path = str | os.PathLike[str]


def load(
    name: _Path = "mnist",
    *,
    root: _Path | None = None,
    val: int | None = None,
    seed: int | None = None,
    limit: int | None = None,
    dtype: DTypeLike = "float32",
    scale: bool | str = True,
    standardise: bool = False,
    flatten: bool = True,
    verify: bool = True,
    label: str | None = None,
    drop: Sequence[str] = (),
    test: int | None = None,
    real: bool = False,
    prepare: bool | Frame = False,
) -> Dataset:
    """Load a data set as a dict `X_train y_train X_val y_val X_test y_test` with a record `.info`.

    name         "mnist"; "digits" (scikit-learn's 1,797 images of 8 x 8); "fashion-mnist", "kmnist", "qmnist" or
                 "emnist-letters" (balanced, byclass, bymerge, digits, mnist); a path: a folder or container of
                 MNIST's form, or data of your own: .csv, .parquet, .npz, .npy, idx files, a folder of pictures a class;
                 or "file.py:name", a function of your own that gives arrays, taken as they are: see `from_function`.
    root         where to look for "mnist": a folder or a container. Default: LAYERGRAPH_DATA, then the cache folder.
    val          rows for validation, from the tail of the training file (default 5,000 of MNIST's 60,000; 180 of the
                 digits' 1,437; of others a tenth, drawn with the classes in their proportions). 0 leaves X_val and
                 y_val empty.
    seed         an integer draws the validation rows at random instead; the rest keeps its order.
    limit        keep only the first `limit` training rows; validation and test stay whole.
    dtype        "float32", "float64", or "uint8" (with scale="raw" only).
    scale        True: pixels in 0..1, columns of a table standardised one by one with the training rows' mean and
                 deviation; False or "raw": as stored, 0..255 (digits 0..16).
    standardise  subtract one mean and divide by one standard deviation, both taken over all pixels of X_train.
    flatten      rows of D pixels (N, D); otherwise images (N, height, width).
    verify       refuse MNIST whose decoded bytes have not the canonical SHA-256.
    label        the column of the labels in a table; beside an X.npy the file of the labels.
    drop         columns of a table to leave out.
    test         rows for the test where the data have none apart (default a fifth).
    real         take whole numbers for real targets as well, not for classes.
    prepare      of a folder of drawings or photos of digits: make each into an image as MNIST's are, see `prepare`, or
                 as a Frame says. The folder's pictures are resized and otherwise taken as they are without it.

    Labels are int64. Raises DataError for absent, damaged or wrong files, ValueError for arguments that do not fit.
    """
    integers = {"val": (val, 0), "limit": (limit, 1), "seed": (seed, 0), "test": (test, 0)}
    scaled, kind = _check(integers, dtype, scale, standardise)
    wanted = Wanted(kind, scaled, standardise, flatten, val, test, seed, limit, label, drop, real, _frame(prepare))
    if is_reference(name) and root is None:
        from .from_function import load_from_function

        wanted.refuse_own(str(name))
        how: dict[str, Any] = {"val": val, "seed": seed, "limit": limit, "dtype": kind}
        return load_from_function(str(name), **how, standardise=standardise, flatten=flatten)
    found = _of_ones_own(name, root, verify, wanted)
    return _mnist_or_digits(name, root, verify, wanted) if found is None else found


def _mnist_or_digits(name: _Path, root: _Path | None, verify: bool, wanted: Wanted) -> Dataset:
    """What has MNIST's form, and the digits: images of bytes."""
    wanted.refuse_own(str(name))
    try:
        parts, info = _read(name, root, wanted.scaled, verify)
    except DataError as error:
        if verify or name in NAMES or not Path(name).exists():
            raise
        return _anyway(Path(name).expanduser(), wanted, error)
    val = (5000 if info.maximum == 255 else 180) if wanted.val is None else wanted.val
    train, held = _split(len(parts.train_labels), val, wanted.seed, wanted.limit)
    images = parts.train_images[train]
    treatment = Treatment.fit(images, info.maximum, wanted.scaled, wanted.standardise, wanted.dtype)
    rows = {"train": (images, parts.train_labels[train]),
            "val": (parts.train_images[held], parts.train_labels[held]),
            "test": (parts.test_images, parts.test_labels)}  # fmt: skip
    arrays = {}
    for part, (images, labels) in rows.items():
        arrays[f"X_{part}"] = treat(images, treatment, flatten=wanted.flatten)
        arrays[f"y_{part}"] = labels.astype(np.int64)
    return Dataset(arrays, info._replace(mean=treatment.mean, std=treatment.std))


def _frame(prepare: bool | Frame) -> Frame | None:
    if not isinstance(prepare, bool | Frame):
        raise ValueError(f"prepare is {prepare!r}; expected True, False or a mnist.Frame.")
    return Frame() if prepare is True else prepare or None


def _check(
    integers: Mapping[str, tuple[object, int]], dtype: DTypeLike, scale: bool | str, standardise: bool
) -> tuple[bool, np.dtype[Any]]:
    """The arguments, checked: whether pixels are scaled, and their type."""
    for argument, (value, least) in integers.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least):
            raise ValueError(f"{argument} is {value!r}; expected an integer of at least {least}, or None.")
    if not isinstance(scale, bool) and scale != "raw":
        raise ValueError(f"scale is {scale!r}; expected True (pixels in 0..1) or 'raw' (as stored).")
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = np.dtype(object)
    if kind.name not in _DTYPES:
        raise ValueError(f"dtype is {dtype!r}; expected 'float32', 'float64' or 'uint8'.")
    scaled = scale is True
    if kind == np.uint8 and (scaled or standardise):
        raise ValueError("dtype='uint8' holds raw pixels: pass scale='raw' and standardise=False, or a float dtype.")
    return scaled, kind


def _read(name: _Path, root: _Path | None, scaled: bool, verify: bool) -> tuple[Parts, Info]:
    """The parts of the data set and what is known about them."""
    if not isinstance(name, str | os.PathLike):
        raise TypeError(f"name is {name!r}; expected {', '.join(map(repr, NAMES))}, or the path of a folder or file.")
    if name != "mnist" and root is not None:
        raise ValueError(f"name is {str(name)!r} and root is given: root goes with name='mnist' only.")
    if name == "digits":
        from .digits import read_digits

        return read_digits(), Info("digits", "sklearn", False, {}, 16, (8, 8), scaled)
    if name != "mnist":
        root = _known_path(name)
    source = find_mnist(root)
    parts = read_source(source)
    sums: Mapping[str, str] = check_sums(parts, source.place) if verify else {}
    return parts, Info("mnist" if verify else Path(name).name, source.kind, verify, sums, 255, (SIDE, SIDE), scaled)


def _of_ones_own(name: _Path, root: _Path | None, verify: bool, wanted: Wanted) -> Dataset | None:
    """The data set where it is no MNIST: of its family, or of one's own; None for MNIST's form and for the digits."""
    if name in NAMES or not isinstance(name, str | os.PathLike) or root is not None:
        return None
    from .own import family, loading

    path = Path(name).expanduser()
    member = str(name) if name in family.FAMILY else family.recognise(path) if verify else None
    if member is not None:
        wanted.refuse_own(member)
        place = path if name not in family.FAMILY else None
        material = family.read_family(member, verify, place)
        return loading.arrange(material, place or cache_folder() / member, wanted, member)
    asked = wanted.label is not None or wanted.drop or wanted.prepare is not None
    if not asked and (not loading.exists(path) or mnists_form(path)):
        return None
    return loading.load_own(path, wanted)


def _anyway(path: Path, wanted: Wanted, error: DataError) -> Dataset:
    """With verify=False what is almost MNIST is data of one's own; the first reason stays if that fails too."""
    from .own import loading

    try:
        return loading.load_own(path, wanted)
    except (DataError, ValueError):
        raise error from None


def _known_path(name: _Path) -> Path:
    from .own.family import FAMILY

    path = Path(name).expanduser()
    if not path.exists():
        if isinstance(name, str) and not {"/", os.sep, "."} & set(name):
            known = (*NAMES, *FAMILY)
            raise ValueError(f"unknown data set {name!r}.{did_you_mean(name, known)} Known: {', '.join(known)}, or the "
                             "path of a folder or file.")  # fmt: skip
        raise DataError(f"there is no {name}. Give a folder with the four idx files, mnist.npz or mnist.pkl.gz; "
                        "or data of your own: .csv, .parquet, .npz, .npy, folders of pictures.")  # fmt: skip
    return path


def _split(count: int, val: int, seed: int | None, limit: int | None) -> tuple[Any, Any]:
    """Indices (slices where possible, which copy nothing) of the training and validation rows."""
    if val >= count:
        raise ValueError(f"val is {val}, but the training file has {count} rows: leave at least one for training.")
    most = count - val
    if limit is not None and limit > most:
        raise ValueError(f"limit is {limit}, but only {most} training rows are left after {val} for validation.")
    most = most if limit is None else limit
    if seed is None:
        return slice(0, most), slice(count - val, count)
    held = np.sort(np.random.default_rng(seed).choice(count, val, replace=False))
    return np.delete(np.arange(count), held)[:most], held
