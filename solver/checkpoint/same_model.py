"""Refuses to continue a run on a model that is not the one it was saved from, and says where they differ.

Parameters are compared by name, shape and dtype, then the whole model by its `config()`, where it has one.
"""

import json
from itertools import zip_longest
from typing import Any

from ..errors import CheckpointError
from ..parameters import Parameters
from .file import Checkpoint, plain
from .snapshot import model_config


def check_model(saved: Checkpoint, parameters: Parameters) -> None:
    """Names, shapes and dtypes of the parameters, and what `config()` says, must be those of the file."""
    held, name = saved.group("param"), saved.path.name
    if set(held) != set(parameters.names):
        raise CheckpointError(f"{name} holds {', '.join(held)}; this model has {', '.join(parameters.names)}.")
    for slot in parameters.layout:
        array, dtype = held[slot.name], parameters.vector.dtype
        if array.shape != slot.shape:
            raise CheckpointError(f"{name} holds {slot.name} {array.shape}; this model has {slot.name} {slot.shape}.")
        if array.dtype != dtype:
            hint = f"Build the model with dtype={array.dtype}."
            raise CheckpointError(f"{name} holds {slot.name} as {array.dtype}; in this model it is {dtype}. {hint}")
    _check_config(name, saved.model_config, model_config(parameters.model))


def _check_config(name: str, before: Any, now: Any) -> None:
    """A model of the same shapes may still compute something else; where both sides say what, they must agree."""
    if not isinstance(before, dict) or not isinstance(now, dict):
        return
    now = json.loads(json.dumps(now, default=plain))  # tuples become lists, as in the file
    for key in before:  # a part that only `now` knows came with a later version, and the file is older than it
        then, here = before[key], now.get(key)
        if then != here and key != "task":  # what it is trained for, the data of the run decide
            then, here = _nodes(then, here) if key == "nodes" else (f"{key} {then!r}", f"{key} {here!r}")
            hint = "Build the model with the settings that it was trained with."
            raise CheckpointError(f"{name} was trained with {then}; this model has {here}. {hint}")


def _nodes(then: Any, here: Any) -> tuple[str, str]:
    """The first node of a graph in which two descriptions differ, in words."""
    pairs = zip_longest(then or [], here or [])
    old, new = next(pair for pair in pairs if pair[0] != pair[1])
    whole = old is not None and new is not None and old[:2] == new[:2]  # the same layer, wired or set otherwise
    return _node(old, whole), _node(new, whole)


def _node(node: Any, whole: bool) -> str:
    if node is None:
        return "no further node"
    text = f"node {node[0]!r} of layer {node[1]!r}"
    return f"{text}, inputs {node[2]}, parameters {node[3]}, settings {node[4]}" if whole else text
