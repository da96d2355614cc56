"""Bounded forward reading of a file that may be gzip, to its very end so that the checksum is checked.

Nothing is allocated on a header's word: memory grows with the bytes that really arrive, up to a limit.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path

from .errors import DataError, printable, starts_with

LIMIT = 1 << 28  # decoded bytes; MNIST's largest part has 47,040,016
MAX_RATIO = 1032  # deflate cannot expand by more
_CHUNK = 1 << 18
_GZIP = b"\x1f\x8b"


class ByteStream:
    """The bytes of `path`, decompressed where it is gzip; every failure is a DataError that names the file.

    One gzip member only: Python's own reader joins a second member to the data and, asked for n bytes, never gets to
    the checksum. Here `finish()` demands the end of the data, the checksum and the end of the file.
    """

    def __init__(self, path: Path, limit: int = LIMIT, *, chunk: int = _CHUNK) -> None:
        self.path, self.limit, self._chunk = path, limit, chunk
        self.decoded = 0
        try:
            self.size = path.stat().st_size
            self._file = path.open("rb")
            self.head = self._file.read(64)
            self._file.seek(0)
        except OSError as error:
            raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
        self.gzipped = self.head.startswith(_GZIP)
        if path.suffix == ".gz" and not self.gzipped:
            self._file.close()
            raise self.error(f"is not gzip: {starts_with(self.head)}")
        self._chunks = self._inflated() if self.gzipped else self._plain()
        self._buffer = memoryview(b"")

    def __enter__(self) -> "ByteStream":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def error(self, reason: str) -> DataError:
        """A DataError about this file."""
        return DataError(f"{self.path.name} {reason}")

    @property
    def most(self) -> int:
        """More bytes than these no sound file of this size gives."""
        return min(self.limit, self.size * MAX_RATIO if self.gzipped else self.size)

    def read(self, count: int) -> bytearray:
        """Exactly `count` bytes; fewer left is a DataError, before memory is taken where the file cannot hold them."""
        left = self.most - self.decoded + len(self._buffer)
        if count > left:
            raise self.error(f"is cut short or damaged: {count:,} more bytes are due where it can hold "
                             f"at most {left:,}. Fetch it again.")  # fmt: skip
        out = bytearray()
        while len(out) < count:
            out += self._take(count - len(out), count)
        return out

    def read_into(self, target: memoryview) -> None:
        """Fill `target` (bytes) with the next bytes; fewer left is a DataError."""
        done = 0
        while done < len(target):
            piece = self._take(len(target) - done, len(target))
            target[done : done + len(piece)] = piece
            done += len(piece)

    def line_pieces(self) -> Iterator[bytes]:
        """The bytes up to the next newline, which is dropped, piece by piece."""
        while True:
            piece = bytes(self._peek(1))
            end = piece.find(b"\n")
            self._buffer = self._buffer[end + 1 :] if end >= 0 else self._buffer[len(piece) :]
            yield piece[:end] if end >= 0 else piece
            if end >= 0:
                return

    def read_line(self, most: int) -> bytes:
        """The bytes up to the next newline, which is dropped; more than `most` is a DataError."""
        out = bytearray()
        for piece in self.line_pieces():
            out += piece
            if len(out) > most:
                raise self.error(f"holds a line of more than {most:,} bytes: {printable(bytes(out[:20]))}.")
        return bytes(out)

    def drain(self) -> None:
        """Read to the end and keep nothing: a file that is cut short or damaged is a DataError that says so."""
        self._buffer = memoryview(b"")
        for _ in self._chunks:
            pass

    def finish(self) -> None:
        """Demand that the data, the checksum and the file end here."""
        left = len(self._buffer) or len(next(self._chunks, b""))
        if left:
            raise self.error(f"holds at least {left:,} bytes more than it should. Fetch it again.")

    def _take(self, count: int, wanted: int) -> memoryview:
        piece = self._peek(wanted)[:count]
        self._buffer = self._buffer[len(piece) :]
        return piece

    def _peek(self, wanted: int) -> memoryview:
        while not len(self._buffer):
            chunk = next(self._chunks, None)
            if chunk is None:
                raise self.error(f"is cut short: its data end after {self.decoded:,} bytes, inside a part "
                                 f"of {wanted:,} bytes. Fetch it again.")  # fmt: skip
            self._buffer = memoryview(chunk)
        return self._buffer

    def _counted(self, chunk: bytes) -> bytes:
        self.decoded += len(chunk)
        if self.decoded > self.limit:
            raise self.error(f"unpacks to more than the limit of {self.limit:,} bytes; this is not MNIST.")
        return chunk

    def _raw(self) -> bytes:
        try:
            return self._file.read(self._chunk)
        except OSError as error:
            raise self.error(f"cannot be read: {error.strerror or error}.") from error

    def _plain(self) -> Iterator[bytes]:
        while raw := self._raw():
            yield self._counted(raw)

    def _inflated(self) -> Iterator[bytes]:
        inflater = zlib.decompressobj(31)  # 31: gzip with header, CRC-32 and length
        while not inflater.eof:
            raw = inflater.unconsumed_tail or self._raw()
            if not raw:
                raise self.error(f"is cut short: the gzip data stop after {self.size:,} bytes, before their end. "
                                 "Fetch it again.")  # fmt: skip
            try:
                chunk = inflater.decompress(raw, self._chunk)
            except zlib.error as error:
                raise self.error(f"is damaged: {_reason(error)}. Fetch it again.") from error
            if chunk:
                yield self._counted(chunk)
        if inflater.unused_data or self._raw():
            raise self.error("goes on after its gzip data (a second member, or added bytes). Fetch it again.")


def _reason(error: zlib.error) -> str:
    """zlib's reason in plain words."""
    text = str(error)
    if "incorrect data check" in text:
        return "the CRC-32 of the decoded data differs from the stored one, so bits were changed"
    if "incorrect length check" in text:
        return "the length of the decoded data differs from the stored one"
    return f"its gzip data do not decode ({text.rpartition(': ')[2] or text})"
