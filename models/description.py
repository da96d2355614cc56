"""Two descriptions of a graph: the table that `summary()` prints, and the JSON from which the graph is rebuilt."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from base.arrays import Array
from layers.registry import Layer, registered

from .flat import FlatParams
from .node import Node, node

FORMAT = "layergraph-model-1"


class Described(Protocol):
    """What the descriptions need to know of a graph."""

    nodes: tuple[Node, ...]
    loss_layer: Layer
    loss_settings: dict[str, Any]
    reg: float
    l1: float
    input_scale: float
    input_dim: int | None
    task: str | None

    @property
    def params(self) -> FlatParams:
        """Name -> array."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of all computation."""

    def values(self, X: Array) -> dict[str, Array]:
        """Every node's output by name."""


def describe(model: Described) -> str:
    """One line a node: name, layer, output shape for N rows, parameters with shapes, their number; then the total."""
    rows = [("node", "layer", "output", "parameters", "count")]
    shapes = output_shapes(model)
    for one in model.nodes:
        params = ", ".join(f"{name} {model.params[name].shape}" for name in one.params)
        count = sum(model.params[name].size for name in one.params)
        rows.append((one.name, one.layer.name, shapes.get(one.name, "?"), params, f"{count:,}" if count else ""))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    flat = model.params.flat
    size = f"{flat.size:,} parameters, {flat.nbytes / 2**20:.2f} MiB of {flat.dtype}"
    return "\n".join([*lines, f"loss {model.loss_layer.name}   reg {model.reg:g}   l1 {model.l1:g}   {size}"])


def config(model: Described) -> dict[str, Any]:
    """A JSON-able description of the graph: nodes, loss, penalties, dtype, shapes. TypeError for others' layers."""
    for n in model.nodes:
        if registered().get(n.layer.name) != n.layer:
            raise TypeError(f"node {n.name!r} is a function of yours: register it as a layer to save the model")
    if registered().get(model.loss_layer.name) != model.loss_layer:
        raise TypeError(f"loss {model.loss_layer.name!r} is a function of yours: register it to save the model")
    return {
        "format": FORMAT,
        "nodes": [[n.name, n.layer.name, list(n.inputs), list(n.params), dict(n.settings)] for n in model.nodes],
        "params": {name: list(array.shape) for name, array in model.params.items()},
        "loss": model.loss_layer.name,
        "loss_settings": model.loss_settings,
        "reg": model.reg,
        "l1": model.l1,
        "input_scale": model.input_scale,
        "dtype": str(model.dtype),
        **({} if model.task is None else {"task": model.task}),
    }


def arguments(description: Mapping[str, Any]) -> tuple[Sequence[Node], dict[str, Array], dict[str, Any]]:
    """Nodes, parameters (zeros) and keywords of the Graph that `config` described; ValueError for another version."""
    if description.get("format") != FORMAT:
        raise ValueError(f"not a model description of this version: format is {description.get('format')!r}")
    nodes = [node(name, layer, tuple(i), tuple(p), **settings) for name, layer, i, p, settings in description["nodes"]]
    keywords = {key: description[key] for key in ("loss", "loss_settings", "reg", "l1", "dtype")}
    keywords["input_scale"] = description.get("input_scale", 1.0)
    return nodes, {name: np.zeros(shape) for name, shape in description["params"].items()}, keywords


def output_shapes(model: Described) -> dict[str, str]:
    """Shapes of all values, from one row of zeros; empty where the width of the input is not fixed."""
    if model.input_dim is None:
        return {}
    values = model.values(np.zeros((1, model.input_dim)))
    return {name: "(" + ", ".join(["N", *map(str, value.shape[1:])]) + ")" for name, value in values.items()}
