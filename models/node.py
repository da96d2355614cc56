"""One node of a graph: which layer, on which values, with which parameters."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from base import entry_points
from base.user_code import is_reference
from base.words import did_you_mean
from layers.registry import Layer, get, of_pair, registered

OWN = ("out", "need_dx", "rng", "stats", "seed", "sample_weight")  # keywords that the graph sets
Pair = tuple[Callable[..., Any], Callable[..., Any]]


class Node(NamedTuple):
    """`name` = layer(inputs, parameters): inputs are names of earlier nodes, or "x" for the batch itself."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    params: tuple[str, ...] = ()
    settings: Mapping[str, Any] = {}

    @property
    def differentiated(self) -> tuple[str, ...]:
        """Those of its inputs that have a gradient: all but the indices into a table."""
        indices = self.layer.indices
        return tuple(name for name, arg in zip(self.inputs, self.layer.args, strict=False) if arg not in indices)


def node(
    name: str,
    layer: str | Layer | Pair,
    inputs: str | tuple[str, ...],
    params: str | tuple[str, ...] = (),
    **settings: Any,
) -> Node:
    """A Node, from a registered name, a Layer, or a pair of functions (forward, backward) of one's own."""
    layer = as_layer(layer)
    for setting in settings:
        if setting == "seed":
            raise TypeError(f"node {name!r}: noise is drawn from loss(X, y, rng=...) or seed=..., not from the node")
        if not (takes(layer.forward, setting) or _takes_any(layer.forward)):
            raise TypeError(f"node {name!r}: {layer.name} takes no setting {setting!r}.{_settings(layer, setting)}")
    for setting, parameter in _keywords(layer).items():
        if parameter.default is parameter.empty and setting not in settings:
            raise TypeError(f"node {name!r}: {layer.name} needs {setting}=, which has no default")
    return Node(name, layer, _names(inputs), _names(params), settings)


def _names(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def as_layer(layer: str | Layer | Pair, *kinds: str) -> Layer:
    """The Layer that is meant: registered under that name, given as such, or a pair of functions, ours or anybody's."""
    if isinstance(layer, Layer):
        return layer
    if isinstance(layer, str):
        return get(layer, *kinds)
    if isinstance(layer, tuple) and len(layer) == 2 and all(map(callable, layer)):
        return of_pair(*layer)
    got = f"({', '.join(type(part).__name__ for part in layer)})" if isinstance(layer, tuple) else repr(layer)
    raise TypeError(f"a layer is a registered name, a Layer, or a pair (forward, backward); got {got}")


def as_loss(loss: str | Layer) -> Layer:
    """The registered loss of that name, with or without its "_loss", one's own "file.py:name", or the Layer itself."""
    if isinstance(loss, Layer):
        return loss
    if not isinstance(loss, str):
        names = ", ".join(repr(name.removesuffix("_loss")) for name in registered("loss"))
        got = getattr(loss, "__name__", repr(loss))
        raise TypeError(f"loss is {got}; expected the name of a registered loss, {names}, or a Layer of kind 'loss'")
    whole = loss if loss.endswith("_loss") or is_reference(loss) else f"{loss}_loss"
    theirs = whole not in registered("loss") and loss in entry_points.names("layers")
    return get(loss if theirs else whole, "loss")


def check_loss_settings(loss: Layer, settings: Mapping[str, Any], caller: Callable[..., Any] | None = None) -> None:
    """TypeError for a setting that the loss does not take; `caller` took it for one among arguments of its own."""
    for name in settings:
        if takes(loss.forward, name):
            continue
        if caller is None:
            raise TypeError(f"{loss.name} takes no setting {name!r}.{_settings(loss, name)}")
        known = {p.name: p for p in inspect.signature(caller).parameters.values() if p.kind is not p.VAR_KEYWORD}
        hint = did_you_mean(name, known | _keywords(loss))
        hint = (
            hint
            or f" It takes: {', '.join(known)}; and settings of the loss, for {loss.name}: "
            f"{', '.join(_keywords(loss)) or 'none'}."
        )
        raise TypeError(f"{caller.__name__} got unknown argument {name!r}.{hint}")


def _settings(layer: Layer, name: str) -> str:
    known = _keywords(layer)
    return f"{did_you_mean(name, known)} It takes: {', '.join(known) or 'none'}."


def _keywords(layer: Layer) -> dict[str, Any]:
    """The settings of a layer: arguments with a default or by keyword, without those that a graph passes itself."""
    given = inspect.signature(layer.forward).parameters.values()
    settings = [p for p in given if p.default is not p.empty or p.kind is p.KEYWORD_ONLY]
    return {p.name: p for p in settings if p.name not in (*OWN, *layer.args)}


def _takes_any(function: Callable[..., Any]) -> bool:
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(function).parameters.values())


def takes(function: Callable[..., Any], keyword: str) -> bool:
    """Whether `function` accepts that keyword (functions written by hand need not take `out=` or `need_dx=`)."""
    try:
        return keyword in _takes(function)
    except TypeError:  # an object that can be called and not hashed
        return keyword in inspect.signature(function).parameters


@functools.lru_cache(maxsize=1000)  # asked at every evaluation of small nets, where it shows
def _takes(function: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(function).parameters)
