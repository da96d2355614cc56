"""The container of checkpoints and saved models: stored .npy members in a zip, with a SHA-256 over the whole file.

NumPy alone can read such a file. This reader trusts no length that it claims, and refuses what np.load would take:
bombs, objects, lying headers, and bytes that belong to no member. The seal stands in the archive's comment, at the very
end; files of earlier versions have none.
"""

import hashlib
import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..arrays import Array
from . import npy_header

MARK = b"layergraph sha256 "
_DIGEST = 64  # hexadecimal digits
_COMMENT = len(MARK) + _DIGEST
_END = struct.Struct("<4s4H2LH")  # the end record of a zip, whose last number is the comment's length
_LOCAL = struct.Struct("<4s5H3L2H")  # the header before each member: its last numbers are lengths of name and extra
_BLOCK = 1 << 20


class ArchiveError(ValueError):
    """What is wrong with a file, in words that follow its name: 'is damaged: ...', 'is a pickle; ...'."""


def write_archive(stream: BinaryIO, arrays: Mapping[str, Array]) -> None:
    """Write each array as a stored member, and the seal; equal arrays make equal bytes."""
    sealing = _Sealing(stream)
    with zipfile.ZipFile(sealing, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")  # its date is fixed: equal states make equal files
            with archive.open(member, "w", force_zip64=True) as part:
                np.lib.format.write_array(part, np.asarray(array), allow_pickle=False)
        archive.comment = MARK + b"0" * _DIGEST
    sealing.seal()


class _Sealing:
    """A stream that can only be written to: it keeps the last digits back, and puts the digest of the rest there."""

    def __init__(self, stream: BinaryIO):
        self.stream, self.sha256, self.kept = stream, hashlib.sha256(), b""

    def write(self, data: Any) -> int:
        """Hand on all but the last bytes, which may be those that the digest takes the place of."""
        view = memoryview(data).cast("B")
        if len(view) < _DIGEST:  # a header or its like: joined with what was kept
            joined = self.kept + bytes(view)
            self.kept = joined[-_DIGEST:]
            self._hand_on(joined[:-_DIGEST])
        else:
            self._hand_on(self.kept)
            self._hand_on(view[:-_DIGEST])
            self.kept = bytes(view[-_DIGEST:])
        return len(view)

    def _hand_on(self, data: bytes | memoryview) -> None:
        self.sha256.update(data)
        self.stream.write(data)

    def flush(self) -> None:
        """As a file; `zipfile` asks for it."""
        self.stream.flush()

    def seal(self) -> None:
        """The digest in place of what was kept."""
        self.stream.write(self.sha256.hexdigest().encode())


def read_archive(path: Path, what: str, kinds: str = "biuf") -> dict[str, Array]:
    """All arrays of a file whose seal fits; `what`: 'a checkpoint'; kinds: of dtypes. Raises ArchiveError, OSError.

    A damaged zip or header may let other errors out of their readers; nothing of the file was believed then.
    """
    with path.open("rb") as stream:
        _check_start(stream, what)
        size = path.stat().st_size
        sealed = _check_seal(stream, size)
        with zipfile.ZipFile(stream) as archive:
            _check_members(archive, size, what)
            if not sealed:
                _check_order(stream, archive)
            names = [info.filename.removesuffix(".npy") for info in archive.infolist()]
            return {name: _array(archive.read(f"{name}.npy"), name, what, kinds) for name in names}


def _check_start(stream: BinaryIO, what: str) -> None:
    start = stream.read(4)
    if start[:1] == b"\x80" or (start[:1] in (b"(", b"c", b"}") and str(stream.name).endswith((".pkl", ".pickle"))):
        raise ArchiveError(
            "is a pickle; layergraph never unpickles."
            " Convert it with np.savez(path, **params) in the program that wrote it."
        )
    if not start:
        raise ArchiveError("is empty.")
    if start[:2] != b"PK":
        raise ArchiveError(f"is not {what}: it starts with {start!r}.")


def _check_seal(stream: BinaryIO, size: int) -> bool:
    """Whether the file has a seal, which fits. Without one it must end where its directory says, as older files do."""
    for length in (_COMMENT, 0):
        at = size - _END.size - length
        if at < 0:
            continue
        stream.seek(at)
        end = stream.read()
        if end[:4] == b"PK\5\6" and _END.unpack_from(end)[-1] == length and end[_END.size :].startswith(MARK[:length]):
            break
    else:
        raise ArchiveError("is damaged: it does not end as such a file ends.")
    if length == 0:
        return False
    stream.seek(0)
    found, left = hashlib.sha256(), size - _DIGEST
    while left:
        block = stream.read(min(_BLOCK, left))
        if not block:
            raise ArchiveError("is damaged: it became shorter while it was read.")
        found.update(block)
        left -= len(block)
    if found.hexdigest().encode() != end[-_DIGEST:]:
        raise ArchiveError("is damaged: the SHA-256 of the whole file does not fit.")
    return True


def _check_members(archive: zipfile.ZipFile, size: int, what: str) -> None:
    """Stored members only, each name once, all within the file: nothing can unfold to more than what is on disk."""
    infos = archive.infolist()
    if len({info.filename for info in infos}) != len(infos):
        raise ArchiveError("is damaged: a name occurs twice in it.")
    for info in infos:
        stored = info.compress_type == zipfile.ZIP_STORED and info.file_size == info.compress_size
        if not stored or not info.filename.endswith(".npy"):
            raise ArchiveError(f"is not {what}: {info.filename!r} in it is not a stored .npy array.")
    if sum(info.file_size for info in infos) > size:
        raise ArchiveError("is damaged: its parts claim to be larger than the file.")


def _check_order(stream: BinaryIO, archive: zipfile.ZipFile) -> None:
    """Members follow each other from the first byte to the directory: no second archive or directory hides between."""
    at = 0
    for info in sorted(archive.infolist(), key=lambda one: one.header_offset):
        stream.seek(at)
        header = stream.read(_LOCAL.size)
        if info.header_offset != at or len(header) < _LOCAL.size:
            raise ArchiveError(f"is damaged: {info.filename!r} in it does not begin where the member before it ends.")
        *_, name, extra = _LOCAL.unpack(header)
        at += _LOCAL.size + name + extra + info.compress_size
    if at != archive.start_dir:
        raise ArchiveError("is damaged: there are bytes in it that belong to no member.")


def _array(content: bytes, name: str, what: str, kinds: str) -> Array:
    """The array of a .npy file; its header is compared with the bytes that are there before anything is allocated."""
    stream = io.BytesIO(content)
    start = stream.read(8)
    if start[:6] != npy_header.MAGIC or start[6:] not in (b"\1\0", b"\2\0", b"\3\0"):
        raise ArchiveError(f"is not {what}: {name!r} in it is no .npy array; it starts with {start[:4]!r}.")
    _, text = npy_header.header_text(start[6], stream.read)
    found = npy_header.parsed(text)
    if found is None or found[0].kind not in kinds:
        named = found[0] if found else npy_header.described(text)
        raise ArchiveError(f"is not {what}: it holds an array of dtype {named}.")
    dtype, shape, fortran = found
    count = 1
    for length in shape:
        count *= length
    if count * dtype.itemsize != len(content) - stream.tell():
        raise ArchiveError(f"is damaged: an array of shape {shape} does not have the bytes for it.")
    array = np.frombuffer(content, dtype, count, stream.tell()).reshape(shape, order="F" if fortran else "C")
    if dtype.kind == "U" and dtype.itemsize and not npy_header.is_text(array):
        raise ArchiveError(f"is damaged: {name!r} in it holds text with characters that are none.")
    return array.astype(dtype.newbyteorder("="))
