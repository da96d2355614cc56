"""Reading `.npz` archives of plain arrays, such as Keras's `mnist.npz`, without NumPy's loader and without pickles.

Sizes are checked against the archive's directory before memory is taken, and each member is read to its checksum.
"""

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from base.arrays import Array
from base.files import npy_header

from .errors import DataError, printable, starts_with
from .stream import LIMIT, MAX_RATIO

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ERRORS = (zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, MemoryError)


def read_npz(
    path: str | Path, names: Iterable[str] | None = None, *, limit: int = LIMIT, text: bool = False
) -> dict[str, Array]:
    """The arrays of an `.npz` file by name, or those in `names`, in the machine's byte order.

    Numbers and booleans only, with `text` also text of fixed width: an object array is a pickle and is refused by its
    type before anything is read.
    Raises DataError: not a zip archive, a missing name, a type or size that is refused, a checksum that differs.
    """
    path = Path(path)
    with _wrapped(path), zipfile.ZipFile(path) as archive:
        members = _members(archive, path)
        wanted = list(members) if names is None else list(names)
        missing = [name for name in wanted if name not in members]
        if missing:
            holds = ", ".join(printable(name) for name in list(members)[:8]) or "nothing"
            raise DataError(f"{path.name} lacks {', '.join(missing)}; it holds {holds}.")
        total = sum(members[name].file_size for name in wanted)
        if total > limit:
            raise DataError(f"{path.name}: claims {total:,} bytes in all; the limit is {limit:,}.")
        return {name: _read_member(archive, members[name], path, text) for name in wanted}


def npz_names(path: str | Path) -> list[str]:
    """The names of the arrays in an `.npz` file, none of which is read."""
    path = Path(path)
    with _wrapped(path), zipfile.ZipFile(path) as archive:
        return list(_members(archive, path))


@contextmanager
def _wrapped(path: Path) -> Iterator[None]:
    """Every failure of zip, deflate or the file system as one DataError."""
    try:
        yield
    except zipfile.BadZipFile as error:
        with path.open("rb") as file:
            head = file.read(64)
        if not head.startswith(b"PK"):
            raise DataError(f"{path.name} is no npz archive: {starts_with(head)}") from error
        raise DataError(f"{path.name} is damaged or cut short: {_short(error)}. Fetch it again.") from error
    except FileNotFoundError as error:
        raise DataError(f"cannot read {path}: {error.strerror}.") from error
    except _ERRORS as error:
        raise DataError(f"{path.name} cannot be read: {_short(error)}. Fetch it again.") from error


def _short(error: Exception) -> str:
    """A foreign error's text, which may quote the damaged bytes at any length."""
    text = str(error).rstrip(".")
    return (text[:100] + "..." if len(text) > 100 else text) or type(error).__name__


def _members(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """The archive's `.npy` members by array name; a name that occurs twice is refused."""
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        if info.filename.endswith(".npy"):
            name = info.filename.removesuffix(".npy")
            if name in found:
                raise DataError(f"{path.name} holds {printable(name)} twice.")
            found[name] = info
    return found


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, text: bool) -> Array:
    """One array; the directory's sizes must be possible ones, and the header must agree with them."""
    where = f"{path.name}, {printable(info.filename)}"
    if info.flag_bits & 0x1:
        raise DataError(f"{where}: is encrypted.")
    if info.compress_type not in _METHODS:  # the others expand by far more than deflate
        raise DataError(f"{where}: is packed by a method other than deflate.")
    if info.compress_size > path.stat().st_size or info.file_size > info.compress_size * MAX_RATIO + 64:
        raise DataError(f"{where}: claims {info.file_size:,} bytes packed in {info.compress_size:,}: impossible.")
    with archive.open(info) as file:
        return _read_array(file, info.file_size, where, text)


def read_npy(path: str | Path, *, limit: int = LIMIT) -> Array:
    """The array in a `.npy` file, numbers or text; DataError as for `read_npz`."""
    path = Path(path)
    with _wrapped(path), path.open("rb") as file:
        size = path.stat().st_size
        if size > limit:
            raise DataError(f"{path.name}: holds {size:,} bytes; the limit is {limit:,}.")
        return _read_array(file, size, path.name, text=True)


def _read_array(file: IO[bytes], size: int, where: str, text: bool) -> Array:
    """The array of a `.npy` of `size` bytes, read to its end."""
    dtype, shape, fortran = _read_header(file, where, text)
    count, left = prod(shape) * dtype.itemsize, size - file.tell()
    if count != left:
        cut = ": it is cut short" if left < count else ""
        raise DataError(f"{where}: the header claims {shape} of {dtype}, {count:,} bytes; there are {left:,}{cut}.")
    array: Array = np.empty(prod(shape), dtype)
    if count:
        _fill(file, array.view(np.uint8).data, where)
    if file.read(1):  # also makes zipfile compare the checksum
        raise DataError(f"{where}: holds more than its directory says.")
    if dtype.kind == "U" and dtype.itemsize and not npy_header.is_text(array):
        raise DataError(f"{where}: holds text with characters that are none: it is damaged.")
    array = array.reshape(shape[::-1]).T if fortran else array.reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_header(file: IO[bytes], where: str, text: bool) -> npy_header.Header:
    """Type, shape and order from a `.npy` header (NumPy Enhancement Proposal 1), matched, never evaluated."""
    start = file.read(8)
    if len(start) < 8 and b"\x93NUMPY\x01\x00".startswith(start):
        raise DataError(f"{where}: is cut short after {len(start)} bytes. Fetch it again.")
    if len(start) < 8 or start[:6] != b"\x93NUMPY" or start[6] not in (1, 2, 3):
        raise DataError(f"{where}: is no .npy array: {starts_with(start)}")
    length, header = npy_header.header_text(start[6], file.read)
    found = npy_header.parsed(header)
    if found is None or (not text and found[0].kind in "US"):
        cut = " (it is cut short)" if len(header) < length <= npy_header.LONGEST else ""
        how = "Object arrays are pickles and are not read: save text as y.astype(str)."
        if any(kind in header for kind in (b"'<c", b"'>c", b"'<M", b"'<m", b"'>M", b"'>m")):
            how = "Complex numbers and dates are not read: save real numbers."
        raise DataError(f"{where}: its header is not that of a plain array of numbers{cut}: {printable(header)}. {how}")
    return found


def _fill(file: IO[bytes], target: memoryview, where: str) -> None:
    done = 0
    while done < len(target):
        piece = file.read(min(len(target) - done, 1 << 18))
        if not piece:
            raise DataError(f"{where}: is cut short after {done:,} of {len(target):,} bytes.")
        target[done : done + len(piece)] = piece
        done += len(piece)
