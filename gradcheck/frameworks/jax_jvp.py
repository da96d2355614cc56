"""A `jax.custom_jvp` as a subject: its rule is a linear map of the tangents, and the gradient that of its transpose.

The rule is applied to every unit tangent, so that nothing has to be traced or transposed: a rule that JAX could not
even transpose is judged as well.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from base.arrays import Array

from ..subject.border import call
from ..subject.subject import Values
from .jax_function import JaxSubject
from .jax_tree import FLOAT0, Arguments, is_array, outputs_of, to_numpy

Function = Callable[..., Any]
AT_ONCE = 2_000_000  # numbers in the tangents of one call
STEP = 1e-5


class JvpSubject(JaxSubject):
    """A custom_jvp: `out, out_dot = jvp(primals, tangents)`, or one rule for each argument."""

    makes_gradients = "_jvp"

    def __init__(self, function: Any, arguments: Arguments, wrt: Sequence[str] | None):
        self._jvp = function.jvp
        self._rules = _rules(function.jvp)
        self._suspect: int | None = None
        roots = (function.fun, *(self._rules or [function.jvp]))
        super().__init__(function, function.fun, arguments, wrt, roots)

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """The outputs of the function."""
        with jax.enable_x64(True):
            return self.outputs(call(self.plain, *self.arguments.build(list(values.values())))), None

    def rule(self, arguments: list[Any], tangents: list[Any]) -> tuple[Any, Any]:
        """(out, tangent of out) by the user's rule."""
        fixed, primals = self.split(arguments)
        if self._rules is None:
            result = call(self._jvp, *fixed, tuple(primals), tuple(tangents))
            if not isinstance(result, (tuple, list)) or len(result) != 2:
                raise TypeError(f"the rule returns {type(result).__name__}; expected (out, tangent of out)")
            return result[0], result[1]
        out = call(self.plain, *primals)
        parts = [call(r, t, out, *primals) for r, t in zip(self._rules, tangents, strict=True) if r is not None]
        if not parts:
            return out, jax.tree_util.tree_map(jnp.zeros_like, out)
        return out, jax.tree_util.tree_map(lambda *terms: sum(terms[1:], terms[0]), *parts)

    def tangents(self, leaves: Sequence[Any], directions: dict[str, Any]) -> list[Any]:
        """Tangents of the arguments with a derivative: the given ones, zeros elsewhere, float0 for whole numbers."""
        made: dict[int, list[Any]] = {k: [] for k in range(len(self.arguments.names))}
        for name, owner, leaf in zip(self.arguments.leaf_names, self.arguments.owner, leaves, strict=True):
            if is_array(leaf) and leaf.dtype.kind == "f":
                made[owner].append(directions[name] if name in directions else jnp.zeros(leaf.shape, leaf.dtype))
            elif isinstance(leaf, float):
                made[owner].append(jnp.zeros(()))
            else:
                made[owner].append(np.zeros(np.shape(leaf), FLOAT0))
        return [jax.tree_util.tree_unflatten(self.arguments.trees[k], made[k]) for k in self.differentiable()]

    def push(self, values: Values, directions: dict[str, Any]) -> list[Array]:
        """The tangents of the outputs in one direction."""
        with jax.enable_x64(True):
            given = {n: jnp.asarray(d) for n, d in directions.items()}
            return [np.asarray(to_numpy(t)) for t in self._moved(list(values.values()), given)]

    def _moved(self, leaves: list[Any], directions: dict[str, Any]) -> list[Any]:
        out, moved = self.rule(self.arguments.build(leaves), self.tangents(leaves, directions))
        used = outputs_of(out)[1]
        return [t for t, is_used in zip(jax.tree_util.tree_leaves(moved), used, strict=True) if is_used]

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """name -> the gradient that the rule amounts to."""
        return {name: self._pulled(values, name, douts) for name in self.targets(values)}

    def _pulled(self, values: Values, name: str, douts: list[Array]) -> Array:
        x = values[name]
        rows = max(1, AT_ONCE // max(1, x.size))
        parts = []
        for start in range(0, x.size, rows):
            units = np.eye(min(rows, x.size - start), x.size, start).reshape(-1, *x.shape).astype(x.dtype)
            parts.append(self._along(values, name, units, douts))
        return np.concatenate(parts).reshape(x.shape)

    def _along(self, values: Values, name: str, units: Array, douts: list[Array]) -> Array:
        leaves = list(values.values())

        def one(unit: Any) -> Any:
            return self._moved(leaves, {name: unit})

        with jax.enable_x64(True):
            try:
                moved = [np.asarray(m) for m in jax.vmap(one)(jnp.asarray(units))]
            except Exception:  # a rule that looks at values: direction by direction
                every = [one(jnp.asarray(u)) for u in units]
                moved = [np.stack([np.asarray(e[k]) for e in every]) for k in range(len(douts))]
        pairs = zip(moved, douts, strict=True)
        return sum((m.reshape(len(units), -1) @ d.ravel() for m, d in pairs), np.zeros(len(units), moved[0].dtype))

    def gradients(self, raw: Any, values: Values) -> dict[str, Any]:
        """They come by name."""
        return dict(raw)

    def swap(self, function: Function | None) -> Any:
        """Exchange the rule, or that one of several in which the fault lies."""
        if self._rules is None:
            return super().swap(function)
        k = self._suspected()
        old = self._rules[k]
        self._rules[k] = old if function is None else function
        return old

    @property
    def swapped(self) -> bool:  # type: ignore[override]
        """Whether another rule stands in the place of one of the custom_jvp's."""
        return self._jvp is not self.function.jvp or self._rules != _rules(self.function.jvp)

    def suspect(self, values: Values) -> None:
        """Find the argument whose rule disagrees with a difference along a random direction, if rules are apart."""
        if self._rules is None or self._suspect is not None:
            return
        rng = np.random.default_rng(0)
        for k in self.differentiable():
            names = [n for n in self.arguments.leaf_names_of(k) if n in self.targets(values)]
            u = {n: rng.standard_normal(values[n].shape) for n in names}
            ahead, back = ({**values, **{n: values[n] + s * STEP * u[n] for n in names}} for s in (1, -1))
            slope = (self.evaluate(ahead) - self.evaluate(back)) / (2 * STEP)
            mine = np.concatenate([t.ravel() for t in self.push(values, u)]) if names else slope
            if self._rules[k] is not None and not np.allclose(mine, slope, rtol=1e-4, atol=1e-6):
                self._suspect = k
                return

    def _suspected(self) -> int:
        rules = self._rules or []
        return next(k for k, r in enumerate(rules) if r is not None) if self._suspect is None else self._suspect


def _rules(jvp: Any) -> list[Any] | None:
    """The rules that `defjvps` was given, None where there is one rule for all."""
    if getattr(jvp, "__qualname__", "").startswith("custom_jvp.defjvps"):
        return list(inspect.getclosurevars(jvp).nonlocals.get("jvps", ())) or None
    return None
