"""A chain of nodes while it is put together: each takes what the one before gives; parameters are W1, b1, W2, ..."""

from typing import Any

import numpy as np

from base.arrays import Array
from layers.registry import Layer

from .initialisers import Initialiser, bias, initialiser
from .node import Node, node

WITHOUT_BIAS = {"affine": "linear", "conv2d": "conv2d_without_bias"}
NORMS: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {  # by the layer before it, with their settings
    "batch_norm": {"affine": ("batch_norm", {}), "conv2d": ("spatial_batch_norm", {})},
    "layer_norm": {"affine": ("layer_norm", {}), "conv2d": ("group_norm", {"groups": 1})},
}


class Chain:
    """The nodes and parameters so far; `rng` draws weights layer by layer, first the matrix and then the bias."""

    def __init__(
        self,
        rng: np.random.Generator,
        *,
        init: str | Initialiser,
        bias_init: str,
        use_bias: bool,
        norm: str | None,
        noise: float,
    ):
        self.nodes: list[Node] = []
        self.params: dict[str, Array] = {}
        self.rng, self.draw, self.bias_init = rng, initialiser(init), bias_init
        self.use_bias, self.norm, self.noise = use_bias, norm, noise

    @property
    def last(self) -> str:
        """The name of the newest value."""
        return self.nodes[-1].name if self.nodes else "x"

    def add(self, name: str, layer: str | Layer, params: tuple[str, ...] = (), **settings: Any) -> None:
        """One more node on the newest value."""
        self.nodes.append(node(name, layer, self.last, params, **settings))

    def weigh(self, layer: str, i: int, w: Array, *, inner: bool, **settings: Any) -> None:
        """The i-th layer with weights, "affine" or "conv2d", whose bias has one number for each unit or filter of w.

        inner: one that is not the last; noise and, where asked for, a normalisation stand behind it, whose beta does
        what the bias would.
        """
        units, biased = w.shape[0 if w.ndim > 2 else 1], self.use_bias and not (self.norm and inner)
        self.params[f"W{i}"] = w
        if biased:
            self.params[f"b{i}"] = bias(self.bias_init, self.rng, units)
        names = (f"W{i}", f"b{i}") if biased else (f"W{i}",)
        self.add(f"{layer.removesuffix('2d')}{i}", layer if biased else WITHOUT_BIAS[layer], names, **settings)
        if inner and self.norm:
            norm, norm_settings = NORMS[self.norm][layer]
            self.params |= {f"gamma{i}": np.ones(units), f"beta{i}": np.zeros(units)}
            self.add(f"{self.norm}{i}", norm, (f"gamma{i}", f"beta{i}"), **norm_settings)
        if inner:
            self.disturb(i, 0.0, self.noise)

    def disturb(self, i: int, dropout: float, noise: float) -> None:
        """Gaussian noise of that standard deviation, dropout of that share; 0 adds nothing."""
        if noise:
            self.add(f"noise{i}", "gaussian_noise", std=noise)
        if dropout:
            self.add(f"dropout{i}", "dropout", keep=1 - dropout)


def one_norm(batch_norm: bool, layer_norm: bool) -> str | None:
    """The normalisation that is asked for, None for none; ValueError for both."""
    if batch_norm and layer_norm:
        raise ValueError("batch_norm and layer_norm are both asked for; expected one of them")
    return "batch_norm" if batch_norm else "layer_norm" if layer_norm else None


def check_disturbances(dropout: Any, input_dropout: Any, noise: Any) -> None:
    """ValueError unless these are two shares below 1 and a standard deviation."""
    for name, share in (("dropout", dropout), ("input_dropout", input_dropout)):
        if not (isinstance(share, int | float | np.floating) and 0 <= share < 1):
            raise ValueError(f"{name} is {share!r}; expected the share that is dropped, 0 <= {name} < 1")
    if not (isinstance(noise, int | float | np.floating) and 0 <= noise < np.inf):
        raise ValueError(f"noise is {noise!r}; expected a standard deviation, 0 (none) or more")
