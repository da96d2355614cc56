"""MNIST's family: sets of idx files known by name, where their files lie, their classes, sums and sources."""

import hashlib
import string
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import DataError, shown
from ..locate import STEMS, cache_folder, search_folders
from . import arrays
from .labels import Labels
from .material import Material, Pair

_DIGITS, _MERGED = tuple(string.digits), "cijklmopsuvwxyz"
_BALANCED = (*_DIGITS, *string.ascii_uppercase, *(letter for letter in string.ascii_lowercase if letter not in _MERGED))
_GZ = tuple(f"{stem}.gz" for stem in STEMS)


class Member(NamedTuple):
    """A set of the family. `md5` is that of the packed files (or of the archive), as published by torchvision."""

    url: str
    files: tuple[str, ...]  # as they are served
    md5: Mapping[str, str]
    classes: tuple[str, ...]
    folder: str  # in torchvision's tree
    turned: bool = False  # images stored with rows and columns exchanged
    first: int = 0  # the number of the first class
    archive: str | None = None  # a zip that holds the files of several sets


def _emnist(split: str, classes: tuple[str, ...]) -> Member:
    """Cohen, Afshar, Tapson & van Schaik, "EMNIST: an extension of MNIST to handwritten letters" (2017)."""
    kinds = ("train-images-idx3", "train-labels-idx1", "test-images-idx3", "test-labels-idx1")
    return Member(
        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
        tuple(f"emnist-{split}-{kind}-ubyte.gz" for kind in kinds),
        {"gzip.zip": "58c8d27c78d21e728a6bc7b3cc06412e"}, classes, "EMNIST/raw", turned=True, archive="gzip.zip",
    )  # fmt: skip


# sums and addresses: torchvision/datasets/mnist.py (pytorch/vision)
FAMILY: Mapping[str, Member] = {
    "fashion-mnist": Member(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", _GZ,
        dict(zip(_GZ, ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe",
                       "bef4ecab320f06d8554ea6380940ec79", "bb300cfdad3c16e7a12a480ee83cd310"), strict=True)),
        ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        "FashionMNIST/raw",
    ),
    "kmnist": Member(
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/", _GZ,
        dict(zip(_GZ, ("bdb82020997e1d708af4cf47b453dcf7", "e144d726b3acfaa3e44228e80efcd344",
                       "5c965bf0a639b31b8f53240b1b52f4d7", "7320c461ea6c1c855c0b718fb2a4b134"), strict=True)),
        ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"), "KMNIST/raw",
    ),
    "qmnist": Member(
        "https://raw.githubusercontent.com/facebookresearch/qmnist/master/",
        ("qmnist-train-images-idx3-ubyte.gz", "qmnist-train-labels-idx2-int.gz",
         "qmnist-test-images-idx3-ubyte.gz", "qmnist-test-labels-idx2-int.gz"),
        {"qmnist-train-images-idx3-ubyte.gz": "ed72d4157d28c017586c42bc6afe6370",
         "qmnist-train-labels-idx2-int.gz": "0058f8dd561b90ffdd0f734c6a30e5e4",
         "qmnist-test-images-idx3-ubyte.gz": "1394631089c404de565df7b7aeaf9412",
         "qmnist-test-labels-idx2-int.gz": "5b5b05890a5e13444e108efe57b788aa"},
        _DIGITS, "QMNIST/raw",
    ),
    "emnist-letters": _emnist("letters", tuple(string.ascii_lowercase))._replace(first=1),
    "emnist-balanced": _emnist("balanced", _BALANCED),
    "emnist-byclass": _emnist("byclass", (*_DIGITS, *string.ascii_uppercase, *string.ascii_lowercase)),
    "emnist-bymerge": _emnist("bymerge", _BALANCED),
    "emnist-digits": _emnist("digits", _DIGITS),
    "emnist-mnist": _emnist("mnist", _DIGITS),
}  # fmt: skip


def family_files(name: str, folder: Path) -> list[Path] | None:
    """The set's four files in `folder`, packed or not; None where they are not all there."""
    found = []
    for file in FAMILY[name].files:
        paths = [path for path in (folder / file, folder / file.removesuffix(".gz")) if path.is_file()]
        if not paths:
            return None
        found.append(paths[0])
    return found


def recognise(folder: Path) -> str | None:
    """The set that a folder of packed files is, by the sum of its training labels; None where it is none."""
    for name, member in FAMILY.items():
        path = folder / member.files[1]
        if path.name in member.md5 and path.is_file() and md5_of(path) == member.md5[path.name]:
            return name
    return None


def read_family(name: str, verify: bool, place: Path | None = None) -> Material:
    """The set from `place`, LAYERGRAPH_DATA or the cache folder; DataError where it is absent or a sum differs."""
    member = FAMILY[name]
    places = [place] if place else [folder / sub for folder in search_folders() for sub in (name, member.folder)]
    files = next((found for place in places if (found := family_files(name, place))), None)
    if files is None:
        raise DataError(f"{name} not found in {shown(cache_folder() / name)} (or a folder {name} in LAYERGRAPH_DATA). "
                        f"Run 'layergraph data get {name}', or put {', '.join(member.files)} there.")  # fmt: skip
    verified = verify and check_family(name, files)
    material = arrays.read_idx_set(name, files)
    pairs = {
        part: Pair(np.swapaxes(np.asarray(X), 1, 2) if member.turned else X, y)
        for part, (X, y) in material.pairs.items()
    }
    labels = Labels(member.classes, member.first)
    return Material(name, "idx", pairs, labels=labels, verified=verified)


def check_family(name: str, files: list[Path]) -> bool:
    """Whether all files are the published ones; DataError for one of another sum. Unpacked files have no sums."""
    known = [(path, FAMILY[name].md5[path.name]) for path in files if path.name in FAMILY[name].md5]
    for path, wanted in known:
        found = md5_of(path)
        if found != wanted:
            raise DataError(f"{path.name} of {name} has md5 {found}, expected {wanted}. Fetch it again with "
                            f"'layergraph data get {name}', or pass verify=False (--no-verify).")  # fmt: skip
    return len(known) == len(files)


def md5_of(path: Path) -> str:
    """MD5 of a file, which is what the makers' sums are."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
