"""What autograd demands of a Function beyond right numbers, and what it forgives that NumPy code is blamed for.

Demanded: one gradient for each argument of forward, None for what is no tensor; the same gradient whichever arguments
need one; None handled where `set_materialize_grads(False)` asks for it; and that autograd, when it runs the Function
itself, comes to the same. Forgiven: gradients that are dout or share memory with one another, shapes that broadcast.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from base.arrays import Array

from ..contracts.contracts import Contract
from ..contracts.read_only_replay import where_raised
from ..findings import Finding
from ..subject.arrays import is_float
from ..subject.subject import Values
from .same import close, comparable
from .torch_arrays import to_array
from .torch_context import MARKS
from .torch_function import FunctionSubject

MOST = 8  # arguments for which every choice of needs is tried


class AutogradSubject(FunctionSubject):
    """A Function together with what autograd demands of it."""

    def own_contracts(self, c: Contract, values: Values, douts: list[Array]) -> None:
        """Add what autograd demands to the findings, and soften what it forgives."""
        c.findings = [s for f in c.findings if (s := _in_torch(f)) is not None]
        raw = self.last if isinstance(self.last, tuple) else (self.last,)
        _positions(c, values, raw)
        _, grads = self.run(values, douts)  # again: a forward that draws has another mask by now
        _needs(self, c, values, douts, grads)
        _undefined(self, c, values, douts)
        if not self.swapped and comparable(c, values):
            _through_autograd(self, c, values, douts, grads)


def _in_torch(f: Finding) -> Finding | None:
    """The finding as it stands in PyTorch: None where it is common practice there."""
    if f.code == "ALIASED":
        if f.evidence.get("between_gradients"):
            return None
        told = f.message.replace("dout", "grad_output").replace("; return a copy", "; autograd copies it where it must")
        return replace(f, severity="note", message=told)
    if f.code == "MUTATES_DOUT":
        told = "backward changes grad_output in place, which others may hold as well: clone it first"
        return replace(f, message=told + ", dx = grad_output.clone()")
    if f.code == "MUTATES_INPUT":
        return replace(f, message=f"{f.message}; where that is meant, ctx.mark_dirty({f.where}) tells autograd")
    if f.code == "MUTATES_CACHE":
        return replace(
            f, message="backward changes a saved tensor in place: with retain_graph a second call goes wrong"
        )
    if f.code == "DTYPE" and f.evidence.get("got") == "float64":
        return replace(f, severity="note", message=f"{f.message}: autograd rounds it")
    return f


def _positions(c: Contract, values: Values, raw: Sequence[Any]) -> None:
    names = list(values)
    counted = f"backward returns {_count(len(raw))} for {len(names)} arguments of forward ({', '.join(names)})"
    for name in names[len(raw) :]:
        if not is_float(values[name]):  # a float without its gradient is told as one that is missing
            c.error("MISSING_GRAD", name, f"{counted}: return None for {name}, which has no gradient")
    if any(extra is not None for extra in raw[len(names) :]):
        c.error("RAISES", "backward", f"{counted}: autograd refuses it; return one for each, in their order")
    for name, item in zip(names, raw, strict=False):
        if item is None:
            continue
        if not isinstance(item, torch.Tensor):
            told = f"backward returns a {type(item).__name__} for {name}: autograd takes a tensor or None"
            c.error("RAISES", name, told)
        elif not isinstance(values[name], np.ndarray):
            told = f"backward returns a gradient for {name}, which is no tensor ({type(values[name]).__name__})"
            c.error("RAISES", name, f"{told}: autograd refuses it; return None in its place")
        elif is_float(values[name]) and item.shape != values[name].shape and _summed(item, c.grads.get(name)):
            code = "KEEPDIMS" if item.numel() == values[name].size else "NOT_SUMMED"
            told = f"the gradient of {name} has shape {tuple(item.shape)}, the argument {values[name].shape}"
            c.note(code, name, f"{told}: autograd sums it down, so it counts as that")


def _count(n: int) -> str:
    return "1 gradient" if n == 1 else f"{n} gradients"


def _summed(item: Any, gradient: Any) -> bool:
    return isinstance(gradient, np.ndarray) and tuple(item.shape) != gradient.shape


def _needs(subject: FunctionSubject, c: Contract, values: Values, douts: list[Array], grads: dict[str, Any]) -> None:
    """Every argument alone, and all but one: each gradient that is needed has to be what it is with all of them."""
    names = list(values)
    for needs in _choices([is_float(v) for v in values.values()]):
        wanted = [n for n, need in zip(names, needs, strict=True) if need and isinstance(grads.get(n), np.ndarray)]
        only = f"when {_listed(n for n, need in zip(names, needs, strict=True) if need)} alone need gradients"
        if " and " not in only:
            only = only.replace("need gradients", "needs a gradient")
        told = f"{only} (needs_input_grad is {needs})"
        try:
            subject.needs = needs
            _, found = subject.run(values, douts)
        except Exception as error:
            c.error("RAISES", "backward", f"{told}, it raises {type(error).__name__}: {error}", where_raised(error))
            return
        finally:
            subject.needs = None
        for name in wanted:
            if not isinstance(found.get(name), np.ndarray):
                looked = "is the right entry of needs_input_grad looked at?"
                c.error("MISSING_GRAD", name, f"no gradient is returned for {name} {told}: {looked}", needs=list(needs))
                return
            if not close(found[name], grads[name]):
                told = f"the gradient of {name} is another one {told}"
                c.error("NOT_REENTRANT", name, told, needs=list(needs))
                return


def _choices(floats: list[bool]) -> Iterator[tuple[bool, ...]]:
    count = sum(floats)
    if not 1 < count <= MOST:
        return
    for k, need in enumerate(floats):
        if need:
            yield tuple(j == k for j in range(len(floats)))
    if count > 2:
        for k, need in enumerate(floats):
            if need:
                yield tuple(f and j != k for j, f in enumerate(floats))


def _listed(names: Iterator[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _undefined(subject: FunctionSubject, c: Contract, values: Values, douts: list[Array]) -> None:
    """Outputs without a gradient: with set_materialize_grads(False) backward gets None for them, else zeros."""
    if not isinstance(c.cache, dict) or c.cache[MARKS].materialize:
        return
    for k in range(len(douts)):
        told = f"set_materialize_grads(False) lets the gradient of output {k} be None, and then backward"
        given = [np.zeros_like(d) if j == k else d.copy() for j, d in enumerate(douts)]
        try:
            _, expected = subject.run(values, given)
            subject.undefined = (k,)
            _, found = subject.run(values, given)
        except Exception as error:
            message = f"{told} raises {type(error).__name__}: {error}"
            c.error("RAISES", "backward", message, where_raised(error), undefined=k)
            return
        finally:
            subject.undefined = ()
        for name, g in expected.items():
            if isinstance(g, np.ndarray) and not close(g, np.zeros_like(g) if found[name] is None else found[name]):
                c.error("NOT_REENTRANT", name, f"{told} returns another gradient for {name} than with zeros")
                return


def _through_autograd(
    subject: FunctionSubject, c: Contract, values: Values, douts: list[Array], expected: dict[str, Any]
) -> None:
    """The Function as autograd runs it."""
    subject.streams.rewind()
    leaves = {n: subject.tensor(v) for n, v in subject.fresh(values).items()}
    for n in values:
        if is_float(values[n]):
            leaves[n].requires_grad_()
    try:
        outs = subject.applied(list(leaves.values()))
        grads = [subject.tensor(d.copy()) for d in douts]
        wrt = [leaves[n] for n in expected]
        found = torch.autograd.grad(outs, wrt, grads, allow_unused=True)
    except Exception as error:
        c.error("RAISES", "backward", f"autograd refuses it: {type(error).__name__}: {error}", where_raised(error))
        return
    for (name, mine), g in zip(expected.items(), found, strict=True):
        if isinstance(mine, np.ndarray) and (g is None or not close(to_array(g), mine)):
            told = f"run by autograd, the gradient of {name} is {'missing' if g is None else 'another one'}"
            c.error("NOT_REENTRANT", name, f"{told} than what backward returns: what does it depend on?")
