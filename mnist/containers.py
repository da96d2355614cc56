"""One door for all containers: idx files, `mnist.npz` and `mnist.pkl.gz` give the same four parts.

The parts are checked for shapes, types and labels here; their sums are `checksums`' business.
"""

from collections.abc import Callable, Mapping

from .idx import read_idx
from .locate import Source
from .npz import read_npz
from .parts import NAMES, Parts, check_part, check_parts
from .pickled.mnist_pickle import read_pickle
from .recover import to_images, to_labels

NPZ_NAMES = ("x_train", "y_train", "x_test", "y_test")


def read_source(source: Source) -> Parts:
    """The four parts in `source`, checked; a DataError names the file and the reason."""
    return check_parts(_READERS[source.kind](source), source.place)


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
