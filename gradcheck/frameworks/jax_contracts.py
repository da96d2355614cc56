"""What JAX demands of custom derivatives beyond right numbers.

The forward that saves residuals returns what the function returns; there is a gradient for every argument, in its
structure; a rule for tangents is linear in them; and JAX, when it differentiates the function itself, eagerly and
compiled, comes to the same.
"""

from typing import Any

import jax
import numpy as np

from base.arrays import Array

from ..contracts.contracts import Contract
from ..contracts.read_only_replay import where_raised
from ..subject.subject import Values
from .jax_function import JaxSubject, VjpSubject
from .jax_jvp import JvpSubject
from .jax_tree import cotangents, outputs_of, to_numpy
from .same import close, comparable


class JaxVjp(VjpSubject):
    """A custom_vjp together with what JAX demands of it."""

    def own_contracts(self, c: Contract, values: Values, douts: list[Array]) -> None:
        """The value of fwd, the structure of what bwd returns, and JAX's own answer."""
        _same_value(self, c, values, np.concatenate([o.ravel() for o in c.outs]), "fwd")
        _structure(self, c)
        _through_jax(self, c, values, douts)


class JaxJvp(JvpSubject):
    """A custom_jvp together with what JAX demands of it."""

    def own_contracts(self, c: Contract, values: Values, douts: list[Array]) -> None:
        """The value that the rule returns, its linearity, and JAX's own answer."""
        self.suspect(values)
        with jax.enable_x64(True):
            leaves = list(values.values())
            out, _ = self.rule(self.arguments.build(leaves), self.tangents(leaves, {}))
            outs = self.outputs(out)
        _same_value(self, c, values, np.concatenate([o.ravel() for o in outs]), "the rule")
        _linear(self, c, values)
        _through_jax(self, c, values, douts)


def _same_value(subject: JaxSubject, c: Contract, values: Values, out: Array, who: str) -> None:
    mine = subject.evaluate(values)
    if out.shape != mine.shape:
        c.error("FORWARD_DIFFERS", "forward", f"{who} returns {out.size} numbers, the function itself {mine.size}")
    elif not close(np.asarray(out, np.float64), mine):
        k = int(np.argmax(np.abs(out - mine)))
        told = f"{who} returns another value than the function itself: {out[k]:.6g} in place of {mine[k]:.6g}"
        c.error("FORWARD_DIFFERS", "forward", f"{told} at element {k}. Its gradient is that of something else")


def _structure(subject: JaxVjp, c: Contract) -> None:
    names = [subject.arguments.names[k] for k in subject.differentiable()]
    raw = subject.last
    count = len(raw) if isinstance(raw, (tuple, list)) else 1
    if not isinstance(raw, (tuple, list)) and len(names) == 1:
        told = f"bwd returns {type(raw).__name__.removesuffix('Impl')} for {names[0]}: JAX takes a tuple"
        c.error("RAISES", "backward", f"{told}, also of one gradient: return (gradient,)")
    elif count != len(names):
        told = f"bwd returns {count} gradient{'s' * (count != 1)} for {len(names)} arguments ({', '.join(names)})"
        where = names[count] if count < len(names) else "backward"
        c.error("MISSING_GRAD" if count < len(names) else "RAISES", where, f"{told}: JAX refuses it; None is a zero")


def _linear(subject: JaxJvp, c: Contract, values: Values) -> None:
    """rule(a s + t) = a rule(s) + rule(t), for all arguments together."""
    rng = np.random.default_rng(0)
    names = subject.targets(values)
    s, t = ({n: rng.standard_normal(values[n].shape).astype(values[n].dtype) for n in names} for _ in range(2))
    one, two, both = (
        np.concatenate([m.ravel() for m in subject.push(values, d)])
        for d in (s, t, {n: (-3 * s[n] + t[n]).astype(values[n].dtype) for n in names})
    )
    if not close(both, -3 * one + two):
        zero = np.concatenate([m.ravel() for m in subject.push(values, {n: np.zeros_like(s[n]) for n in names})])
        code = "NONLINEAR_DOUT" if not np.any(zero) or not close(one, two) else "IGNORES_DOUT"
        c.error(code, "tangents", "the rule is not linear in the tangents: JAX cannot transpose it to a gradient")


def _through_jax(subject: JaxSubject, c: Contract, values: Values, douts: list[Array]) -> None:
    """JAX's own reverse mode, eagerly and compiled; not for an edited rule, nor where something is wrong already."""
    if subject.swapped or not comparable(c, values):
        return
    try:
        eager = _reverse(subject, values, douts, False)
    except Exception as error:
        told = f"JAX refuses it: {type(error).__name__}: {_first(error)}"
        c.error("RAISES", "backward", told, where_raised(error))
        return
    _, grads = subject.run(values, douts)
    for name, g in eager.items():
        mine = grads.get(name)
        if isinstance(mine, np.ndarray) and not close(g, mine):
            told = f"differentiated by JAX, the gradient of {name} is another one than what the rule returns"
            c.error("NOT_REENTRANT", name, f"{told}: what does it depend on?")
    try:
        _reverse(subject, values, douts, True)
    except Exception as error:
        told = f"under jax.jit it raises {type(error).__name__}: {_first(error)}"
        c.note("RAISES", "backward", told, where_raised(error))


def _reverse(subject: JaxSubject, values: Values, douts: list[Array], compiled: bool) -> dict[str, Any]:
    names = subject.targets(values)
    with jax.enable_x64(True):

        def pull(wanted: dict[str, Any], handed: list[Any]) -> Any:
            def run(some: dict[str, Any]) -> Any:
                return subject.function(*subject.arguments.build([some.get(n, v) for n, v in values.items()]))

            out, back = jax.vjp(run, wanted)
            leaves, used, structure = outputs_of(out)
            return back(cotangents(leaves, used, structure, handed))[0]

        wanted = {n: jax.numpy.asarray(values[n]) for n in names}
        found = (jax.jit(pull) if compiled else pull)(wanted, [jax.numpy.asarray(d) for d in douts])
        return {n: to_numpy(g) for n, g in found.items()}


def _first(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) < 200 else text[:197] + "..."
