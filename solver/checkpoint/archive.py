"""What a checkpoint's container holds: the arrays, the JSON text that describes them, and that text's SHA-256."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array
from base.files.archive import read_archive

from ..errors import CheckpointError

META, SEAL = "meta", "seal"  # the JSON text as bytes, and its SHA-256


def read_parts(path: Path) -> tuple[dict[str, Array], bytes]:
    """All arrays but the JSON text, and that text, whose seal fits."""
    arrays = read_archive(path, "a checkpoint", kinds="biufU")  # U: of the description in a saved model
    if META not in arrays or SEAL not in arrays:
        raise CheckpointError("holds arrays but no solver state; read such a file with models.load or np.load.")
    for array in arrays.values():
        if array.dtype.kind == "U":
            raise CheckpointError(f"is not a checkpoint: it holds an array of dtype {array.dtype}.")
    text, seal = arrays.pop(META).tobytes(), arrays.pop(SEAL).tobytes()
    if hashlib.sha256(text).digest() != seal:
        raise CheckpointError("is damaged: the SHA-256 of its description does not fit.")
    return arrays, text


def describe(array: Array) -> dict[str, Any]:
    """Hash, shape and dtype of an array, the same on machines of either byte order."""
    little = array.dtype.newbyteorder("<")
    digest = hashlib.sha256(np.ascontiguousarray(array, little).data).hexdigest()
    return {"sha256": digest, "shape": list(array.shape), "dtype": little.str}
