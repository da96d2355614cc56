"""Multi-layer perceptrons: affine - activation - ... - affine, with a loss on the scores.

Noise, dropout and batch normalisation are further nodes of the same chain; `block` says in which order.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from base.seeds import one_of
from layers.registry import Layer

from .chain import Chain, check_disturbances, one_norm
from .graph import Graph
from .initialisers import Initialiser
from .node import Pair, as_layer, as_loss, check_loss_settings


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
    layer_norm: bool = False,
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
    batch_norm, layer_norm: one of them before each activation, with gamma1, beta1, ... in place of b1, ...
    dropout, input_dropout: the share of hidden units, of inputs, that is dropped in training; noise: standard
    deviation of Gaussian noise on the input and before each activation.
    Raises ValueError for sizes that are not at least two positive integers, for both norms, and for unknown names.
    """
    check_loss_settings(as_loss(loss), loss_settings, mlp)
    _check(sizes)
    check_disturbances(dropout, input_dropout, noise)
    chain = Chain(
        np.random.default_rng(one_of(rng, seed)),
        init=init, bias_init=bias_init, use_bias=use_bias, norm=one_norm(batch_norm, layer_norm), noise=noise,
    )  # fmt: skip
    hidden, last = as_layer(activation, "activation"), None if output is None else as_layer(output, "activation")
    chain.disturb(0, input_dropout, noise)
    for i, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        inner = i < len(sizes) - 1
        chain.weigh("affine", i, chain.draw(chain.rng, n_in, n_out), inner=inner)
        layer = hidden if inner else last
        if layer is not None:
            chain.add(f"{layer.name}{i}", layer)
        if inner:
            chain.disturb(i, dropout, 0.0)
    return Graph(
        chain.nodes, chain.params, loss=loss, loss_settings=loss_settings, reg=reg, l1=l1, dtype=dtype,
        input_scale=input_scale,
    )  # fmt: skip


def _check(sizes: Any) -> None:
    several = isinstance(sizes, Sequence | np.ndarray) and not isinstance(sizes, str) and len(sizes) > 1
    if not (several and all(isinstance(size, int | np.integer) and size >= 1 for size in sizes)):
        shown = list(sizes) if several else sizes
        raise ValueError(f"sizes is {shown!r}; expected two or more positive integers: inputs, hidden..., classes")
