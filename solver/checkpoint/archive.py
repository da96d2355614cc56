"""The container of a checkpoint: stored .npy members in a zip, read without trusting a single length that it claims.

NumPy alone can read such a file; this reader also refuses what np.load would take: bombs, objects, lying headers.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from base.arrays import Array

from ..errors import CheckpointError

META, SEAL = "meta", "seal"  # the JSON text as bytes, and its SHA-256


def write_zip(stream: BinaryIO, arrays: Mapping[str, Array]) -> None:
    """Write each array as a stored member; equal arrays make equal bytes."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")  # its date is fixed: equal states make equal files
            with archive.open(member, "w", force_zip64=True) as part:
                np.lib.format.write_array(part, np.asarray(array), allow_pickle=False)


def read_zip(path: Path) -> tuple[dict[str, Array], bytes]:
    """All arrays but the JSON text, and that text, whose seal fits."""
    with path.open("rb") as stream:
        _check_start(stream)
        with zipfile.ZipFile(stream) as archive:
            _check_members(archive, path.stat().st_size)
            names = [info.filename.removesuffix(".npy") for info in archive.infolist()]
            if META not in names or SEAL not in names:
                raise CheckpointError("holds arrays but no solver state; read such a file with models.load or np.load.")
            arrays = {name: _array(archive.read(f"{name}.npy")) for name in names}
    text, seal = arrays.pop(META).tobytes(), arrays.pop(SEAL).tobytes()
    if hashlib.sha256(text).digest() != seal:
        raise CheckpointError("is damaged: the SHA-256 of its description does not fit.")
    return arrays, text


def _check_start(stream: BinaryIO) -> None:
    start = stream.read(4)
    stream.seek(0)
    if start[:1] == b"\x80" or (start[:1] in (b"(", b"c", b"}") and str(stream.name).endswith((".pkl", ".pickle"))):
        raise CheckpointError(
            "is a pickle; layergraph never unpickles."
            " Convert it with np.savez(path, **params) in the program that wrote it."
        )
    if not start:
        raise CheckpointError("is empty.")
    if start[:2] != b"PK":
        raise CheckpointError(f"is not a checkpoint: it starts with {start!r}.")


def _check_members(archive: zipfile.ZipFile, size: int) -> None:
    """Stored members only, each name once, all within the file: nothing can unfold to more than what is on disk."""
    infos = archive.infolist()
    if len({info.filename for info in infos}) != len(infos):
        raise CheckpointError("is damaged: a name occurs twice in it.")
    for info in infos:
        stored = info.compress_type == zipfile.ZIP_STORED and info.file_size == info.compress_size
        if not stored or not info.filename.endswith(".npy"):
            raise CheckpointError(f"is not a checkpoint: {info.filename!r} in it is not a stored .npy array.")
    if sum(info.file_size for info in infos) > size:
        raise CheckpointError("is damaged: its parts claim to be larger than the file.")


def _array(content: bytes) -> Array:
    """The array of a .npy file; its header is compared with the bytes that are there before anything is allocated."""
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = reader(stream)
    if dtype.kind not in "biuf":
        raise CheckpointError(f"is not a checkpoint: it holds an array of dtype {dtype}.")
    count = 1
    for length in shape:
        count *= length
    if min(shape, default=0) < 0 or count * dtype.itemsize != len(content) - stream.tell():
        raise CheckpointError(f"is damaged: an array of shape {shape} does not have the bytes for it.")
    array = np.frombuffer(content, dtype, count, stream.tell()).reshape(shape, order="F" if fortran else "C")
    return array.astype(dtype.newbyteorder("="))


def describe(array: Array) -> dict[str, Any]:
    """Hash, shape and dtype of an array, the same on machines of either byte order."""
    little = array.dtype.newbyteorder("<")
    digest = hashlib.sha256(np.ascontiguousarray(array, little).data).hexdigest()
    return {"sha256": digest, "shape": list(array.shape), "dtype": little.str}
