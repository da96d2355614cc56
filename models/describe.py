"""Two descriptions of a graph: the table that `summary()` prints, and the JSON from which the graph is rebuilt."""

from typing import TYPE_CHECKING, Any

import numpy as np

from layers.registry import registered

if TYPE_CHECKING:
    from .graph import Graph

FORMAT = "layergraph-model-1"


def describe(model: "Graph") -> str:
    """One line a node: name, layer, output shape for N rows, parameters with shapes, their number; then the total."""
    rows = [("node", "layer", "output", "parameters", "count")]
    shapes = _output_shapes(model)
    for node in model.nodes:
        params = ", ".join(f"{name} {model.params[name].shape}" for name in node.params)
        count = sum(model.params[name].size for name in node.params)
        rows.append((node.name, node.layer.name, shapes.get(node.name, "?"), params, f"{count:,}" if count else ""))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    flat = model.params.flat
    size = f"{flat.size:,} parameters, {flat.nbytes / 2**20:.2f} MiB of {flat.dtype}"
    return "\n".join([*lines, f"loss {model.loss_layer.name}   reg {model.reg:g}   l1 {model.l1:g}   {size}"])


def config(model: "Graph") -> dict[str, Any]:
    """A JSON-able description of the graph: nodes, loss, penalties, dtype, shapes. TypeError for others' layers."""
    for n in model.nodes:
        if registered().get(n.layer.name) != n.layer:
            raise TypeError(f"node {n.name!r} is a function of yours: register it as a layer to save the model")
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
    }


def _output_shapes(model: "Graph") -> dict[str, str]:
    """Shapes of all values, from one row of zeros; empty where the width of the input is not fixed."""
    if model.input_dim is None:
        return {}
    values = model.values(np.zeros((1, model.input_dim)))
    return {name: "(" + ", ".join(["N", *map(str, value.shape[1:])]) + ")" for name, value in values.items()}
