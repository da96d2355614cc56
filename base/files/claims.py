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
