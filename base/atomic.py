"""Writes a file so that a reader finds the old one or the new one, whole, whatever happens in between.

Temporary file in the same folder, flush, fsync, replace, fsync of the folder.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO


def temporary(path: Path) -> Path:
    """The temporary file that belongs to `path`: one name, so a killed run leaves at most one and the next finds it."""
    return path.with_name(f".{path.name}.tmp")


def atomic_write(path: str | os.PathLike[str], write: Callable[[BinaryIO], Any]) -> None:
    """Call `write(stream)` and let `path` become what it wrote; on any error the old file stays, alone."""
    path = Path(os.path.realpath(path))
    unfinished = temporary(path)
    try:
        with unfinished.open("wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(unfinished, path)  # noqa: PTH105  the name under which faults are injected in tests
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable; folders cannot be opened on every system."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clean(path: str | os.PathLike[str]) -> None:
    """Remove what a killed run may have left beside `path`."""
    temporary(Path(os.path.realpath(path))).unlink(missing_ok=True)
