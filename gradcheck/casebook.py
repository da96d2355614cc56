"""A file of planted bugs for `layergraph gradcheck --self-test FILE.py`: collects CASES with decorators.

A case is a dict: name, kind ('layer', 'loss' or 'net'), forward, backward (layers), inputs(rng, n), expected: a code,
or None for a correct backward that must pass.
"""

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


class Casebook:
    """`CASES = book.cases` after decorating the wrong (or awkward) functions with `book.layer(...)` and the like."""

    def __init__(self) -> None:
        self.cases: list[dict[str, Any]] = []

    def layer(self, expected: str | None, forward: Function, inputs: Function) -> Callable[[Function], Function]:
        """The decorated function is the backward of `forward`."""
        return lambda f: self._add("layer", expected, inputs, forward, f, f.__name__)

    def loss(self, expected: str | None, inputs: Function) -> Callable[[Function], Function]:
        """The decorated function is a loss."""
        return lambda f: self._add("loss", expected, inputs, f, None, f.__name__)

    def net(self, expected: str | None, inputs: Function) -> Callable[[Function], Function]:
        """The decorated function is a whole net; inputs draw (params, X, y) or (params, X, y, reg)."""
        return lambda f: self._add("net", expected, inputs, f, None, f.__name__)

    def _add(
        self, kind: str, expected: str | None, inputs: Function, forward: Function, backward: Any, name: str
    ) -> Any:
        self.cases.append(
            {
                "name": name,
                "kind": kind,
                "forward": forward,
                "backward": backward,
                "inputs": inputs,
                "expected": expected,
            }
        )
        return backward or forward
