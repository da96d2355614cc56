"""A file of planted bugs for `layergraph gradcheck --self-test FILE.py`: collects CASES with decorators.

A case is a dict: name, kind ('layer', 'loss', 'net', 'torch' or 'jax'), forward, backward (layers), inputs(rng, n),
expected: a code, or None for a correct backward that must pass. Of a case for torch or jax `forward` is all there is:
the autograd Function, the custom_vjp or the custom_jvp.
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
        return lambda f: self._add("layer", expected, inputs, forward, f)

    def loss(self, expected: str | None, inputs: Function) -> Callable[[Function], Function]:
        """The decorated function is a loss."""
        return lambda f: self._add("loss", expected, inputs, f)

    def net(self, expected: str | None, inputs: Function) -> Callable[[Function], Function]:
        """The decorated function is a whole net; inputs draw (params, X, y) or (params, X, y, reg)."""
        return lambda f: self._add("net", expected, inputs, f)

    def torch(self, expected: str | None, base: type, inputs: Function) -> Callable[[Function], Function]:
        """The decorated function is the backward of a Function that inherits all else from `base`."""

        def add(f: Function) -> Function:
            made = type(f.__name__, (base,), {"backward": staticmethod(f), "__module__": f.__module__})
            return self._add("torch", expected, inputs, made, f)

        return add

    def torch_function(self, expected: str | None, function: type, inputs: Function) -> None:
        """A Function that is whole as it is."""
        self._add("torch", expected, inputs, function)

    def jax(self, expected: str | None, function: Function, fwd: Function, inputs: Function, **settings: Any) -> Any:
        """The decorated function is the bwd of a custom_vjp of `function` with `fwd`."""
        import jax

        return self._ruled(expected, inputs, jax.custom_vjp(function, **settings), lambda made, f: made.defvjp(fwd, f))

    def jax_rule(self, expected: str | None, function: Function, inputs: Function, **settings: Any) -> Any:
        """The decorated function is the rule of a custom_jvp of `function`."""
        import jax

        return self._ruled(expected, inputs, jax.custom_jvp(function, **settings), lambda made, f: made.defjvp(f))

    def _ruled(self, expected: str | None, inputs: Function, made: Any, give: Callable[[Any, Function], Any]) -> Any:
        """Adds a function of JAX once the decorated rule has been given to it."""

        def add(f: Function) -> Function:
            give(made, f)
            return self._add("jax", expected, inputs, made, f)

        return add

    def _add(self, kind: str, expected: str | None, inputs: Function, forward: Any, backward: Any = None) -> Function:
        decorated: Function = backward or forward
        case = {"name": decorated.__name__, "kind": kind, "forward": forward, "backward": backward}
        self.cases.append({**case, "inputs": inputs, "expected": expected})
        return decorated
