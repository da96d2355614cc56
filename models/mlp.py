"""Multi-layer perceptrons: affine - activation - ... - affine, with a loss on the scores."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from layers.registry import Array, Layer

from .graph import Graph
from .initialisers import Initialiser, bias, initialiser
from .node import Node, Pair, as_layer, node


def mlp(
    sizes: Sequence[int],
    *,
    activation: str | Layer | Pair = "relu",
    output: str | Layer | Pair | None = None,
    loss: str | Layer = "softmax",
    reg: float = 0.0,
    l1: float = 0.0,
    init: str | Initialiser = "he",
    bias_init: str = "zero",
    use_bias: bool = True,
    dtype: DTypeLike = np.float64,
    rng: np.random.Generator | int | None = None,
    **loss_settings: Any,
) -> Graph:
    """A chain of len(sizes) - 1 affine layers, `mlp([784, 100, 10])`, with parameters W1, b1, W2, b2, ...

    activation: between them, a registered activation or a pair (forward, backward); output: one more after the last.
    loss, reg, l1, dtype and loss_settings as in Graph; init ("he", "lecun", "xavier", "normal:0.01" or a function) and
    bias_init ("zero" or "normal") as in `models.initialisers`; rng a generator or a seed.
    Raises ValueError for sizes that are not at least two positive integers, and for unknown names.
    """
    if len(sizes) < 2 or not all(isinstance(size, int | np.integer) and size >= 1 for size in sizes):
        raise ValueError(f"sizes is {list(sizes)}; expected two or more positive integers: inputs, hidden..., classes")
    rng, draw, hidden = np.random.default_rng(rng), initialiser(init), as_layer(activation, "activation")
    last = None if output is None else as_layer(output, "activation")
    params: dict[str, Array] = {}
    nodes: list[Node] = []
    value = "x"
    for i, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        params[f"W{i}"] = draw(rng, n_in, n_out)
        if use_bias:
            params[f"b{i}"] = bias(bias_init, rng, n_out)
        names = (f"W{i}", f"b{i}") if use_bias else (f"W{i}",)
        nodes.append(node(f"affine{i}", "affine" if use_bias else "linear", value, names))
        value = f"affine{i}"
        layer = hidden if i < len(sizes) - 1 else last
        if layer is not None:
            nodes.append(node(f"{layer.name}{i}", layer, value))
            value = nodes[-1].name
    return Graph(nodes, params, loss=loss, loss_settings=loss_settings, reg=reg, l1=l1, dtype=dtype)
