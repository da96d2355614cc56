"""One door for all containers: idx files, `mnist.npz` and `mnist.pkl.gz` give the same four parts.

The parts are checked for shapes, types and labels here; their sums are `checksums`' business.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from .errors import DataError
from .idx import read_idx
from .locate import Source, kind_by_name, look, part_by_name
from .npz import npz_names, read_npz
from .parts import CLASSES, NAMES, SIDE, Parts, check_part, check_parts
from .pickled.mnist_pickle import read_pickle
from .recover import to_images, to_labels

NPZ_NAMES = ("x_train", "y_train", "x_test", "y_test")


def read_source(source: Source) -> Parts:
    """The four parts in `source`, checked; a DataError names the file and the reason."""
    return check_parts(_READERS[source.kind](source), source.place)


def mnists_form(path: Path) -> bool:
    """Whether what is at `path` has MNIST's form, so that it must be MNIST: its names, 28 x 28 pixels, labels 0..9.

    True as well for what cannot be read, so that the reader says why.
    """
    if path.is_file() and kind_by_name(path) is None:
        return not path.name.lower().endswith((".npy", ".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet", ".pq"))
    try:
        source = look(path)
        if source is None:
            return False
        if source.kind == "pickle":
            return True
        if source.kind == "npz":
            if not set(NPZ_NAMES) <= set(npz_names(source.files[0])):
                return source.files[0].name == "mnist.npz"
            held = read_npz(source.files[0], NPZ_NAMES[2:], text=True)
            images, labels = held["x_test"], held["y_test"]
        else:
            images, labels = (read_idx(path) for path in source.files[2:])
    except DataError:
        return not (path.is_dir() and any("idx" in one.name and part_by_name(one) is None for one in path.iterdir()))
    fits = images.shape[1:] in ((SIDE, SIDE), (SIDE * SIDE,)) and labels.dtype.kind in "iu" and labels.ndim == 1
    return bool(fits and labels.size and labels.max() < CLASSES)


def _read_four(source: Source) -> Parts:
    arrays = []
    for name, path in zip(NAMES, source.files, strict=True):
        arrays.append(read_idx(path))
        check_part(name, arrays[-1], path.name)
    return Parts(*arrays)


def _read_npz(source: Source) -> Parts:
    """Keras's names: x_train, y_train, x_test, y_test."""
    path = source.files[0]
    arrays = read_npz(path, NPZ_NAMES)
    turns = (to_images, to_labels) * 2
    return Parts(*(turn(arrays[key], name, path.name) for turn, key, name in zip(turns, NPZ_NAMES, NAMES, strict=True)))


_READERS: Mapping[str, Callable[[Source], Parts]] = {
    "idx": _read_four,
    "npz": _read_npz,
    "pickle": lambda source: read_pickle(source.files[0]),
}
