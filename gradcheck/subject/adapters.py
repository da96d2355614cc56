"""One adapter per kind of subject: a layer (two functions), a loss (one), a net (a function of a dict), a model.

Each adapter knows the calling conventions that people use for that kind, and nothing about derivatives.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from base.arrays import Array

from .arrays import is_float
from .border import call
from .gradients import MISSING, as_array, flatten, rebuild
from .subject import Subject, Values, as_outputs, function_label, positional, required

Function = Callable[..., Any]


class LayerSubject(Subject):
    """`out, cache = forward(*args)` and `backward(dout, cache)`; also several outputs, no cache, closures."""

    makes_gradients, makes_outputs = "_backward", "_forward"

    def __init__(self, forward: Function, backward: Function | None, names: Sequence[str], wrt: Sequence[str] | None):
        super().__init__(function_label(forward), names, wrt, (forward, backward))
        self._forward, self._backward = forward, backward
        self._arity = None if backward is None else required(backward)
        self._parameters = [] if backward is None else positional(backward) or []
        self._bare = False

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """Split what the forward returned into outputs and cache."""
        return self.split(call(self._forward, *values.values()))

    def split(self, result: Any) -> tuple[list[Array], Any]:
        """(outputs, cache) of what the forward returned."""
        if not isinstance(result, (tuple, list)) or len(result) < 2:
            self._bare = True  # a forward that keeps its cache elsewhere (on self, in a closure)
            return as_outputs(result[0] if isinstance(result, (tuple, list)) and len(result) == 1 else result), None
        if len(result) == self._arity and all(map(like_gradient, self._parameters)) and all(map(is_float, result)):
            self._bare = True  # h, c = forward(...); backward(dh, dc)
            return as_outputs(tuple(result)), None
        self._bare = False
        if len(result) > 2 and self._arity == len(result):  # h, c, cache = forward(...); backward(dh, dc, cache)
            return as_outputs(tuple(result[:-1])), result[-1]
        if len(result) > 2 and self._arity == 2:  # out, *cache
            return as_outputs(result[0]), tuple(result[1:])
        return as_outputs(tuple(result[:-1]) if len(result) > 2 else result[0]), result[-1]

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """Call the backward by the convention that its number of parameters shows."""
        if self._backward is None:
            return call(cache, *douts)
        if self._bare and self._arity is not None:
            if self._arity <= len(douts) <= len(self._parameters):  # backward(dout), backward(dout=1)
                return call(self._backward, *douts)
            if (named := self._by_name(douts, values)) is not None:
                return call(self._backward, *named)
            if self._arity == len(douts) + len(values):
                return call(self._backward, *douts, *values.values())
        handed = (tuple(douts),) if len(douts) > 1 and self._arity == 2 else tuple(douts)
        if len(self._parameters) == len(handed) + 1 and self._parameters[0] == "cache":
            return call(self._backward, cache, *handed)
        return call(self._backward, *handed, cache)

    def _by_name(self, douts: list[Array], values: Values) -> list[Any] | None:
        """The arguments of backward(z, dA): the forward's by their names, upstream gradients for the others."""
        upstream, found = list(douts), []
        for name in self._parameters[: self._arity]:
            if name in values:
                found.append(values[name])
            elif upstream and like_gradient(name):
                found.append(upstream.pop(0))
            else:
                return None
        return None if upstream else found


class LossSubject(Subject):
    """`loss, dx = f(x, *rest)`; more gradients may follow, in order or as a dict. Else only x is differentiated."""

    kind = "loss"

    def __init__(self, function: Function, names: Sequence[str], wrt: Sequence[str] | None):
        super().__init__(function_label(function), names, wrt, (function,))
        self._function = function
        self._found: list[str] | None = None

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """The loss as the only output; the gradients travel as the cache."""
        result = _loss_first(call(self._function, *values.values()))
        if not isinstance(result, (tuple, list)) or len(result) < 2:
            return [np.asarray(result[0] if isinstance(result, (tuple, list)) and result else result)], ()
        return [np.asarray(result[0])], tuple(result[1:])

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """The gradients that came with the loss."""
        return cache

    def targets(self, values: Values) -> list[str]:
        """The first float argument, and those further ones for which a gradient is returned."""
        known = super().targets(values)
        return known if self.wrt is not None else [n for n in known if n in self._names(values)]

    def gradients(self, raw: Any, values: Values) -> dict[str, Any]:
        """dx first; what follows it belongs to the next float arguments if the shapes or the keys say so."""
        names = list(self.wrt) if self.wrt is not None else None
        items = raw[0] if len(raw) == 1 and isinstance(raw[0], (tuple, list, Mapping)) else raw
        if isinstance(items, Mapping) or names is not None:
            return super().gradients(items, values)
        floats = super().targets(values)
        grads = [as_array(i) if not isinstance(i, (Mapping, tuple, list)) else MISSING for i in items] or [MISSING]
        found = {floats[0]: grads[0]} if floats else {}
        for name, grad in zip(floats[1:], grads[1:], strict=False):
            if isinstance(grad, np.ndarray) and grad.dtype.kind == "f" and (grad.ndim or not values[name].ndim):
                found[name] = grad
        self._found = list(found)
        return found

    def _names(self, values: Values) -> list[str]:
        if self._found is None:
            _, cache = self.forward(self.fresh(values))
            self._found = [n for n, g in self.gradients(cache, values).items() if g is not MISSING]
        floats = super().targets(values)
        return [n for n in floats if n in self._found or n == floats[0]]


