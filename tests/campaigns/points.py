"""Every point of a save at which the system can refuse: opening, each write, fsync, replace, the folder's fsync.

`Points` counts them while a save runs, and lets one of them fail: with an error before or after its work is done, with
a write that stops short, or with an interrupt.
"""

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ERRORS = {name: getattr(errno, name) for name in ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES")}
MODES = (
    "ENOSPC before", "ENOSPC after", "EIO before", "EIO after", "EDQUOT before", "EROFS before", "EACCES before",
    "short, then ENOSPC", "short, then EIO", "short, then on", "interrupt before", "interrupt after",
)  # fmt: skip


class Points:
    """Counts the points of one save; the one numbered `at` fails in the way of `mode`."""

    def __init__(self, at: int = -1, mode: str = ""):
        self.at, self.mode, self.seen = at, mode, list[str]()
        self.broken: OSError | None = None  # a disk that was full stays full

    def pass_by(self, name: str, act: Callable[[], Any], undo: Callable[[Any], Any] = lambda made: None) -> Any:
        """Do what is to be done at a point, or fail there; `undo` gives back what nobody will get to know of."""
        number = len(self.seen)
        self.seen.append(name)
        if number != self.at or self.mode.startswith("short"):
            return act()
        word, _, when = self.mode.partition(" ")
        error: BaseException = KeyboardInterrupt() if word == "interrupt" else self.error(word)
        if when == "after":
            undo(act())
        raise error

    def error(self, name: str) -> OSError:
        """The system's error of that name."""
        return OSError(ERRORS[name], os.strerror(ERRORS[name]))

    @contextmanager
    def watched(self, folder: Path) -> Iterator[None]:
        """While it lasts, all that is written below the folder passes by here."""
        opened, kept = Path.open, {name: getattr(os, name) for name in ("fsync", "replace", "open", "close")}
        folders: set[int] = set()

        def path_open(path: Path, mode: str = "r", *args: Any, **settings: Any) -> Any:
            if not set(mode) & set("wax") or folder not in path.parents:
                return opened(path, mode, *args, **settings)
            made = mode.replace("b", "").replace("+", "")
            raw = self.pass_by("open", lambda: Raw(path, made, self), Raw.close)
            buffered = io.BufferedWriter(raw, 512)
            return buffered if "b" in mode else io.TextIOWrapper(buffered, settings.get("encoding"), newline="")

        def os_open(path: Any, *args: Any, **settings: Any) -> int:
            if not Path(path).is_dir():
                return int(kept["open"](path, *args, **settings))
            handle = self.pass_by("open the folder", lambda: kept["open"](path, *args, **settings), kept["close"])
            folders.add(handle)
            return int(handle)

        def os_fsync(handle: int) -> None:
            name = "fsync of the folder" if handle in folders else "fsync"
            self.pass_by(name, lambda: kept["fsync"](handle))

        def os_close(handle: int) -> None:
            if handle not in folders:
                return kept["close"](handle)
            folders.discard(handle)
            kept["close"](handle)  # it is closed whatever is said
            return self.pass_by("close the folder", lambda: None)

        Path.open = path_open  # type: ignore[method-assign,assignment]
        os.fsync, os.open, os.close = os_fsync, os_open, os_close  # type: ignore[assignment]
        os.replace = lambda *names: self.pass_by("replace", lambda: kept["replace"](*names))  # type: ignore[assignment]
        try:
            yield
        finally:
            Path.open = opened  # type: ignore[method-assign]
            for name, function in kept.items():
                setattr(os, name, function)


class Raw(io.FileIO):
    """A raw file each of whose writes is a point."""

    def __init__(self, path: Path, mode: str, points: Points):
        super().__init__(path, mode)
        self.points = points

    def write(self, data: Any) -> int:
        """As FileIO; half of it, or nothing, where the point fails."""
        points, view = self.points, memoryview(data).cast("B")
        if points.broken is not None:
            raise points.broken
        short = points.mode.startswith("short") and len(points.seen) == points.at
        if short and points.mode != "short, then on":
            points.broken = points.error(points.mode.rpartition(" ")[2])
        part = view[: (len(view) + 1) // 2] if short else view
        return int(points.pass_by("write", lambda: super(Raw, self).write(part)))
