"""Multi-layer perceptrons: affine - activation - ... - affine, with a loss on the scores.

Noise, dropout and batch normalisation are further nodes of the same chain; `block` says in which order.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from base.arrays import Array
from base.seeds import one_of
from layers.registry import Layer

from .graph import Graph
from .initialisers import Initialiser, bias, initialiser
from .node import Node, Pair, as_layer, as_loss, check_loss_settings, node


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
    batch_norm: bool = False,
    dropout: float = 0.0,
    input_dropout: float = 0.0,
    noise: float = 0.0,
    dtype: DTypeLike = np.float64,
    input_scale: float = 1.0,
    rng: np.random.Generator | int | None = None,
    seed: int | None = None,
    **loss_settings: Any,
) -> Graph:
    """A chain of len(sizes) - 1 affine layers, `mlp([784, 100, 10])`, with parameters W1, b1, W2, b2, ...

    activation: between them, a registered activation or a pair (forward, backward); output: one more after the last.
    loss, reg, l1, dtype, input_scale and loss_settings as in Graph; init ("he", "lecun", "xavier", "normal:0.01" or a
    function) and bias_init ("zero" or "normal") as in `models.initialisers`; rng a generator or a seed, or `seed`.
    batch_norm: before each activation, with gamma1, beta1, ... in place of b1, ...; dropout, input_dropout: the share
    of hidden units, of inputs, that is dropped in training; noise: standard deviation of Gaussian noise on the input
    and before each activation.
    Raises ValueError for sizes that are not at least two positive integers, and for unknown names.
    """
    check_loss_settings(as_loss(loss), loss_settings, mlp)
    _check(sizes, dropout, input_dropout, noise)
    rng, draw, hidden = np.random.default_rng(one_of(rng, seed)), initialiser(init), as_layer(activation, "activation")
    last = None if output is None else as_layer(output, "activation")
    params: dict[str, Array] = {}
    nodes: list[Node] = _disturbed([], "x", 0, input_dropout, noise)
    for i, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        inner = i < len(sizes) - 1
        params[f"W{i}"] = draw(rng, n_in, n_out)
        biased = use_bias and not (batch_norm and inner)  # beta does what the bias would
        if biased:
            params[f"b{i}"] = bias(bias_init, rng, n_out)
        names = (f"W{i}", f"b{i}") if biased else (f"W{i}",)
        nodes.append(node(f"affine{i}", "affine" if biased else "linear", _last(nodes), names))
        if inner and batch_norm:
            params |= {f"gamma{i}": np.ones(n_out), f"beta{i}": np.zeros(n_out)}
            nodes.append(node(f"batch_norm{i}", "batch_norm", _last(nodes), (f"gamma{i}", f"beta{i}")))
        if inner:
            _disturbed(nodes, _last(nodes), i, 0.0, noise)
        layer = hidden if inner else last
        if layer is not None:
            nodes.append(node(f"{layer.name}{i}", layer, _last(nodes)))
        if inner:
            _disturbed(nodes, _last(nodes), i, dropout, 0.0)
    return Graph(
        nodes, params, loss=loss, loss_settings=loss_settings, reg=reg, l1=l1, dtype=dtype, input_scale=input_scale
    )


def _check(sizes: Any, dropout: Any, input_dropout: Any, noise: Any) -> None:
    several = isinstance(sizes, Sequence | np.ndarray) and not isinstance(sizes, str) and len(sizes) > 1
    if not (several and all(isinstance(size, int | np.integer) and size >= 1 for size in sizes)):
        shown = list(sizes) if several else sizes
        raise ValueError(f"sizes is {shown!r}; expected two or more positive integers: inputs, hidden..., classes")
    for name, share in (("dropout", dropout), ("input_dropout", input_dropout)):
        if not (isinstance(share, int | float | np.floating) and 0 <= share < 1):
            raise ValueError(f"{name} is {share!r}; expected the share that is dropped, 0 <= {name} < 1")
    if not (isinstance(noise, int | float | np.floating) and 0 <= noise < np.inf):
        raise ValueError(f"noise is {noise!r}; expected a standard deviation, 0 (none) or more")


def _last(nodes: list[Node]) -> str:
    """The name of the newest value."""
    return nodes[-1].name if nodes else "x"


def _disturbed(nodes: list[Node], value: str, i: int, dropout: float, noise: float) -> list[Node]:
    """`nodes` with Gaussian noise of that standard deviation, or dropout of that share, on `value`; 0 adds nothing."""
    if noise:
        nodes.append(node(f"noise{i}", "gaussian_noise", value, std=noise))
    if dropout:
        nodes.append(node(f"dropout{i}", "dropout", _last(nodes), keep=1 - dropout))
    return nodes
