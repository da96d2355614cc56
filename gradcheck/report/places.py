"""Places of what is checked, as reports have them: 'path/file.py:12', or 'path/file.ipynb, cell 3, line 2'."""

import re
from typing import NamedTuple

_PLACE = re.compile(r"(?P<file>.+?)(:(?P<line>\d+)|, (?P<cell>cell \d+, line \d+))?", re.DOTALL)


class Place(NamedTuple):
    """file: as it was given; line: 1 where a file has no lines of its own; cell: words for a place in a notebook."""

    file: str
    line: int = 1
    cell: str = ""


def place_from(text: str | None) -> Place | None:
    """The parts of a place; None where there is none."""
    match = _PLACE.fullmatch(text or "")
    return None if match is None else Place(match["file"], int(match["line"] or 1), match["cell"] or "")
