"""Each layer in ONNX: one table from the name of a registered layer to the operators that evaluate it.

A layer without a row is refused by name. Noise is what evaluation makes of it: nothing.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array

OPSET = 18
FLOAT = 1  # single precision, by its number in ONNX


class Operators:
    """The operators of a graph under construction, and its constants; every value is a name."""

    def __init__(self, dtype: np.dtype[Any]):
        self.dtype = dtype
        self.nodes: list[Any] = []
        self.constants: dict[str, Array] = {}

    def add(self, operator: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """One more operator on these values; the name of its output."""
        from onnx import helper

        output = name or f"{operator}:{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def constant(self, value: ArrayLike, name: str | None = None) -> str:
        """The name of a constant, in the dtype of the net."""
        name = name or f"constant:{len(self.constants)}"
        self.constants[name] = np.array(value, self.dtype)
        return name


    def integers(self, values: Sequence[int]) -> str:
        """The name of a constant of whole numbers, as a shape is given by."""
        name = f"constant:{len(self.constants)}"
        self.constants[name] = np.array(values, np.int64)
        return name


# (operators, inputs and parameters by name, settings, running statistics by their own names) -> the name of the output
Translation = Callable[[Operators, Sequence[str], Mapping[str, Any], Mapping[str, str]], str]


def _linear(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    """x w, plus b where there is one; features of any shape are flattened, as the layer does."""
    rows = ops.add("Flatten", args[0], axis=1)
    product = ops.add("MatMul", rows, args[1])
    return product if len(args) == 2 else ops.add("Add", product, args[2])


def _affine_relu(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    return ops.add("Relu", _linear(ops, args, settings, state))


def _same(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    return ops.add("Identity", args[0])


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
    return ops.add("Elu", args[0], alpha=float(settings.get("alpha", 1.0)))


def _gelu(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    """x (1 + erf(x / sqrt(2))) / 2, or with the tanh of a polynomial in the place of erf; opset 18 has no Gelu."""
    (x,) = args
    if settings.get("approximate"):
        inner = ops.add("Mul", x, ops.add("Mul", ops.add("Mul", x, x), ops.constant(0.044715)))
        inner = ops.add("Tanh", ops.add("Mul", ops.add("Add", x, inner), ops.constant(math.sqrt(2 / math.pi))))
    else:
        inner = _in_single(ops, "Erf", [ops.add("Mul", x, ops.constant(math.sqrt(0.5)))])
    return ops.add("Mul", ops.add("Mul", x, ops.constant(0.5)), ops.add("Add", inner, ops.constant(1.0)))


def _layer_norm(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    axes = ops.constants[args[1]].ndim
    return ops.add("LayerNormalization", *args, axis=-axes, epsilon=float(settings.get("eps", 1e-5)))


def _group_norm(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    """Instance normalisation of the groups, each laid out as one channel; gamma and beta behind it."""
    x, gamma, beta = args
    groups = int(settings["groups"])
    rows = ops.add("Reshape", x, ops.integers([0, groups, -1]))
    plain = [rows, ops.constant(np.ones(groups)), ops.constant(np.zeros(groups))]
    xhat = _in_single(ops, "InstanceNormalization", plain, epsilon=float(settings.get("eps", 1e-5)))
    xhat = ops.add("Reshape", xhat, ops.add("Shape", x))
    scale, shift = (ops.add("Reshape", a, ops.integers([1, -1, 1, 1])) for a in (gamma, beta))
    return ops.add("Add", ops.add("Mul", xhat, scale), shift)


def _image(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    return ops.add("Reshape", args[0], ops.integers([0, *settings.get("shape", (1, 1, -1))]))  # 0: as many as x has


def _flatten(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    return ops.add("Flatten", args[0], axis=1)


def _conv2d(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
    window = {"strides": _pair(settings.get("stride", 1)), "pads": 2 * _pair(settings.get("padding", 0))}
    return _in_single(ops, "Conv", args, **window)


def _pool(operator: str, **more: int) -> Translation:
    def translate(ops: Operators, args: Sequence[str], settings: Mapping[str, Any], state: Mapping[str, str]) -> str:
        size, stride = settings.get("size", 2), settings.get("stride")
        window = {"kernel_shape": _pair(size), "strides": _pair(size if stride is None else stride)}
        return _in_single(ops, operator, args, pads=2 * _pair(settings.get("padding", 0)), **window, **more)

    return translate


def _in_single(ops: Operators, operator: str, args: Sequence[str], **settings: Any) -> str:
    """An operator, as those on windows, which runtimes do not have in double precision: there and back."""
    if ops.dtype == np.float32:
        return ops.add(operator, *args, **settings)
    return ops.add("CastLike", ops.add(operator, *(ops.add("Cast", a, to=FLOAT) for a in args), **settings), args[0])


def _pair(number: Any) -> list[int]:
    """(along H, along W) of a setting that may be one number for both."""
    return [int(one) for one in (number if isinstance(number, Sequence) else (number, number))]


TRANSLATIONS: dict[str, Translation] = {
    "affine": _linear,
    "linear": _linear,
    "affine_relu": _affine_relu,
    "add": _named("Add"),
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
    "image": _image,
    "flatten": _flatten,
    "conv2d": _conv2d,
    "conv2d_without_bias": _conv2d,
    "max_pool2d": _pool("MaxPool"),
    "average_pool2d": _pool("AveragePool", count_include_pad=1),
    "dropout": _same,
    "gaussian_noise": _same,
}
