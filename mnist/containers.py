"""One door for all containers: idx files, `mnist.npz` and `mnist.pkl.gz` give the same four parts.

The parts are checked for shapes, types and labels here; their sums are `checksums`' business.
"""

from collections.abc import Callable, Mapping

from .idx import read_idx
from .locate import Source
from .parts import NAMES, Parts, check_part, check_parts


def read_source(source: Source) -> Parts:
    """The four parts in `source`, checked; a DataError names the file and the reason."""
    return check_parts(_READERS[source.kind](source), source.place)


def _read_four(source: Source) -> Parts:
    arrays = []
    for name, path in zip(NAMES, source.files, strict=True):
        arrays.append(read_idx(path))
        check_part(name, arrays[-1], path.name)
    return Parts(*arrays)


_READERS: Mapping[str, Callable[[Source], Parts]] = {
    "idx": _read_four,
}
