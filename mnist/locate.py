"""Where the data are looked for, and by which file names they are recognised.

Nothing is downloaded here: what is absent is an error that says what to do.
"""

import os
from pathlib import Path
from typing import NamedTuple

from .errors import DataError, shown

STEMS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
_SUBFOLDERS = (".", "mnist", "MNIST/raw")
_SINGLE = {"mnist.npz": "npz", "mnist.pkl.gz": "pickle", "mnist.pkl": "pickle"}


class Source(NamedTuple):
    """A container that was found: its kind (`idx`, `npz`, `pickle`) and its files (four for idx, else one)."""

    kind: str
    files: tuple[Path, ...]

    @property
    def place(self) -> str:
        """The folder or file to name in a message."""
        return shown(self.files[0].parent if self.kind == "idx" else self.files[0])


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/layergraph`, or `~/.cache/layergraph`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "layergraph"


def search_folders() -> list[Path]:
    """The folders that `load` looks into, in this order: `LAYERGRAPH_DATA` if set, the cache folder."""
    given = os.environ.get("LAYERGRAPH_DATA")
    return [*([Path(given).expanduser()] if given else []), cache_folder()]


def find_mnist(root: str | os.PathLike[str] | None = None) -> Source:
    """The MNIST files at `root` (a folder or one file), or else in `search_folders()`.

    Raises DataError: nothing there, or only some of the four idx files.
    """
    places = [Path(root).expanduser()] if root is not None else search_folders()
    for place in places:
        source = look(place)
        if source is not None:
            return source
    if root is None:
        where = f"{shown(cache_folder())} (or LAYERGRAPH_DATA)"
    else:
        place = Path(root).expanduser()
        if not place.exists():
            raise DataError(f"there is no {shown(place)}. Give a folder that holds the four idx files, "
                            "mnist.npz or mnist.pkl.gz.")  # fmt: skip
        where = "the current folder" if place == Path() else shown(place)
    raise DataError(f"MNIST not found in {where}. Put the four idx files, mnist.npz or mnist.pkl.gz there, "
                    "run 'layergraph data get mnist --from PATH', or install pooch to download.")  # fmt: skip


def look(place: Path) -> Source | None:
    """The container at `place`, a folder or a file, or None; a set of idx files with gaps is a DataError."""
    if place.is_file():
        kind = kind_by_name(place)
        if kind is None or kind == "idx":
            raise DataError(f"{place.name} alone is no MNIST: expected a folder with the four idx files, "
                            "a file named *.npz, *.pkl.gz or *.pkl; or data of your own as .csv, .parquet or .npy."
                            )  # fmt: skip
        return Source(kind, (place,))
    for folder in (place / sub for sub in _SUBFOLDERS):
        found = {stem: path for stem in STEMS if (path := _idx_file(folder, stem)) is not None}
        if len(found) == len(STEMS):
            return Source("idx", tuple(found.values()))
        for name, kind in _SINGLE.items():
            if (folder / name).is_file():
                return Source(kind, (folder / name,))
        if found:
            missing = ", ".join(f"{stem}.gz" for stem in STEMS if stem not in found)
            raise DataError(f"{shown(folder)} lacks {missing}: all four idx files are needed, packed or not.")
    return None


def kind_by_name(path: Path) -> str | None:
    """`idx`, `npz` or `pickle` by the file's name, None for other names."""
    name = path.name
    if name.endswith(".npz"):
        return "npz"
    if name.endswith((".pkl.gz", ".pkl")):
        return "pickle"
    return "idx" if "idx" in name or name.endswith("ubyte.gz") else None


def part_by_name(path: Path) -> int | None:
    """Which of the four parts an idx file's name promises (0..3), None where it promises none."""
    name = path.name.replace(".idx", "-idx")
    return next((at for at, stem in enumerate(STEMS) if name.startswith(stem)), None)


def _idx_file(folder: Path, stem: str) -> Path | None:
    """The file of one part: unpacked or packed, with `-idx` or `.idx` in its name."""
    names = (stem, f"{stem}.gz", stem.replace("-idx", ".idx"), f"{stem.replace('-idx', '.idx')}.gz")
    return next((folder / name for name in names if (folder / name).is_file()), None)
