"""Groups the nodes of a graph into the loops of a compiled step: a product, a sum or a normalisation, and what follows.

Element-wise layers behind it are computed in the same loop, as long as nobody else reads the values between.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from layers.registry import Layer, get, registered
from layers.scalars import Elementwise

from ..node import Node

PRODUCTS = ("affine", "linear")
HEADS = (*PRODUCTS, "add", "batch_norm")
NOISE = ("dropout", "gaussian_noise")


class Group(NamedTuple):
    """`head` (None: the chain starts from a value) and the element-wise nodes behind it; `last` names its value."""

    head: Node | None
    chain: tuple[Node, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The values that it reads."""
        return (self.head or self.chain[0]).inputs

    @property
    def last(self) -> str:
        """The value that it makes."""
        return (self.chain[-1] if self.chain else self.head).name  # type: ignore[union-attr]

    @property
    def name(self) -> str:
        """Its nodes, for a comment."""
        return ", ".join(node.name for node in (*([self.head] if self.head else []), *self.chain))


def has_form(layer: Layer) -> bool:
    """Whether the compiled step knows a layer: one of ours, or an activation with its mathematics for one number."""
    if layer.name in (*HEADS, *NOISE, "affine_relu"):  # written by name: another's layer of that name is not ours
        return registered().get(layer.name) is layer
    return isinstance(layer.scalar, Elementwise)


def group(nodes: Sequence[Node]) -> list[Group]:
    """The nodes in order as groups."""
    nodes = _without_sandwiches(nodes)
    readers = Counter(name for node in nodes for name in node.inputs)
    groups: list[Group] = []
    for node in nodes:
        if node.layer.name in HEADS:
            groups.append(Group(node, ()))
            continue
        before = groups[-1] if groups else None
        if before and _joins(node, before, readers):
            groups[-1] = Group(before.head, (*before.chain, node))
        else:
            groups.append(Group(None, (node,)))
    return groups


def seen_factors(groups: Sequence[Group]) -> set[str] | None:
    """The values that products take, where each passes through a loop that looks at its size; None where one does not.

    The gradients that products take do so in any case: in the loop of the loss, or in that behind an activation.
    """
    looped = {one.last for one in groups if one.chain or (one.head and one.head.layer.name in ("affine", "add"))}
    products = [one for one in groups if one.head and one.head.layer.name in PRODUCTS]
    factors = {one.inputs[0] for one in products}
    unseen = [one for one in products[:-1] if not one.chain]
    return None if unseen or groups[-1] not in products or not factors <= looped | {"x"} else factors


def _joins(node: Node, before: Group, readers: Mapping[str, int]) -> bool:
    """Whether an element-wise node may share the loop before it; of two that draw noise, not both: they take turns."""
    normalised = before.head is not None and before.head.layer.name == "batch_norm"
    if before.last != node.inputs[0] or readers[before.last] > 1 or normalised:
        return False
    return not (node.layer.noisy and any(one.layer.noisy for one in before.chain))


def _without_sandwiches(nodes: Sequence[Node]) -> list[Node]:
    """affine_relu as its two layers."""
    result: list[Node] = []
    for node in nodes:
        if node.layer.name == "affine_relu":
            inner = f"{node.name} before relu"
            result += [Node(inner, get("affine"), node.inputs, node.params), Node(node.name, get("relu"), (inner,))]
        else:
            result.append(node)
    return result
