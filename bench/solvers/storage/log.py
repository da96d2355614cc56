"""An append-only log of finished runs. Each process has its own, so what a killed one left half written spoils none."""

import os
import platform
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from base.atomic import sync_folder

PATTERN = "runs-*.jsonl"


class Log:
    """The log of this process in a folder; its file is made with the first line."""

    def __init__(self, folder: Path):
        self.folder, self._handle, self._path, self._size = folder, -1, folder, 0

    def append(self, line: bytes) -> None:
        """Write one line through to the disk. After an error the next line begins a file of its own, and so it does
        where the file is not as it was left: a line after half a line, or in a file that was removed, would be lost."""
        try:
            if self._handle >= 0 and not self._as_it_was_left():
                self.close()
            if self._handle < 0:
                self._open()
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._handle, rest) :]
            os.fsync(self._handle)
            self._size += len(line)
        except BaseException:
            self.close()
            raise

    def _as_it_was_left(self) -> bool:
        try:
            return self._path.stat().st_size == self._size
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Let go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1

    def _open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        host = re.sub(r"[^A-Za-z0-9]+", "-", platform.node())[:40].strip("-") or "host"
        self._path = self.folder / f"runs-{host}-{os.getpid()}-{secrets.token_hex(4)}.jsonl"
        self._handle = os.open(
            self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666
        )
        self._size = 0
        sync_folder(self.folder)


def logs(folder: Path) -> list[Path]:
    """All logs in a folder, by name."""
    return sorted(folder.glob(PATTERN))


def lines(path: Path, offset: int = 0) -> Iterator[tuple[int, bytes]]:
    """(where it begins, the line) from `offset` on; the last may be cut."""
    with path.open("rb") as stream:
        stream.seek(offset)
        for line in stream:
            yield offset, line
            offset += len(line)


def line_at(path: Path, offset: int, length: int) -> bytes:
    """One line, where `lines` has found it."""
    with path.open("rb") as stream:
        stream.seek(offset)
        return stream.read(length)
