"""The registry: a layer is a value, a NamedTuple of pure functions, registered on the line where it is defined.

Registration alone gives a layer its tests, its row in `layergraph gradcheck`, its place in `mlp(activation=...)` and
its page in the reference.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array
from base.words import did_you_mean

from .scalars import Elementwise, Rows

Draw = Callable[[np.random.Generator, int], tuple[Any, ...]]

KINDS = ("linear", "activation", "combine", "norm", "noise", "sandwich", "loss")
STRUCTURES = ("elementwise", "rows", "affine", None)
TARGETS = ("labels", "one_hot", "real")
LINKS = ("softmax", "sigmoid", "identity", None)  # one class of C, a yes or no, a value


class Layer(NamedTuple):
    """One registered layer or loss.

    Layer: `out, cache = forward(*args)`, `dx, *dparams = backward(dout, cache)` (one array where there is one input).
    Loss (`kind="loss"`, `backward is None`): `loss, dx = forward(x, y)`, averaged over the batch.
    """

    name: str
    kind: str
    forward: Callable[..., Any]
    backward: Callable[..., Any] | None
    inputs: Draw  # inputs(rng, n) -> the positional arguments for a batch of n, as float64 (and integer) arrays
    args: tuple[str, ...]  # names of the positional arguments, in the order of the gradients
    params: tuple[str, ...] = ()  # those of args that are trainable parameters
    structure: str | None = None  # what the numeric derivative may assume; audited by the checker
    targets: tuple[str, ...] = ()  # losses: what y may be
    settings: tuple[Mapping[str, Any], ...] = ({},)  # keyword settings that the suite checks, the first is the default
    noisy: bool = False  # takes rng=, None for evaluation
    state: Mapping[str, float] = {}  # running statistics and where they start
    stats: Callable[[Any], tuple[Array, ...]] | None = None  # cache -> the batch's statistics, in the order of state
    scalar: Elementwise | Rows | None = None  # the same mathematics for one number, for one row
    link: str | None = None  # losses: what a score stands for, one of LINKS; None where the targets alone tell


_REGISTRY: dict[str, Layer] = {}


def register(layer: Layer) -> Layer:
    """Add `layer` to the registry and return it; the name must be new, the kind, structure and targets known ones."""
    if layer.name in _REGISTRY:
        raise ValueError(f"a layer named {layer.name!r} is registered already: choose another name")
    checks = (("kind", layer.kind, KINDS), ("structure", layer.structure, STRUCTURES), ("link", layer.link, LINKS))
    for field, value, known in checks:
        if value not in known:
            raise ValueError(f"{field} of layer {layer.name!r} is {value!r}; expected one of {known}")
    if not set(layer.targets) <= set(TARGETS):
        raise ValueError(f"targets of layer {layer.name!r} are {layer.targets}; expected some of {TARGETS}")
    if (layer.kind == "loss") != bool(layer.targets) or (layer.kind == "loss") != (layer.backward is None):
        raise ValueError(f"layer {layer.name!r}: only a loss has targets, and only a loss has no backward")
    _REGISTRY[layer.name] = layer
    return layer


def registered(*kinds: str) -> dict[str, Layer]:
    """All registered layers by name, or those of the given kinds, in the order of registration."""
    return {name: layer for name, layer in _REGISTRY.items() if not kinds or layer.kind in kinds}


def get(name: str, *kinds: str) -> Layer:
    """The registered layer `name`; an unknown name is a ValueError that lists what there is."""
    known = registered(*kinds)
    if name not in known:
        what = " or ".join(kinds) or "layer"
        raise ValueError(f"unknown {what} {name!r}.{did_you_mean(name, known)} Known: {', '.join(sorted(known))}.")
    return known[name]
