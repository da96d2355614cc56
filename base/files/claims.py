"""Claims: which of several processes does what, by locks on single bytes of one file.

The operating system holds them and lets go when the process ends, however it ends: a claim that was left behind blocks
nobody. On file systems without locks every claim is granted: work may be done twice there, none is lost.
"""

import contextlib
import sys
from pathlib import Path
from typing import BinaryIO

from .lock import HELD

_FAR = 1 << 30  # claims lie within so many bytes: what every system can lock


class Claims:
    """The claims of this process in one file, which is made with the first of them and stays."""

    def __init__(self, path: Path):
        self.path, self.held = path, set[int]()
        self._stream: BinaryIO | None = None

    def take(self, number: int) -> bool:
        """Claim a number; False where another process holds it (two numbers may share a byte, and then a claim)."""
        byte = number % _FAR
        if byte not in self.held:
            try:
                _lock(self._opened(), byte)
            except OSError as error:
                if error.errno in HELD:
                    return False
        self.held.add(byte)
        return True

    def release(self, number: int) -> None:
        """Let go of a number."""
        byte = number % _FAR
        self.held.discard(byte)
        if self._stream is not None:
            with contextlib.suppress(OSError):
                _unlock(self._stream, byte)

    def close(self) -> None:
        """Let go of all."""
        if self._stream is not None:
            self._stream.close()
        self._stream = None
        self.held.clear()

    def _opened(self) -> BinaryIO:
        if self._stream is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self.path.open("a+b", buffering=0)
        return self._stream


def _lock(stream: BinaryIO, byte: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        stream.seek(byte)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)


def _unlock(stream: BinaryIO, byte: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        stream.seek(byte)
        msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.lockf(stream, fcntl.LOCK_UN, 1, byte)


class Held:
    """The claims of others: `number in held`."""

    def __init__(self, ranges: list[tuple[int, int]]):
        self.ranges = ranges  # (first byte, the one behind the last)

    def __contains__(self, number: int) -> bool:
        byte = number % _FAR
        return any(first <= byte < behind for first, behind in self.ranges)


def held(path: Path) -> Held | None:
    """What other processes have claimed in a file; it is asked, nothing is taken or written. None: cannot be told.

    It can be told on Linux alone, where the system answers which lock would be in the way of one on all bytes.
    """
    if not sys.platform.startswith("linux"):
        return None
    import fcntl
    import os
    import struct

    form, found, first = "hhqqi4x", list[tuple[int, int]](), 0
    try:
        with path.open("rb") as stream:
            while True:
                asked = struct.pack(form, fcntl.F_RDLCK, os.SEEK_SET, first, 0, 0)  # from there to the end of all
                kind, _, begin, length, _ = struct.unpack(form, fcntl.fcntl(stream, fcntl.F_GETLK, asked))
                if kind == fcntl.F_UNLCK:
                    return Held(found)
                found.append((begin, begin + length if length else _FAR))
                first = found[-1][1]
    except FileNotFoundError:
        return Held([])
    except OSError:
        return None
