"""Each layer in ONNX: one table from the name of a registered layer to the operators that evaluate it.

A layer without a row is refused by name. Noise is what evaluation makes of it: nothing.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .operators import Operators

# (operators, inputs and parameters by name, settings, running statistics by their own names) -> the name of the output
Translation = Callable[[Operators, Sequence[str], Mapping[str, Any], Mapping[str, str]], str]


def _linear(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    """x w, plus b where there is one; features of any shape are flattened, as the layer does."""
    rows = ops.add("Flatten", args[0], axis=1)
    product = ops.add("MatMul", rows, args[1])
    return product if len(args) == 2 else ops.add("Add", product, args[2])


def _affine_relu(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    return ops.add("Relu", _linear(ops, args, settings, state))


def _named(operator: str) -> Translation:
    """A layer that is one operator without attributes."""
    return lambda ops, args, settings, state: ops.add(operator, *args)


def _leaky_relu(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    below = ops.add("Mul", args[0], ops.constant(settings.get("slope", 0.01)))
    return ops.add("Max", args[0], below)


def _batch_norm(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    x, gamma, beta = args
    eps = float(settings.get("eps", 1e-5))
    return ops.add("BatchNormalization", x, gamma, beta, state["mean"], state["var"], epsilon=eps)


def _elu(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    return ops.single("Elu", args[0], alpha=float(settings.get("alpha", 1.0)))


def _gelu(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    """x (1 + erf(x / sqrt(2))) / 2, or the form with tanh."""
    x = args[0]
    if settings.get("approximate", False):
        cube = ops.add("Mul", ops.add("Mul", x, x), x)
        bent = ops.add("Add", x, ops.add("Mul", cube, ops.constant(0.044715)))
        share = ops.add("Tanh", ops.add("Mul", bent, ops.constant(math.sqrt(2 / math.pi))))
    else:
        share = ops.single("Erf", ops.add("Mul", x, ops.constant(math.sqrt(0.5))))
    return ops.add("Mul", ops.add("Mul", x, ops.constant(0.5)), ops.add("Add", share, ops.constant(1.0)))


def _standardised(ops: Operators, x: str, axes: Sequence[int], eps: float) -> str:
    """(x - mean) / sqrt(var + eps) over these axes."""
    over = ops.integers(axes)
    away = ops.add("Sub", x, ops.add("ReduceMean", x, over))
    variance = ops.add("ReduceMean", ops.add("Mul", away, away), over)
    return ops.add("Div", away, ops.add("Sqrt", ops.add("Add", variance, ops.constant(eps))))


def _layer_norm(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    axes = ops.constants[args[1]].ndim
    return ops.add("LayerNormalization", *args, axis=-axes, epsilon=float(settings.get("eps", 1e-5)))


def _group_norm(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    x, gamma, beta = args
    split = ops.add("Reshape", x, ops.integers([0, settings["groups"], -1]))
    xhat = ops.add("Reshape", _standardised(ops, split, [2], float(settings.get("eps", 1e-5))), ops.add("Shape", x))
    channels = ops.integers([1, 2])
    scale, shift = (ops.add("Unsqueeze", one, channels) for one in (gamma, beta))
    return ops.add("Add", ops.add("Mul", xhat, scale), shift)


def _conv2d(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    stride, padding = _pair(settings.get("stride", 1)), _pair(settings.get("padding", 0))
    return ops.single("Conv", *args, strides=stride, pads=padding * 2)


def _pool(operator: str, **attributes: Any) -> Translation:
    def translated(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
        size = _pair(settings.get("size", 2))
        stride = size if settings.get("stride") is None else _pair(settings["stride"])
        pads = _pair(settings.get("padding", 0)) * 2
        return ops.single(operator, args[0], kernel_shape=size, strides=stride, pads=pads, **attributes)

    return translated


def _pair(value: Any) -> list[int]:
    return [int(side) for side in value] if isinstance(value, tuple | list) else [int(value)] * 2


def _flatten(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    return ops.add("Flatten", args[0], axis=1)


def _image(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    return ops.add("Reshape", args[0], ops.integers([0, *settings.get("shape", (1, 1, -1))]))


TRANSLATIONS: dict[str, Translation] = {
    "affine": _linear,
    "linear": _linear,
    "affine_relu": _affine_relu,
    "add": _named("Add"),
    "conv2d": _conv2d,
    "conv2d_without_bias": _conv2d,
    "max_pool2d": _pool("MaxPool"),
    "average_pool2d": _pool("AveragePool", count_include_pad=1),
    "flatten": _flatten,
    "image": _image,
    "relu": _named("Relu"),
    "leaky_relu": _leaky_relu,
    "sigmoid": _named("Sigmoid"),
    "tanh": _named("Tanh"),
    "softplus": _named("Softplus"),
    "elu": _elu,
    "gelu": _gelu,
    "batch_norm": _batch_norm,
    "spatial_batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "dropout": _named("Identity"),
    "gaussian_noise": _named("Identity"),
}
