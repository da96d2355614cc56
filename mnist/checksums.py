"""SHA-256 of the decoded bytes against MNIST's canonical sums.

The containers' own sums differ between mirrors (a .gz made again has another hash); the decoded idx bytes do not, and
any container can be brought back to them.
"""

import hashlib
from collections.abc import Mapping

import numpy as np

from base.arrays import Array

from .errors import DataError
from .idx import idx_header
from .parts import NAMES, Parts

MNIST: Mapping[str, str] = {
    "train images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def idx_sha256(array: Array) -> str:
    """SHA-256 of the idx file (header and values, unpacked) that would hold the uint8 `array`."""
    digest = hashlib.sha256(idx_header(array.shape))
    digest.update(np.ascontiguousarray(array, np.uint8).data)
    return digest.hexdigest()


def check_sums(parts: Parts, where: str, *, expected: Mapping[str, str] = MNIST) -> dict[str, str]:
    """The four sums of `parts`; a difference from `expected` is a DataError that names the part."""
    sums = {name: idx_sha256(array) for name, array in zip(NAMES, parts, strict=True)}
    for name, found in sums.items():
        if found != expected[name]:
            raise wrong_sum(name, found, where, expected=expected)
    return sums


def wrong_sum(name: str, found: str, where: str, *, expected: Mapping[str, str] = MNIST) -> DataError:
    """The error for a part that is not the canonical one, naming the part that it is instead if it is one."""
    other = next((part for part, value in expected.items() if value == found), None)
    if other is not None:
        return DataError(f"{where}: these are the {other} where the {name} are expected. Rename the files.")
    return DataError(f"{where}: decoded {name} have sha256 {found}, expected {expected[name]}; "
                     "give --no-verify, or pass verify=False to use them anyway.")  # fmt: skip