class NetSubject(Subject):
    """`loss, grads = loss_fn(params, X, y[, reg])`: the leaves of params are the arguments that are differentiated."""

    kind = "net"

    def __init__(self, function: Function, params: Any, rest: Sequence[Any], reg: float | None, takes_reg: bool):
        self.tree, self.rest, self.reg, self.takes_reg = params, tuple(rest), reg, takes_reg
        flat = flatten(params)
        self.data_names = tuple(n for n in ("#X", "#y", "#a", "#b", "#c", "#d")[: len(rest)])
        leaves = [n for n, v in flat.items() if is_float(v)]
        super().__init__(function_label(function), (*flat, *self.data_names), leaves, (function, *rest))
        self._function = function
        self.reg_now = reg

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """The loss as the only output; the gradients travel as the cache."""
        params = rebuild(self.tree, values)
        rest = [values[n] for n in self.data_names]
        result = _loss_first(self._call(params, rest))
        if not isinstance(result, (tuple, list)) or len(result) < 2:
            return [np.asarray(result)], None
        return [np.asarray(result[0])], result[1] if len(result) == 2 else _pick(result[1:])

    def _call(self, params: Any, rest: Sequence[Any]) -> Any:
        return call(self._function, params, *rest, *([self.reg_now] if self.takes_reg else []))

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """The gradients that came with the loss."""
        return cache

    def gradients(self, raw: Any, values: Values) -> dict[str, Any]:
        """The leaves of the returned structure by the names of the leaves of params."""
        assert_names = self.wrt or ()
        if isinstance(raw, (Mapping, list, tuple)):
            flat = flatten(raw)
            if set(assert_names) <= set(flat) or isinstance(self.tree, (list, tuple)):
                return {n: as_array(flat.get(n, MISSING)) for n in assert_names}
        return super().gradients(raw, {n: values[n] for n in assert_names})


class ModelSubject(NetSubject):
    """An object with `params` and `loss(X, y) -> (loss, grads)`; the caller hands over a copy.

    A model of low precision that knows how to become a wider one (`astype`) computes float64 parameters in float64:
    the derivatives are those of its formulas, and its own precision is left to the contracts.
    """

    def __init__(self, model: Any, X: Any, y: Any):
        reg = getattr(model, "reg", None)
        reg = float(reg) if isinstance(reg, (int, float)) and not isinstance(reg, bool) else None
        self.model = model
        low = any(is_float(v) and v.dtype != np.float64 for v in map(np.asarray, model.params.values()))
        self.wide = model.astype(np.float64) if low and hasattr(model, "astype") else model
        flat = {k: np.asarray(v) for k, v in model.params.items()}
        super().__init__(type(model).loss, flat, (X, y), reg, False)
        self.label = type(model).__name__

    def _call(self, params: Any, rest: Sequence[Any]) -> Any:
        widened = any(is_float(v) and v.dtype == np.float64 for v in params.values())
        model = self.wide if widened else self.model
        for name, value in params.items():
            held = model.params[name]
            if type(model.params) is dict and not (_may_hold(held, value) and value.flags.writeable):
                model.params[name] = value.copy() if value.flags.writeable else value  # read-only ones shall be hit
            else:  # in place: the model's layers may hold the very arrays of params
                held[...] = value
        if self.reg is not None and model.reg != self.reg_now:
            model.reg = self.reg_now
        noise = {"rng": np.random.default_rng(0)} if getattr(model, "noisy", False) else {}
        result = call(partial(self._function, **noise), model, *rest)
        for name, value in params.items():  # what the loss wrote into its parameters shows in ours
            held = model.params.get(name)
            if _may_hold(held, value) and value.flags.writeable and not np.shares_memory(held, value):
                value[...] = held
        return result


def like_gradient(name: str) -> bool:
    """Whether a parameter is called as an upstream gradient is: dout, dh, dA, grad_output."""
    return name.startswith(("d", "grad")) and name not in ("data", "dim", "dims", "dtype")


def _loss_first(result: Any) -> Any:
    """(gradients, loss) as (loss, gradients)."""
    if isinstance(result, tuple) and len(result) == 2 and _is_number(result[1]) and not _is_number(result[0]):
        return result[1], result[0]
    return result


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) or (isinstance(value, np.ndarray) and value.ndim == 0)


def _may_hold(held: Any, value: Array) -> bool:
    """Whether `value` can be written into the array `held` without loss."""
    same = isinstance(held, np.ndarray) and held.shape == value.shape and held.dtype == value.dtype
    return same and held.flags.writeable


def _pick(items: Sequence[Any]) -> Any:
    """Of several values after the loss, the one that looks like gradients."""
    for item in items:
        if isinstance(item, Mapping):
            return item
    return items[0]


def accepts_reg(function: Function, n_rest: int) -> bool:
    """Whether loss_fn(params, *rest, reg) is a call that it understands."""
    try:
        inspect.signature(function).bind(None, *([None] * n_rest), None)
    except (TypeError, ValueError):
        return False
    return True
