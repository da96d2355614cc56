"""What a file holds (`describe`) and whether it is MNIST (`verify_file`, `verify_folder`), for people and for JSON."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from .checksums import MNIST, check_sums, idx_sha256, wrong_sum
from .containers import read_source
from .errors import DataError, printable, shown, starts_with
from .idx import read_idx
from .locate import STEMS, Source, kind_by_name, part_by_name
from .npz import read_npz
from .parts import NAMES, SIDE, check_part
from .pixels import mean_std


class Held(NamedTuple):
    """One array in a file; `part` names the part of MNIST that it is, to the last bit, or is None."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    sha256: str
    part: str | None
    counts: dict[str, int] | None = None  # labels: examples of each class
    mean: float | None = None  # images of bytes: of all pixels
    std: float | None = None


class Report(NamedTuple):
    """A file, its kind (idx, npz, pickle), what it holds, and what is wrong with it (None: nothing)."""

    file: str
    kind: str | None
    held: tuple[Held, ...]
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        held = [{**one._asdict(), "shape": list(one.shape)} for one in self.held]
        return {"file": self.file, "kind": self.kind, "ok": self.error is None, "error": self.error, "held": held}


def describe(path: str | Path) -> Report:
    """What `path` holds: shapes, types, sums, classes; DataError where it cannot be read."""
    path = Path(path)
    kind = _kind(path)
    if kind == "idx":
        at = part_by_name(path)
        arrays = {NAMES[at] if at is not None else "values": read_idx(path)}
    elif kind == "npz":
        arrays = read_npz(path)
    else:
        arrays = dict(zip(NAMES, read_source(Source("pickle", (path,))), strict=True))
    return Report(shown(path), kind, tuple(_held(name, array) for name, array in arrays.items()))


def verify_file(path: str | Path) -> Report:
    """Whether `path` is MNIST, or one part of it, to the last bit; what is wrong stands in the report's `error`."""
    path = Path(path)
    try:
        kind = _kind(path)
        if kind == "idx":
            return Report(shown(path), kind, (_held(*_verified_part(path)),))
        parts = read_source(Source(kind, (path,)))
        check_sums(parts, path.name)
        return Report(shown(path), kind, tuple(_held(*pair) for pair in zip(NAMES, parts, strict=True)))
    except DataError as error:
        return Report(shown(path), kind_by_name(path), (), str(error))


def verify_folder(folder: str | Path) -> list[Report]:
    """A report for each data file in `folder`, and one for each idx file that is missing; DataError without any."""
    folder = Path(folder)
    files = sorted(path for path in folder.iterdir() if path.is_file() and kind_by_name(path) is not None)
    if not files:
        raise DataError(f"{shown(folder)} holds no data files: expected *-ubyte.gz, *-ubyte, *.npz or *.pkl.gz.")
    reports = [verify_file(path) for path in files]
    present = {part_by_name(path) for path in files} - {None}
    missing = [stem for at, stem in enumerate(STEMS) if present and at not in present]
    return reports + [Report(shown(folder / f"{stem}.gz"), "idx", (), f"{stem}.gz is missing.") for stem in missing]


def _kind(path: Path) -> str:
    """The container's kind by its first bytes, and by its name where they do not tell."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise DataError(f"cannot read {shown(path)}: {error.strerror or error}.") from error
    named = kind_by_name(path)
    if head.startswith(b"PK") or (named == "npz" and not head.startswith(b"\0\0")):
        return "npz"
    if named is None and not head.startswith((b"\0\0", b"\x1f\x8b")):
        raise DataError(f"{path.name} is no data file that is known here (idx, npz, pkl.gz): {starts_with(head)}")
    return "pickle" if named == "pickle" else "idx"


def _verified_part(path: Path) -> tuple[str, Array]:
    """The part that an idx file is, by name or else by size; DataError unless its sum is the canonical one."""
    array = read_idx(path)
    at = part_by_name(path)
    if at is None:
        sizes = {(60000, SIDE, SIDE): 0, (60000,): 1, (10000, SIDE, SIDE): 2, (10000,): 3}
        at = sizes.get(array.shape)
        if at is None:
            raise DataError(f"{path.name} holds values of shape {array.shape}, which is no part of MNIST.")
    found = idx_sha256(array) if array.dtype == np.uint8 else ""
    if found != MNIST[NAMES[at]]:
        if found not in MNIST.values():
            check_part(NAMES[at], array, path.name)
        raise wrong_sum(NAMES[at], found, path.name)
    return NAMES[at], array


def _held(name: str, array: Array) -> Held:
    """An array's row in a report."""
    sha256 = idx_sha256(array) if array.dtype == np.uint8 else ""
    part = next((part for part, value in MNIST.items() if value == sha256), None)
    row = Held(printable(name)[1:-1], array.shape, str(array.dtype), sha256, part)
    if array.ndim == 1 and array.dtype.kind in "iu" and array.size:
        values, counts = np.unique(array, return_counts=True)
        pairs = zip(values[:100].tolist(), counts[:100].tolist(), strict=True)
        return row._replace(counts={str(value): count for value, count in pairs})
    if array.ndim >= 2 and array.size and array.dtype == np.uint8:
        mean, std = mean_std(array, np.arange(256.0))
        return row._replace(mean=mean, std=std)
    return row
