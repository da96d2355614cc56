"""The checkpoint file: an uncompressed .npz of plain arrays and one JSON text, with a SHA-256 of every part; no pickle.

`write` is atomic. `read` checks everything before it believes anything, and needs no model.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from solver.atomic import atomic_write
from solver.errors import CheckpointError
from solver.protocols import Array

FORMAT, VERSION = "layergraph checkpoint", 1
_META, _SEAL = "meta", "seal"  # the JSON text as bytes, and its SHA-256


class Checkpoint(NamedTuple):
    """What a file holds: `arrays` by their full names and `meta`, the JSON part."""

    path: Path
    arrays: dict[str, Array]
    meta: dict[str, Any]

    def group(self, prefix: str) -> dict[str, Array]:
        """The arrays under `prefix/`, by the rest of their names."""
        start = prefix + "/"
        return {name[len(start) :]: array for name, array in self.arrays.items() if name.startswith(start)}

    @property
    def params(self) -> dict[str, Array]:
        """Name -> weights that count at the last step: the average, or the rule's evaluation point, if there is one."""
        slot = self.meta["evaluates_at"]
        if slot == "average":
            return self.group("avg")
        if slot is None:
            return self.group("param")
        return {name.removesuffix(f"/{slot}"): a for name, a in self.group("opt").items() if name.endswith(f"/{slot}")}

    @property
    def state(self) -> dict[str, Array]:
        """Name -> running statistics at the last step."""
        return self.group("state")

    @property
    def best_params(self) -> dict[str, Array]:
        """Name -> weights with the best validation accuracy; empty before the first evaluation."""
        return self.group("best")

    @property
    def best_state(self) -> dict[str, Array]:
        """Name -> running statistics that belong to `best_params`."""
        return self.group("best_state")

    @property
    def model_config(self) -> dict[str, Any] | None:
        """What `model.config()` said, from which a model can be rebuilt, or None."""
        config: dict[str, Any] | None = self.meta["model"]["config"]
        return config

    @property
    def metadata(self) -> dict[str, Any]:
        """What the user gave as `metadata`."""
        metadata: dict[str, Any] = self.meta["metadata"]
        return metadata


def write(path: str | Path, arrays: Mapping[str, Array], meta: Mapping[str, Any]) -> None:
    """Write a checkpoint; the old file stays whole until the new one is. CheckpointError where it cannot be written."""
    path = Path(path)
    manifest = {name: _describe(array) for name, array in arrays.items()}
    try:
        text = json.dumps({"format": FORMAT, "version": VERSION, **meta, "manifest": manifest}, default=_plain).encode()
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path.name} cannot be written: {error}.") from None
    seal = np.frombuffer(hashlib.sha256(text).digest(), np.uint8)
    everything = {**arrays, _META: np.frombuffer(text, np.uint8), _SEAL: seal}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, lambda stream: _write_zip(stream, everything))
    except OSError as error:
        reason = f"{path.name} could not be saved: {error.strerror or error}."
        raise CheckpointError(f"{reason} What stands under that name, older or new, is whole.") from error


def read(path: str | Path) -> Checkpoint:
    """Read and check a checkpoint. CheckpointError names the file and the reason where anything is wrong with it."""
    path = Path(path)
    try:
        arrays, text = _read_zip(path)
        meta = json.loads(text)
        _check(meta, arrays)
    except CheckpointError as error:
        raise CheckpointError(f"{path.name} {error}") from None
    except FileNotFoundError:
        raise CheckpointError(f"{path.name} does not exist in {path.parent}.") from None
    except Exception as error:  # a damaged zip, header or JSON can raise almost anything; nothing of it was believed
        raise CheckpointError(f"{path.name} is damaged: {type(error).__name__}: {error}.") from error
    return Checkpoint(path, arrays, meta)


def _write_zip(stream: BinaryIO, arrays: Mapping[str, Array]) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")  # its date is fixed: equal states make equal files
            with archive.open(member, "w", force_zip64=True) as part:
                np.lib.format.write_array(part, np.asarray(array), allow_pickle=False)


def _read_zip(path: Path) -> tuple[dict[str, Array], bytes]:
    """All arrays but the JSON text, and that text, whose seal fits."""
    with path.open("rb") as stream:
        _check_start(stream)
        with zipfile.ZipFile(stream) as archive:
            _check_members(archive, path.stat().st_size)
            names = [info.filename.removesuffix(".npy") for info in archive.infolist()]
            if _META not in names or _SEAL not in names:
                raise CheckpointError("holds arrays but no solver state; read such a file with models.load or np.load.")
            arrays = {name: _array(archive.read(f"{name}.npy")) for name in names}
    text, seal = arrays.pop(_META).tobytes(), arrays.pop(_SEAL).tobytes()
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


def _check(meta: Any, arrays: Mapping[str, Array]) -> None:
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise CheckpointError("is not a checkpoint of layergraph.")
    if meta["version"] != VERSION:
        raise CheckpointError(f"has format version {meta['version']}; this program reads version {VERSION}.")
    manifest = meta["manifest"]
    if set(manifest) != set(arrays):
        raise CheckpointError(f"is damaged: missing or extra arrays {sorted(set(manifest) ^ set(arrays))}.")
    for name, array in arrays.items():
        if _describe(array) != manifest[name]:
            raise CheckpointError(f"is damaged: the SHA-256 of {name!r} does not fit.")


def _describe(array: Array) -> dict[str, Any]:
    digest = hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
    return {"sha256": digest, "shape": list(array.shape), "dtype": array.dtype.newbyteorder("<").str}


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's; anything else cannot be stored."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is not a plain value (number, string, list, dict)")
