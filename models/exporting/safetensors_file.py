"""A graph as safetensors: parameters and running statistics under their names, the description beside them.

The arrays are what any framework reads; the description lets the same net be built again, bit for bit.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from base.arrays import Array
from base.atomic import atomic_write
from base.files import json_text
from base.own_packages import optional
from base.printable import brief

from ..graph import Graph

Contents = tuple[dict[str, Any], dict[str, Array], dict[str, Array], dict[str, str]]
CONFIG, STATE = "layergraph", "state/"
NEED = "a safetensors file needs safetensors: pip install 'layergraph[export]'"


def write_safetensors(model: Graph, path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None) -> None:
    """Write `params`, as "W1", and `state`, as "state/batch_norm1.mean", atomically, in the dtype of the net.

    TypeError where the net holds functions that are not registered, ImportError without safetensors.
    """
    numpy_format = optional("safetensors.numpy", NEED)
    tensors = dict(model.params.items()) | {f"{STATE}{name}": array for name, array in model.state.items()}
    clash = [name for name in model.params if name.startswith(STATE)]
    if clash:
        raise ValueError(f"parameter {clash[0]!r}: names that begin with {STATE!r} stand for running statistics")
    whole = {CONFIG: json.dumps(model.config()), **(metadata or {})}
    content = numpy_format.save(tensors, metadata=whole)
    atomic_write(path, lambda stream: stream.write(content))


def read_safetensors(path: str | os.PathLike[str]) -> Contents:
    """(description, parameters, running statistics, the other texts) of a file that `write_safetensors` wrote.

    OSError where it cannot be read; ValueError, naming the file, where it holds anything else.
    """
    library, path = optional("safetensors", NEED), Path(path)
    path.open("rb").close()  # what is raised here is of the file system; later on it is of the content
    try:
        with library.safe_open(path, framework="np") as file:
            metadata = dict(file.metadata() or {})
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no dict
    except (library.SafetensorError, TypeError, ValueError) as error:  # TypeError: a dtype NumPy has not, as bfloat16
        raise ValueError(f"{path} is no safetensors file, or damaged: {brief(error)}") from None
    if CONFIG not in metadata:
        names = ", ".join(f"{name} {array.shape}" for name, array in list(arrays.items())[:6])
        raise ValueError(
            f"{brief(str(path))} holds arrays but no description of a net of layergraph: {brief(names)}. In Python,"
            " assign them to a net of these shapes: net.params[name] = array"
        )
    state = {name.removeprefix(STATE): array for name, array in arrays.items() if name.startswith(STATE)}
    params = {name: array for name, array in arrays.items() if not name.startswith(STATE)}
    try:
        description = json_text.loads(metadata.pop(CONFIG))
    except ValueError as error:
        raise ValueError(f"{path}: its description is no JSON: {brief(error)}") from None
    return description, params, state, metadata
