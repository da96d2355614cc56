"""Writes a file so that a reader finds the old one or the new one, whole, whatever happens in between.

Temporary file in the same folder, flush, fsync, replace, fsync of the folder. Each write has a temporary file of its
own, which it holds locked: two processes that write one file do not meet in it, and what a killed one left is known.
"""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from .files.lock import lock


def temporary(path: Path) -> Path:
    """A new name for a temporary file of `path`, beside it."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")


def atomic_write(path: str | os.PathLike[str], write: Callable[[BinaryIO], Any]) -> None:
    """Call `write(stream)` and let `path` become what it wrote; on any error the old file stays, alone."""
    path = Path(os.path.realpath(path))
    unfinished = temporary(path)
    try:
        with unfinished.open("wb") as stream:
            with contextlib.suppress(OSError):  # no locks here: then `clean` takes what it finds
                lock(stream)
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
            if os.name != "nt":
                os.replace(unfinished, path)  # noqa: PTH105  the name under which faults are injected in tests
        if os.name == "nt":  # where an open file cannot be renamed
            os.replace(unfinished, path)  # noqa: PTH105
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the new name durable; folders cannot be opened on every system."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def leftovers(path: str | os.PathLike[str]) -> list[Path]:
    """The temporary files of `path` that nobody is writing: those of killed processes."""
    path = Path(os.path.realpath(path))
    if not path.parent.is_dir():
        return []
    start = f".{path.name}."
    found = [one for one in path.parent.iterdir() if one.name.startswith(start) and one.name.endswith(".tmp")]
    return [one for one in found if _abandoned(one, start)]


def _abandoned(file: Path, start: str) -> bool:
    between = file.name[len(start) : -len("tmp")].rstrip(".")
    if between and not (len(between) == 8 and set(between) <= set("0123456789abcdef")):
        return False  # of another file, whose name begins like this one's
    try:
        with file.open("r+b") as stream:
            lock(stream)
    except OSError:
        return False
    return True


def clean(path: str | os.PathLike[str]) -> None:
    """Remove what killed runs may have left beside `path`."""
    for one in leftovers(path):
        one.unlink(missing_ok=True)
