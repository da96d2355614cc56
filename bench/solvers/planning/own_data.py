"""The data of a problem: what is asked of `mnist.load`, and whether they are the user's own, known by their hash."""

from collections.abc import Mapping
from typing import Any

import mnist

KEYS: Mapping[str, type] = {  # what a problem may say besides
    "label": str, "drop": list, "test": int, "verify": bool, "prepare": bool,
}  # fmt: skip


def load(data: Mapping[str, Any], dtype: str) -> mnist.Dataset:
    """The data that the table [data] of a problem asks for; real targets as one column."""
    more = {key: data[key] for key in KEYS if key in data}
    found = mnist.load(data["name"], val=data["val"], dtype=dtype, standardise=data["standardise"], **more)
    if found.info.own is not None and found.info.classes is None:
        found |= {f"y_{part}": found[f"y_{part}"][:, None].astype(dtype) for part in ("train", "val", "test")}
    return found


def is_own(name: str) -> bool:
    """Whether a data set is a file or folder of the user's own: it may change, so its hash goes into the task."""
    return name not in ("mnist", "digits", *mnist.own.family.FAMILY)
