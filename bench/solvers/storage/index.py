"""Where each run lies in the logs of a folder: read once, then only what has been added since."""

import sys
from pathlib import Path
from typing import NamedTuple

from .log import lines, logs
from .log_line import head, some_id


class Place(NamedTuple):
    """A whole line: of which log, where, and whose."""

    log: Path
    offset: int
    length: int
    problem: str
    purpose: str


class Index:
    """Id of a run -> its line; of two of one run the first counts, and the others are `repeats`.

    `damaged`: lines, and what is wrong.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.places: dict[int, Place] = {}
        self.repeats: dict[int, list[Place]] = {}
        self.damaged: dict[tuple[Path, int], tuple[int | None, str]] = {}
        self._read: dict[Path, int] = {}

    def refresh(self) -> None:
        """Read what has been appended since the last time; every line's checksum is verified."""
        for path in logs(self.folder):
            size, read = path.stat().st_size, self._read.get(path, 0)
            if size < read:  # not ours any more: somebody has written it anew
                self._forget(path)
                read = 0
            if size > read:
                self._read[path] = self._add(path, read)
        for path in [one for one in self._read if not one.exists()]:
            self._forget(path)

    def notes(self) -> list[str]:
        """What is damaged in the logs and not there in another line, in words."""
        lost = [
            (path, offset, what) for (path, offset), (whose, what) in self.damaged.items() if whose not in self.places
        ]
        return [
            f"{path}: the line at byte {offset} holds no finished run: {what}. 'bench run' makes it again"
            for path, offset, what in sorted(lost)
        ]

    def _add(self, path: Path, offset: int) -> int:
        """Take up the lines from `offset` on; where the next one begins."""
        for begin, text in lines(path, offset):
            try:
                found = head(text)
            except ValueError as error:
                self.damaged[path, begin] = some_id(text), str(error)
                if not text.endswith(b"\n"):  # cut, or being written: it is looked at again
                    return begin
            else:
                self.damaged.pop((path, begin), None)
                place = Place(path, begin, len(text), sys.intern(found.problem), sys.intern(found.purpose))
                if self.places.setdefault(found.id, place) != place:
                    self.repeats.setdefault(found.id, []).append(place)
            offset = begin + len(text)
        return offset

    def _forget(self, path: Path) -> None:
        self._read.pop(path)
        repeats = [(one, place) for one, others in self.repeats.items() for place in others if place.log != path]
        self.places = {one: place for one, place in self.places.items() if place.log != path}
        self.repeats = {}
        for one, place in repeats:
            if self.places.setdefault(one, place) != place:
                self.repeats.setdefault(one, []).append(place)
        self.damaged = {key: value for key, value in self.damaged.items() if key[0] != path}
