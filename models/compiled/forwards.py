"""Writes the forward pass of a compiled step, group by group."""

from collections.abc import Collection, Mapping
from inspect import signature
from itertools import pairwise

from layers.scalars import Elementwise

from ..node import Node
from .groups import PRODUCTS, Group
from .scalars import arguments, definition
from .text import Text


class Forward:
    """Writes groups; `width` gives the expression of each value's row length, `factors` are those of later products."""

    def __init__(self, text: Text, width: Mapping[str, str], factors: Collection[str]):
        self.text, self.width, self.factors = text, width, factors

    def write(self, group: Group) -> None:
        """The loop of one group."""
        text, head = self.text, group.head
        text(f"# {group.name}")
        if head is not None and head.layer.name == "batch_norm":
            self._batch_norm(head)
            return
        out = self._array(group.last)
        biased = head is not None and head.layer.name == "affine"
        if head is not None and head.layer.name in PRODUCTS:
            source, weights = text.value(head.inputs[0]), text.parameter(head.params[0])
            text(f"multiply(blas, {source}[:size], {weights}, {out}[:size], T(0))")
            if not (biased or group.chain):
                return
        with text.block("for n in range(size):"):
            for node in group.chain:
                self._draws(node)
            with text.block(f"for j in range({self.width[group.last]}):"):
                self._elements(group, out)

    def _elements(self, group: Group, out: str) -> None:
        """What is done with one number of the group's value."""
        text, head = self.text, group.head
        text(f"v = {self._start(group, out)}")
        for node, after in pairwise((head, *group.chain, None)):
            if node is not None and node is not head:
                self._element(node)
            if node is not None and node.name != group.last and (_uses(node, "y") or _uses(after, "x")):
                text(f"{self._array(node.name)}[n, j] = v")  # the way back needs it
        text(f"{out}[n, j] = v")
        if group.last in self.factors:
            text("small &= abs(v) <= SMALL")

    def _start(self, group: Group, out: str) -> str:
        """The number from which a chain starts."""
        text, head = self.text, group.head
        if head is None:
            return f"{text.value(group.chain[0].inputs[0])}[n, j]"
        if head.layer.name == "add":
            first, second = map(text.value, head.inputs)
            return f"{first}[n, j] + {second}[n, j]"
        return f"{out}[n, j] + {text.parameter(head.params[1])}[j]" if head.layer.name == "affine" else f"{out}[n, j]"

    def _draws(self, node: Node) -> None:
        """The row of random numbers of a dropout. A loop that draws is not vectorised, so this one does no more."""
        if node.layer.name == "dropout":
            with self.text.block(f"for j in range({self.width[node.name]}):"):
                self.text(f"{self._array(f'mask of {node.name}')}[n, j] = draw_uniform(noise)")

    def _element(self, node: Node) -> None:
        """One element-wise layer on the number v."""
        text = self.text
        if node.layer.name == "dropout":
            keep, mask = constant(text, node, "keep"), self._array(f"mask of {node.name}")
            text(f"{mask}[n, j] = T(1) / T({keep}) if {mask}[n, j] < T({keep}) else T(0)")
            text(f"v = v * {mask}[n, j]")
        elif node.layer.name == "gaussian_noise":
            text(f"v = v + T({constant(text, node, 'std')}) * draw_normal(noise)")
        else:
            text(f"v = {call(text, node, 'value', {'x': 'v'})}")

    def _batch_norm(self, node: Node) -> None:
        text, (gamma, beta) = self.text, map(self.text.parameter, node.params)
        out, xhat, width = self._array(node.name), self._array(f"xhat of {node.name}"), self.width[node.name]
        stats = text.name("", f"stats of {node.name}")
        text.scratch[stats] = f"(3, {width})"
        eps, source = constant(text, node, "eps"), text.value(node.inputs[0])
        text(f"normalise({source}[:size], {gamma}, {beta}, {eps}, {xhat}[:size], {stats}, {out}[:size])")

    def _array(self, name: str) -> str:
        """The array of a value, which is made at the start of the step; those of one node are as wide as it is."""
        identifier = self.text.value(name)
        self.text.arrays[identifier] = self.width[name.removeprefix("mask of ").removeprefix("xhat of ")]
        return identifier


def constant(text: Text, node: Node, setting: str) -> str:
    """The name of a setting of a node, which may leave it to its layer."""
    default = signature(node.layer.forward).parameters[setting].default
    return text.constant(f"{setting} of {node.name}", lambda: float(node.settings.get(setting, default)))


def call(text: Text, node: Node, what: str, known: Mapping[str, str]) -> str:
    """A call of the definition `value` or `slope` of an activation, and its text among the definitions."""
    scalar = node.layer.scalar
    if not isinstance(scalar, Elementwise):  # `has_form` has seen to it
        raise TypeError(f"{node.layer.name} is no element-wise layer")
    function = getattr(scalar, what)
    settings = [name for name in arguments(function) if name not in ("x", "y")]
    name = text.define(f"{node.layer.name}_{what}", lambda name: definition(function, name, settings))
    given = [known[a] if a in known else constant(text, node, a) for a in arguments(function)]
    return f"{name}({', '.join(given)})"


def _uses(node: Node | None, which: str) -> bool:
    scalar = node.layer.scalar if node is not None else None
    return isinstance(scalar, Elementwise) and which in arguments(scalar.slope)
