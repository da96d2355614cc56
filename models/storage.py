"""Models as data: a JSON description that rebuilds the graph, and an .npz of it and the parameters, without pickle."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array
from base.atomic import atomic_write
from base.files import json_text
from base.files.archive import ArchiveError, read_archive, write_archive
from base.printable import brief

from .description import arguments
from .exporting.safetensors_file import read_safetensors
from .flat import FlatParams
from .graph import Graph

WEIGHTS = ("best", "last")


def from_config(
    description: Mapping[str, Any],
    params: Mapping[str, Array] | None = None,
    state: Mapping[str, Array] | None = None,
) -> Graph:
    """The graph that `config` described, with those parameters (zeros where none are given) and running statistics.

    Raises ValueError for a description of another version, and for parameters of other names or shapes.
    """
    nodes, zeros, keywords = arguments(description)
    if params is not None and {name: list(array.shape) for name, array in params.items()} != description["params"]:
        given = repr(FlatParams.of(params))
        raise ValueError(f"the description has the parameters {description['params']}, but {given} are given")
    model = Graph(nodes, zeros, **keywords)
    model.task = description.get("task")
    if params is not None:
        model.params = params
    for name, array in (state or {}).items():
        model.state[name][...] = array
    return model


def save(model: Graph, path: str | os.PathLike[str]) -> None:
    """Write parameters, statistics and description to `path` (.npz); the old file stays until the new one is whole."""
    arrays = {f"param/{name}": array for name, array in model.params.items()}
    arrays |= {f"state/{name}": array for name, array in model.state.items()}
    description = np.array(json.dumps(model.config()))
    atomic_write(path, lambda stream: write_archive(stream, {"config": description, **arrays}))


def load(path: str | os.PathLike[str], *, weights: str = "best") -> Graph:
    """The model in a file that `save` wrote, in a checkpoint of the Solver (`run.npz` of `layergraph train`), or in
    `net.safetensors` that `export` wrote.

    weights: of a checkpoint the "best" on validation or those of the "last" step; a saved model has one kind.
    Raises OSError where the file cannot be read, and ValueError, naming file and reason, where it holds anything else.
    """
    if weights not in WEIGHTS:
        raise ValueError(f"weights is {weights!r}; expected one of {', '.join(WEIGHTS)}")
    path = Path(path)
    path.open("rb").close()  # what is raised here is of the file system; later on it is of the content
    try:
        if path.suffix == ".safetensors":
            return from_config(*read_safetensors(path)[:3])
        arrays = read_archive(path, "a model", kinds="biufU")
        return _of_checkpoint(arrays, weights) if {"meta", "seal"} <= set(arrays) else _parse(arrays)
    except ImportError:  # a library that reads the format is missing
        raise
    except Exception as error:  # the zip and npy readers let a dozen types out of damaged bytes
        what = brief(f"it {error}" if isinstance(error, ArchiveError) else error)
        raise ValueError(f"{path} is not a model file that layergraph wrote, or it is damaged: {what}") from error


def _parse(arrays: Mapping[str, Array]) -> Graph:
    if "config" not in arrays:
        raise ValueError("it holds arrays but no description")
    groups: dict[str, dict[str, Array]] = {"param": {}, "state": {}}
    description = json_text.loads(str(arrays["config"]))
    for key, array in arrays.items():
        if key != "config":
            group, _, name = key.partition("/")
            groups[group][name] = array
    return from_config(description, groups["param"], groups["state"])


def _of_checkpoint(arrays: dict[str, Array], weights: str) -> Graph:
    """The net in a checkpoint, by its description; sealed, and each array hashed, as the Solver wrote it."""
    text = arrays["meta"].tobytes()
    if hashlib.sha256(text).digest() != arrays["seal"].tobytes():
        raise ValueError("the SHA-256 of its description does not fit")
    meta = json_text.loads(text)
    for name, listed in meta["manifest"].items():
        little = np.ascontiguousarray(arrays[name], arrays[name].dtype.newbyteorder("<"))
        if hashlib.sha256(little.data).hexdigest() != listed["sha256"]:
            raise ValueError(f"the SHA-256 of {name!r} does not fit")
    if meta["model"]["config"] is None:
        kind = meta["model"]["class"]
        raise ValueError(f"it holds a {kind}, which cannot be described: build it and use Solver.load")
    if weights == "best":
        params = _group(arrays, "best/")
        if params:
            return from_config(meta["model"]["config"], params, _group(arrays, "best_state/"))
    slot = meta["evaluates_at"]  # what counts at the last step: the trained weights, an average, or the rule's point
    if slot not in (None, "average"):
        params = {k.removesuffix(f"/{slot}"): a for k, a in _group(arrays, "opt/").items() if k.endswith(f"/{slot}")}
    else:
        params = _group(arrays, "param/" if slot is None else "avg/")
    return from_config(meta["model"]["config"], params, _group(arrays, "state/"))


def _group(arrays: Mapping[str, Array], start: str) -> dict[str, Array]:
    """The arrays whose names begin so, by the rest."""
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
