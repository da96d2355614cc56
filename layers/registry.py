"""The registry: a layer is a value, a NamedTuple of pure functions, registered on the line where it is defined.

Registration alone gives a layer its tests, its row in `layergraph gradcheck`, its place in `mlp(activation=...)` and
its page in the reference.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from base import entry_points
from base.arrays import Array
from base.places import same_place
from base.user_checks import line_of, require_callable
from base.user_code import UserCodeError, attribute, is_reference, load, split
from base.words import did_you_mean, seen

from .scalars import Elementwise, Rows

Draw = Callable[[np.random.Generator, int], tuple[Any, ...]]

KINDS = ("linear", "activation", "pool", "reshape", "combine", "norm", "lookup", "noise", "sandwich", "loss")
STRUCTURES = ("elementwise", "rows", "affine", None)
TARGETS = ("labels", "one_hot", "real")
PAIR = "a pair (forward, backward) as in forward(x) -> (out, cache), backward(dout, cache) -> dx"
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
    args: tuple[str, ...]  # names of the positional arguments, in the order of the gradients (see `indices`)
    params: tuple[str, ...] = ()  # those of args that are trainable parameters
    structure: str | None = None  # what the numeric derivative may assume; audited by the checker
    targets: tuple[str, ...] = ()  # losses: what y may be
    settings: tuple[Mapping[str, Any], ...] = ({},)  # keyword settings that the suite checks, the first is the default
    noisy: bool = False  # takes rng=, None for evaluation
    state: Mapping[str, float] = {}  # running statistics and where they start
    stats: Callable[[Any], tuple[Array, ...]] | None = None  # cache -> the batch's statistics, in the order of state
    pixels: bool = False  # statistics over the pixels of each row as well: a single row has some
    scalar: Elementwise | Rows | None = None  # the same mathematics for one number, for one row
    link: str | None = None  # losses: what a score stands for, one of LINKS; None where the targets alone tell
    indices: tuple[str, ...] = ()  # those of args that are integers: backward returns no gradient in their places

    @property
    def differentiated(self) -> tuple[str, ...]:
        """Those of args that have a gradient, in its order."""
        return tuple(name for name in self.args if name not in self.indices)

    @property
    def needed(self) -> dict[str, Any]:
        """Those of its first settings that forward has no default for: what it cannot be called without."""
        defaults = {p.name: p.default for p in inspect.signature(self.forward).parameters.values()}
        return {k: v for k, v in self.settings[0].items() if defaults.get(k) is inspect.Parameter.empty}


_REGISTRY: dict[str, Layer] = {}


def register(layer: Layer) -> Layer:
    """Add `layer` to the registry and return it; kind, structure, targets and link must be known ones.

    A name that is taken is a ValueError, unless the same function of the same module or file took it: a notebook's
    cell, run again, or a file, loaded again, replaces what it registered.
    """
    before = _REGISTRY.get(layer.name)
    if before is not None and not same_place(before.forward, layer.forward):
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
    """The registered layer `name`, one that an installed package brings, or one of the user's own, `file.py:name`.

    An unknown name is a ValueError that lists what there is.
    """
    known = registered(*kinds)
    if name in known:
        return known[name]
    if is_reference(name):
        return of_user(name, *kinds)
    point = entry_points.find("layers", name) if name not in _REGISTRY else None
    if point is not None:
        return _as_layer(point.value, entry_points.load(point), kinds)
    what, all_names = " or ".join(kinds) or "layer", sorted({*known, *entry_points.names("layers")})
    raise ValueError(f"unknown {what} {name!r}.{did_you_mean(name, all_names)} Known: {', '.join(all_names)}.")


def of_user(reference: str, *kinds: str) -> Layer:
    """The layer or loss that `file.py:name` names; UserCodeError says what is wrong with it, and in which line.

    It is a Layer, a pair (forward, backward) or a loss (x, y) -> (loss, dx); where the file has no `name`, its
    name_forward and name_backward, or name_loss.
    """
    where, name = split(reference)
    module = load(where)
    if "," in name:
        return _as_layer(reference, tuple(attribute(module, one) for one in name.split(",")), kinds)
    pair = [getattr(module, f"{name}_{part}", None) for part in ("forward", "backward")]
    if not hasattr(module, name) and None not in pair and "loss" not in kinds:
        return _as_layer(reference, tuple(pair), kinds)
    if not hasattr(module, name) and hasattr(module, f"{name}_loss") and "loss" in kinds:
        name = f"{name}_loss"
    return _as_layer(f"{where}:{name}", attribute(module, name, "_loss" if "loss" in kinds else "_forward"), kinds)


def of_pair(forward: Callable[..., Any], backward: Callable[..., Any]) -> Layer:
    """The Layer around two functions: the registered one of these two, or one that is in no registry."""
    for known in _REGISTRY.values():
        if (known.forward, known.backward) == (forward, backward):
            return known
    given = inspect.signature(forward).parameters.values()
    args = tuple(p.name for p in given if p.kind <= p.POSITIONAL_OR_KEYWORD and p.default is p.empty)
    name = getattr(forward, "__name__", type(forward).__name__).removesuffix("_forward")
    return Layer(name, "custom", forward, backward, _no_draw, args)


def _as_layer(name: str, found: Any, kinds: tuple[str, ...]) -> Layer:
    """What a name of the user's or of a package's stands for, as a Layer of one of these kinds."""
    if isinstance(found, Layer):
        if kinds and found.kind not in (*kinds, "custom"):
            raise UserCodeError(f"{name} is a layer of kind {found.kind!r}; expected {' or '.join(kinds)}")
        return found
    if "loss" in kinds:
        loss = require_callable(name, found, ["x", "y"], "a loss: a function (x, y) -> (loss, dx)")
        label = getattr(loss, "__name__", name.rpartition(":")[2])
        return Layer(label, "loss", loss, None, _no_draw, ("x", "y"), targets=TARGETS)
    if not (isinstance(found, tuple) and len(found) == 2 and all(map(callable, found))):
        raise UserCodeError(
            f"{line_of(name)}: {name} is {seen(found)}; expected {PAIR}."
            " Functions NAME_forward and NAME_backward are found by NAME"
        )
    if "activation" in kinds:
        require_callable(name, found[0], ["x"], f"{PAIR}; this is its forward")
    require_callable(name, found[1], ["dout", "cache"], f"{PAIR}; this is its backward")
    return of_pair(*found)


def _no_draw(rng: Any, n: int) -> tuple[Any, ...]:
    raise NotImplementedError("a layer that is not registered has no inputs to draw")
