"""Models as data: a JSON description that rebuilds the graph, and an .npz of it and the parameters, without pickle."""

import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array
from base.atomic import atomic_write

from .description import arguments
from .flat import FlatParams
from .graph import Graph


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
    atomic_write(path, lambda stream: np.savez(stream, allow_pickle=False, config=description, **arrays))


def load(path: str | os.PathLike[str]) -> Graph:
    """The model in a file that `save` wrote.

    Raises OSError where the file cannot be read, and ValueError, naming file and reason, where it holds anything else.
    """
    content = io.BytesIO(Path(path).read_bytes())
    try:
        return _parse(content)
    except Exception as error:  # the zip and npy readers let a dozen types out of damaged bytes
        raise ValueError(f"{path} is not a model file that layergraph wrote, or it is damaged: {error}") from error


def _parse(content: io.BytesIO) -> Graph:
    if not zipfile.is_zipfile(content):
        raise ValueError("it is not an .npz archive")
    groups: dict[str, dict[str, Array]] = {"param": {}, "state": {}}
    with np.load(content, allow_pickle=False) as file:
        description = json.loads(str(file["config"]))
        for key in file.files:
            if key != "config":
                group, _, name = key.partition("/")
                groups[group][name] = file[key]
    return from_config(description, groups["param"], groups["state"])
