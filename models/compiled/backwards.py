"""Writes the backward pass of a compiled step, group by group from the last; gradients are summed where values meet."""

from collections.abc import Collection, Mapping

from layers.scalars import Elementwise

from ..node import Node
from .forwards import call
from .groups import PRODUCTS, Group
from .text import Text


class Backward:
    """Writes groups; `wanted` are the values whose gradient is needed, `more` the factor on what is summed so far.

    seen: whether the size of what goes into products is looked at.
    """

    def __init__(self, text: Text, width: Mapping[str, str], wanted: Collection[str], more: str, seen: bool):
        self.text, self.width, self.wanted, self.more, self.seen = text, width, wanted, more, seen
        self._written: set[str] = set()  # values whose gradient holds something already
        self._summed: set[str] = set()  # weights whose gradient does, in this pass: a value may have the name of one

    def write(self, group: Group) -> None:
        """From the gradient of the group's value to those of its parameters and inputs."""
        text, head = self.text, group.head
        if group.last not in self.wanted:
            return
        text(f"# back through {group.name}")
        d = text.gradient(group.last)
        if head is not None and head.layer.name == "batch_norm":
            self._batch_norm(head, d)
            return
        product = head is not None and head.layer.name in PRODUCTS
        if group.chain or (head is not None and head.layer.name in ("affine", "add")):
            with text.each("size", self.width[group.last]):
                text(f"d = {d}[n, j]")
                for before, node in reversed(list(zip((head, *group.chain), group.chain, strict=False))):
                    self._element(node, before, group)
                if not product:
                    self._pass_on(group.inputs)
                elif group.chain:
                    text(f"{d}[n, j] = d")
                    if self.seen:
                        text("small &= abs(d) <= SMALL")
                if head is not None and head.layer.name == "affine":
                    text(f"{text.parameter_gradient(head.params[1])}[j] += d")
        if product and head is not None:
            self._product(head, d)

    def _element(self, node: Node, before: Node | None, group: Group) -> None:
        text = self.text
        if node.layer.name == "dropout":
            text(f"d = d * {text.value(f'mask of {node.name}')}[n, j]")
        elif isinstance(node.layer.scalar, Elementwise):
            source = before.name if before is not None else group.inputs[0]
            known = {"x": f"{text.value(source)}[n, j]", "y": f"{text.value(node.name)}[n, j]"}
            text(f"d = d * {call(text, node, 'slope', known)}")

    def _pass_on(self, inputs: tuple[str, ...]) -> None:
        for name in inputs:
            if name in self.wanted:
                self.text(f"{self._gradient(name)}[n, j] {'+=' if name in self._written else '='} d")
                self._written.add(name)

    def _product(self, head: Node, d: str) -> None:
        text, source, weights = self.text, head.inputs[0], head.params[0]
        into, add = text.parameter_gradient(weights), "T(1)" if weights in self._summed else self.more
        self._summed.add(weights)
        text(f"multiply_transposed_by(blas, {text.value(source)}[:size], {d}[:size], {into}, {add})")
        if source in self.wanted:
            add = "T(1)" if source in self._written else "T(0)"
            into = self._gradient(source)
            self._written.add(source)
            text(f"multiply_by_transposed(blas, {d}[:size], {text.parameter(weights)}, {into}[:size], {add})")

    def _batch_norm(self, node: Node, d: str) -> None:
        text, gamma = self.text, self.text.parameter(node.params[0])
        sums, width = text.name("", f"sums of {node.name}"), self.width[node.name]
        text.scratch[sums] = f"(2, {width})"
        xhat, stats = text.value(f"xhat of {node.name}"), text.name("", f"stats of {node.name}")
        d_gamma, d_beta = map(text.parameter_gradient, node.params)
        text(f"normalise_backward({d}[:size], {gamma}, {xhat}[:size], {stats}, {sums}, {d_gamma}, {d_beta})")
        if node.inputs[0] in self.wanted:
            with text.each("size", width):
                text(f"d = {d}[n, j]")
                self._pass_on(node.inputs)

    def _gradient(self, name: str) -> str:
        """The array of a value's gradient, which is made at the start of the step."""
        identifier = self.text.gradient(name)
        self.text.arrays[identifier] = self.width[name]
        return identifier
