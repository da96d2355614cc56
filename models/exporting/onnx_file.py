"""A graph as an ONNX model: `x` (N, D) in, `scores` out, and `probabilities` where the loss makes them such."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array
from base.atomic import atomic_write
from base.own_packages import optional
from layers.registry import registered

from ..graph import Graph
from ..node import Node
from .operators import OPSET, Operators
from .translations import TRANSLATIONS

IR = 9  # of ONNX files: read by every runtime since 2023
PROBABILITIES = {"softmax": "Softmax", "sigmoid": "Sigmoid"}


class Scaling(NamedTuple):
    """How raw inputs become those of the net: (x / divisor - mean) / std; one number, or one of each column."""

    divisor: float = 1.0
    mean: Any = None
    std: Any = None


def write_onnx(
    model: Graph,
    path: str | os.PathLike[str],
    *,
    scaling: Scaling | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write the evaluation of `model` to `path` atomically; with `scaling`, that of raw inputs.

    Raises ValueError that names a node whose layer has no translation, ImportError without onnx.
    """
    onnx = optional("onnx", "an ONNX file needs onnx: pip install 'layergraph[export]'")
    for one in model.nodes:
        _check(one)
    ops = Operators(model.dtype)
    for group, arrays in (("param", model.params), ("state", model.state)):
        for name, array in arrays.items():
            ops.constant(array, f"{group}/{name}")
    values = {"x": _scaled(ops, model, scaling)}
    for one in model.nodes:
        values[one.name] = _translated(ops, one, values)
    outputs = {"scores": ops.add("Identity", values[model.nodes[-1].name], name="scores")}
    link = PROBABILITIES.get(model.loss_layer.link or "")
    if link is not None:
        settings = {"axis": 1} if link == "Softmax" else {}
        outputs["probabilities"] = ops.add(link, "scores", name="probabilities", **settings)
    data = _model(onnx, ops, model, list(outputs))
    onnx.helper.set_model_props(data, {"loss": model.loss_layer.name, **(metadata or {})})
    onnx.checker.check_model(data, full_check=True)
    atomic_write(path, lambda stream: stream.write(data.SerializeToString()))


def _check(one: Node) -> None:
    """ValueError for a layer that the table does not know, or a function of that name that is not ours."""
    name = one.layer.name
    if name in TRANSLATIONS and registered().get(name) == one.layer:
        return
    raise ValueError(
        f"node {one.name!r}: layer {name!r} has no translation to ONNX. There are: {', '.join(TRANSLATIONS)}."
        " Any layer can go to safetensors, as arrays alone"
    )


def _scaled(ops: Operators, model: Graph, scaling: Scaling | None) -> str:
    """The input of the net from what the caller gives: raw values scaled, and divided by the net's own input_scale."""
    value = "x"
    if scaling is not None and scaling.divisor != 1:
        value = ops.add("Div", value, ops.constant(scaling.divisor))
    if scaling is not None and scaling.mean is not None:
        value = ops.add("Sub", value, ops.constant(scaling.mean))
        value = ops.add("Div", value, ops.constant(scaling.std))
    return value if model.input_scale == 1 else ops.add("Div", value, ops.constant(model.input_scale))


def _translated(ops: Operators, one: Node, values: Mapping[str, str]) -> str:
    """The operators of one node; its parameters follow its inputs, as in its layer's arguments."""
    state = {name: f"state/{one.name}.{name}" for name in one.layer.state}
    args = [*(values[name] for name in one.inputs), *(f"param/{name}" for name in one.params)]
    return TRANSLATIONS[one.layer.name](ops, args, one.settings, state)


def _model(onnx: Any, ops: Operators, model: Graph, outputs: list[str]) -> Any:
    """The file's content: constants, operators, and inputs and outputs with their shapes."""
    helper, kind = onnx.helper, onnx.helper.np_dtype_to_tensor_dtype(model.dtype)
    constants = [onnx.numpy_helper.from_array(np.ascontiguousarray(a), name) for name, a in ops.constants.items()]
    taken = [helper.make_tensor_value_info("x", kind, _input_shape(model))]
    given = [helper.make_tensor_value_info(name, kind, None) for name in outputs]  # their shapes are inferred
    graph = helper.make_graph(ops.nodes, "layergraph", taken, given, initializer=constants)
    opset = [helper.make_opsetid("", OPSET)]
    model_file = helper.make_model(graph, producer_name="layergraph", ir_version=IR, opset_imports=opset)
    return onnx.shape_inference.infer_shapes(model_file)


def _input_shape(model: Graph) -> list[str | int]:
    """(N, D); where the width is open, N and as many open sides as the first layer takes."""
    if model.input_dim is not None:
        return ["N", model.input_dim]
    first = next(one for one in model.nodes if "x" in one.inputs)
    drawn: Array = first.layer.inputs(np.random.default_rng(0), 2)[first.inputs.index("x")]
    return ["N", *(f"D{axis}" for axis in range(1, drawn.ndim))]
