"""Checks a list of nodes once and prepares it for the two loops of a graph."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from base.arrays import Array
from base.words import did_you_mean

from .node import Node, takes


class Step(NamedTuple):
    """A node with what the loops need to know of it, found out once."""

    node: Node
    forward_out: bool  # forward takes out=
    backward_out: bool  # backward takes out=
    need_dx: bool  # backward takes need_dx=
    wanted: bool  # some input depends on a parameter, so that the gradient of the inputs is needed


def plan(nodes: Sequence[Node], params: Mapping[str, Array]) -> tuple[Step, ...]:
    """The steps in order; the last node gives the scores. ValueError for a name that is taken, unknown or unused."""
    if not nodes:
        raise ValueError("a graph needs at least one node")
    steps: list[Step] = []
    trained = {"x": False}  # value -> does it depend on a parameter?
    for node in nodes:
        _check(node, trained, params)
        wanted = any(trained[name] for name in node.inputs)
        forward, backward = node.layer.forward, node.layer.backward
        if backward is None:
            raise ValueError(f"node {node.name!r}: {node.layer.name} is a loss; give it to Graph as loss=")
        steps.append(Step(node, takes(forward, "out"), takes(backward, "out"), takes(backward, "need_dx"), wanted))
        trained[node.name] = wanted or bool(node.params)
    _check_all_used(nodes, params)
    return tuple(steps)


def input_width(nodes: Sequence[Node], params: Mapping[str, Array]) -> int | None:
    """The number of features of a row, also behind noise on the input; None where nothing fixes it.

    It is what the first matrix takes, or the pixels of the image that rows are reshaped to.
    """
    shaped_like_x = {"x"}
    for node in nodes:
        if shaped_like_x.issuperset(node.inputs):
            if node.layer.kind in ("linear", "sandwich") and params[node.params[0]].ndim == 2:
                return int(params[node.params[0]].shape[0])
            if (sides := image_of(node)) is not None:
                return math.prod(sides)
            if node.layer.structure == "elementwise":
                shaped_like_x.add(node.name)
    return None


def image_of(node: Node) -> tuple[int, ...] | None:
    """The image (C, H, W) that a node makes of each row; None for other nodes."""
    sides = tuple(node.settings.get("shape", ())) if node.layer.kind == "reshape" else ()
    return sides if sides and min(sides) > 0 else None


def explain_rows(X: Array, width: int, nodes: Sequence[Node]) -> str:
    """What is wrong with rows of another width."""
    seen = f"{X.size // len(X)} features" if X.ndim > 1 else f"shape {X.shape}"
    sides = next(filter(None, map(image_of, nodes)), None)
    one_row = X.shape == (width,) or (sides is not None and X.size == width and X.shape in (sides, sides[1:]))
    hint = " One row alone is X[None]." if one_row else ""
    images = f" (images of {' x '.join(map(str, sides))})" if sides else ""
    return f"X has {seen}, but the model was built for input_dim={width}{images}.{hint}"


def takes_indices(nodes: Sequence[Node]) -> bool:
    """Whether the inputs of the graph are indices into a table, which stay integers."""
    return any(name == "x" and name not in node.differentiated for node in nodes for name in node.inputs)


def row_statistics(nodes: Sequence[Node]) -> tuple[str, ...]:
    """The nodes that normalise by statistics of the rows of a batch alone, of which one row has none."""
    return tuple(node.name for node in nodes if node.layer.stats and not node.layer.pixels)


def _check(node: Node, values: Mapping[str, Any], params: Mapping[str, Array]) -> None:
    if node.name in values:
        raise ValueError(f"two nodes are named {node.name!r} ('x' is the input): names must differ")
    for what, names, known in (("value", node.inputs, values), ("parameter", node.params, params)):
        for name in names:
            if name not in known:
                hint = did_you_mean(name, known)
                raise ValueError(f"node {node.name!r} uses the {what} {name!r}.{hint} Known here: {', '.join(known)}.")
    given, args = len(node.inputs) + len(node.params), node.layer.args
    if given != len(args):
        raise ValueError(f"node {node.name!r}: {node.layer.name} takes {', '.join(args)}; got {given} of {len(args)}")


def _check_all_used(nodes: Sequence[Node], params: Mapping[str, Array]) -> None:
    values = {name for node in nodes for name in node.inputs} | {nodes[-1].name}
    for node in nodes:
        if node.name not in values:
            raise ValueError(f"node {node.name!r} is not used by a later one; only the last node gives the scores")
    for name in params:
        if not any(name in node.params for node in nodes):
            raise ValueError(f"parameter {name!r} is not used by any node")
