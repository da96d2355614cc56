"""A lock on a folder: who else writes to it is told at once which process holds it.

The operating system holds the lock and lets go of it when the process ends, however it ends: a lock file that was left
behind blocks nobody. On network file systems that have no locks (some NFS mounts) there is a warning and no lock.
"""

import contextlib
import errno
import os
import platform
import shlex
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

NAME = ".in-use"
_AGAIN = 0.02  # seconds between two tries
_FAR = 1 << 20  # Windows locks bytes, which nobody else can read then: one far behind the text
HELD = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK)


class InUseError(ValueError):
    """Another process writes to the folder."""


@contextlib.contextmanager
def folder_lock(folder: Path, name: str = NAME) -> Iterator[None]:
    """Within it no other process holds `name` in `folder`, which is made if need be; InUseError says who does."""
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    stream = _held(path)
    try:
        yield
    finally:
        if stream is not None:
            path.unlink(missing_ok=True)  # while it is still ours
            stream.close()
        with contextlib.suppress(OSError):  # a folder that was made for the lock alone goes with it
            for place in made:
                place.rmdir()


@contextlib.contextmanager
def waited_lock(folder: Path, name: str, seconds: float = 60.0) -> Iterator[None]:
    """As `folder_lock`, for what takes a moment: waits so long for whoever holds it."""
    until = time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(folder_lock(folder, name))
                break
            except InUseError:
                if time.monotonic() > until:
                    raise
            time.sleep(_AGAIN)
        yield


def _held(path: Path) -> BinaryIO | None:
    """The lock file, locked and with our name in it; None where the file system has no locks."""
    while True:
        stream = cast(BinaryIO, path.open("a+b", buffering=0))  # nothing is left to be written when it is closed
        try:
            lock(stream)
            if not _still_there(stream, path):  # its holder has removed it in between
                stream.close()
                continue
        except OSError as error:
            if error.errno in HELD:
                told = _told(stream)
                stream.close()
                raise InUseError(f"{path.parent} is in use by {told}. Wait for it, or choose another folder") from None
            stream.close()
            warnings.warn(
                f"{path.parent} lies on a file system without locks ({error.strerror}): see to it that no other"
                " process writes there",
                UserWarning,
                stacklevel=4,
            )
            return None
        with contextlib.suppress(OSError):  # a full disk has no room for the name, and the lock holds without it
            stream.truncate(0)
            stream.write(_myself().encode())
        return stream


def lock(stream: BinaryIO) -> None:
    """Lock an open file for this process alone; OSError where another holds it (EAGAIN, EACCES) or nobody can."""
    if sys.platform == "win32":
        import msvcrt

        stream.seek(_FAR)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        stream.seek(0)
    else:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _still_there(stream: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _myself() -> str:
    command = shlex.join([Path(sys.argv[0] or "python").name, *sys.argv[1:]])
    return f"process {os.getpid()} on {platform.node() or 'this machine'} ({command[:200]})"


def _told(stream: BinaryIO) -> str:
    stream.seek(0)
    return stream.read(1000).decode(errors="replace") or "another process"
