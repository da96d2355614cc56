"""The checkpoint file: an uncompressed .npz of plain arrays and one JSON text, with a SHA-256 of every part; no pickle.

`write` is atomic. `read` checks everything before it believes anything, and needs no model.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array
from base.atomic import atomic_write
from base.files import json_text
from base.files.archive import ArchiveError, write_archive
from base.printable import brief

from ..errors import CheckpointError
from .archive import META, SEAL, describe, read_parts

FORMAT, VERSION = "layergraph checkpoint", 1


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
    manifest = {name: describe(array) for name, array in arrays.items()}
    try:
        text = json.dumps({"format": FORMAT, "version": VERSION, **meta, "manifest": manifest}, default=plain).encode()
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path.name} cannot be written: {error}.") from None
    seal = np.frombuffer(hashlib.sha256(text).digest(), np.uint8)
    everything = {**arrays, META: np.frombuffer(text, np.uint8), SEAL: seal}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, lambda stream: write_archive(stream, everything))
    except OSError as error:
        reason = f"{path.name} could not be saved: {error.strerror or error}."
        raise CheckpointError(f"{reason} What stands under that name, older or new, is whole.") from error


def read(path: str | Path) -> Checkpoint:
    """Read and check a checkpoint. CheckpointError names the file and the reason where anything is wrong with it."""
    path = Path(path)
    try:
        arrays, text = read_parts(path)
        meta = json_text.loads(text)
        _check(meta, arrays)
    except (CheckpointError, ArchiveError) as error:
        raise CheckpointError(f"{path.name} {brief(error)}") from None
    except FileNotFoundError:
        where = "the current folder" if path.parent == Path() else f"the folder {str(path.parent)!r}"
        raise CheckpointError(f"{path.name} does not exist in {where}.") from None
    except Exception as error:  # a damaged zip, header or JSON can raise almost anything; nothing of it was believed
        raise CheckpointError(f"{path.name} is damaged: {type(error).__name__}: {brief(error)}.") from error
    return Checkpoint(path, arrays, meta)


def _check(meta: Any, arrays: Mapping[str, Array]) -> None:
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise CheckpointError("is not a checkpoint of layergraph.")
    if meta["version"] != VERSION:
        raise CheckpointError(f"has format version {meta['version']}; this program reads version {VERSION}.")
    manifest = meta["manifest"]
    if set(manifest) != set(arrays):
        raise CheckpointError(f"is damaged: missing or extra arrays {sorted(set(manifest) ^ set(arrays))}.")
    for name, array in arrays.items():
        if describe(array) != manifest[name]:
            raise CheckpointError(f"is damaged: the SHA-256 of {name!r} does not fit.")


def plain(value: Any) -> Any:
    """NumPy's numbers as Python's; anything else cannot be stored."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is not a plain value (number, string, list, dict)")


def existing(path: str | Path) -> Path:
    """The checkpoint that `path` means: that very file, or the one with .npz added; else the name to complain of."""
    path = Path(path)
    return path if path.exists() or (path.suffix and not with_suffix(path).exists()) else with_suffix(path)


def with_suffix(path: str | Path) -> Path:
    """The path with the ending .npz."""
    path = Path(path)
    return path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
