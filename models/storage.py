"""Models as data: a JSON description that rebuilds the graph, and an .npz of it and the parameters, without pickle."""

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
    atomic_write(path, lambda stream: write_archive(stream, {"config": description, **arrays}))


def load(path: str | os.PathLike[str]) -> Graph:
    """The model in a file that `save` wrote.

    Raises OSError where the file cannot be read, and ValueError, naming file and reason, where it holds anything else.
    """
    path = Path(path)
    path.open("rb").close()  # what is raised here is of the file system; later on it is of the content
    try:
        return _parse(read_archive(path, "a model", kinds="biufU"))
    except Exception as error:  # the zip and npy readers let a dozen types out of damaged bytes
        what = f"it {error}" if isinstance(error, ArchiveError) else error
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
