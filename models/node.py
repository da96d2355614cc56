"""One node of a graph: which layer, on which values, with which parameters."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from layers.registry import Layer, get, registered

Pair = tuple[Callable[..., Any], Callable[..., Any]]


class Node(NamedTuple):
    """`name` = layer(inputs, parameters): inputs are names of earlier nodes, or "x" for the batch itself."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    params: tuple[str, ...] = ()
    settings: Mapping[str, Any] = {}


def node(
    name: str, layer: str | Layer | Pair, inputs: str | tuple[str, ...], params: tuple[str, ...] = (), **settings: Any
) -> Node:
    """A Node, from a registered name, a Layer, or a pair of functions (forward, backward) of one's own."""
    return Node(name, as_layer(layer), (inputs,) if isinstance(inputs, str) else tuple(inputs), tuple(params), settings)


def as_layer(layer: str | Layer | Pair, *kinds: str) -> Layer:
    """The Layer that is meant: registered under that name, given as such, or a pair of functions, ours or anybody's."""
    if isinstance(layer, Layer):
        return layer
    if isinstance(layer, str):
        return get(layer, *kinds)
    if isinstance(layer, tuple) and len(layer) == 2 and all(map(callable, layer)):
        forward, backward = layer
        for known in registered().values():
            if (known.forward, known.backward) == layer:
                return known
        given = inspect.signature(forward).parameters.values()
        args = tuple(p.name for p in given if p.kind <= p.POSITIONAL_OR_KEYWORD and p.default is p.empty)
        return Layer(forward.__name__.removesuffix("_forward"), "custom", forward, backward, _no_draw, args)
    raise TypeError(f"a layer is a registered name, a Layer, or a pair (forward, backward); got {layer!r}")


def takes(function: Callable[..., Any], keyword: str) -> bool:
    """Whether `function` accepts that keyword (functions written by hand need not take `out=` or `need_dx=`)."""
    return keyword in inspect.signature(function).parameters


def _no_draw(rng: Any, n: int) -> tuple[Any, ...]:
    raise NotImplementedError("a pair that is not registered has no inputs to draw")
