"""From a figure to a file: .png or .svg, whole or not at all, the same bytes from the same data.

The type follows the suffix, and nothing that varies (date, program version) is written into the file.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from base.atomic import atomic_write

from .style import house_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PathLike = str | os.PathLike[str]
_METADATA: dict[str, dict[str, Any]] = {".png": {"Software": None}, ".svg": {"Date": None, "Creator": None}}


def check_path(path: PathLike | None) -> Path | None:
    """The path of a picture, before any work is done for it: a known suffix, in a folder that exists."""
    if path is None:
        return None
    path = Path(path)
    if path.suffix.lower() not in _METADATA:
        raise ValueError(f"path is {str(path)!r}; expected a name that ends in .png or .svg.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path is {str(path)!r}, but there is no folder {str(path.parent)!r}: create it first.")
    return path


def save(figure: "Figure", path: Path | None) -> None:
    """Write the figure to a path from `check_path`; an old file stays until the new one is whole. None: do nothing."""
    if path is None:
        return
    suffix = path.suffix.lower()
    atomic_write(path, lambda stream: figure.savefig(stream, format=suffix[1:], metadata=_METADATA[suffix]))


@contextmanager
def drawn(path: PathLike | None, width: float, height: float, *, images: bool = False) -> Iterator["Figure"]:
    """A new figure in the style of the house, written to `path` where the block ends; the path is looked at first."""
    target = check_path(path)
    with house_style():
        figure = new_figure(width, height, images=images)
        yield figure
        save(figure, target)
