"""The two-layer net of the course: affine - activation - affine, with the signature that its notebooks use."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from base.seeds import one_of
from layers.registry import Layer

from .graph import Graph
from .initialisers import Initialiser, normal
from .mlp import mlp
from .node import Pair, as_loss, check_loss_settings


class TwoLayerNet(Graph):
    """Scores = affine(activation(affine(x))), parameters W1 (D, H), b1 (H,), W2 (H, C), b2 (C,).

    weight_scale: standard deviation of the initial weights, unless `init` names another initialiser; biases zero.
    activation (a registered name or a pair of functions) and loss may also be set as class attributes:
    `class TanhNet(TwoLayerNet): activation = layers.tanh_forward, layers.tanh_backward`.
    """

    activation: ClassVar[str | Layer | Pair] = "relu"
    loss_name: ClassVar[str | Layer] = "softmax"

    def __init__(
        self,
        input_dim: int = 3 * 32 * 32,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        *,
        activation: str | Layer | Pair | None = None,
        loss: str | Layer | None = None,
        l1: float = 0.0,
        init: str | Initialiser | None = None,
        dtype: DTypeLike = np.float64,
        seed: int | None = None,
        rng: np.random.Generator | None = None,
        **loss_settings: Any,
    ):
        check_loss_settings(as_loss(loss or self.loss_name), loss_settings, TwoLayerNet)
        chain = mlp(
            [input_dim, hidden_dim, num_classes],
            activation=activation or self.activation,
            loss=loss or self.loss_name,
            init=init or normal(weight_scale),
            rng=one_of(rng, seed),
            **loss_settings,
        )
        super().__init__(
            chain.nodes, chain.params, loss=chain.loss_layer, loss_settings=loss_settings, reg=reg, l1=l1, dtype=dtype
        )
