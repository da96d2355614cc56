"""How the methods of an object are called: each parameter gets what its name asks for."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from base.arrays import Array

from ..subject.border import call
from .forms import is_label
from .signatures import needed, parameters

Function = Callable[..., Any]
_UPSTREAM = re.compile(
    r"(d[a-z]{0,2}$|d_?(out|y|h|c|a|z|l|scores|next|values|prev)|dl_?d|grad|g$|delta|upstream|err|accum_grad|eta$"
    r"|output_(grad|err)|out_(grad|err)|.*_grad(ient)?s?$|.*_?delta$|.*_error$|top_diff|da|dz|dv|sens)",
    re.IGNORECASE,
)
_NO_UPSTREAM = re.compile(
    r"(data|dim|dims|dtype|depth|debug|decay|device|dropout|do_\w+|gradient_clip)$", re.IGNORECASE
)
RATE = re.compile(r"(learning_?rate|lr|eta|alpha|step_?size|rate|epsilon|l_rate|learn_rate)$", re.IGNORECASE)
_RESET = re.compile(r"(zero|clear|reset|clean|init|flush)_?\w*(grad|delta|d[wb])", re.IGNORECASE)
_CACHE = re.compile(r"(cache\w*|ctx|context|memory|saved|state|tape)$", re.IGNORECASE)
_OUTPUT = re.compile(
    r"(y_?hat|y_?pred\w*|pred\w*|out|output|outputs|a|al|a2|a3|scores|logits|prob\w*|yhat|activations?|o)$",
    re.IGNORECASE,
)


class CannotCallError(TypeError):
    """A parameter asks for something that nothing here is."""

    def __init__(self, parameter: str):
        super().__init__(parameter)
        self.parameter = parameter


def is_upstream(name: str) -> bool:
    """Whether a parameter is called as an upstream gradient is: dout, grad_output, delta, error; no rate."""
    return bool(_UPSTREAM.match(name)) and not _NO_UPSTREAM.match(name) and not RATE.match(name)


def is_cache(name: str) -> bool:
    """Whether a parameter is called as a cache is."""
    return bool(_CACHE.match(name))


def invoke(thing: Any, member: Any, args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """The method of an object, whatever its kind, with these arguments."""
    if isinstance(member, staticmethod):
        return call(lambda: member.__func__(*args, **keywords))
    if isinstance(member, classmethod):
        return call(lambda: member.__func__(type(thing), *args, **keywords))
    return call(lambda: member(thing, *args, **keywords))


def like(member: Any, function: Function) -> Any:
    """Another function in the place of a method, of the same kind."""
    return type(member)(function) if isinstance(member, (staticmethod, classmethod)) else function


def takes_upstream(member: Any) -> bool:
    """Whether a method has a parameter for an upstream gradient."""
    return member is not None and any(is_upstream(p.name) for p in parameters(member))


def arguments_for(
    member: Any,
    douts: Sequence[Any],
    inputs: Mapping[str, Any],
    outs: Sequence[Any] = (),
    cache: Any = None,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """name -> value for a call of backward, gradient or loss; CannotCallError names a parameter without a value.

    Inputs go by their names, upstream gradients by theirs (or into the only parameter there is), labels and outputs by
    what they are called. Parameters with a default keep it, but for upstream gradients and what the inputs name.
    """
    chosen, queue = dict(given or {}), list(douts)
    known = [p for p in parameters(member) if p.name not in chosen]
    for p in known:
        if p.name in inputs:
            chosen[p.name] = inputs[p.name]
    for p in known:
        if p.name not in chosen and queue and is_upstream(p.name):
            chosen[p.name] = queue.pop(0)
    missing = [p for p in known if p.name not in chosen and p.default is inspect.Parameter.empty]
    spare = {k: v for k, v in inputs.items() if k not in chosen}
    for p in missing:
        chosen[p.name] = _value(p.name, queue, spare, outs, cache, len(missing))
    return chosen


def _value(name: str, queue: list[Any], spare: dict[str, Any], outs: Sequence[Any], cache: Any, missing: int) -> Any:
    if RATE.match(name):
        return 1.0
    if is_cache(name) and cache is not None:
        return cache
    if is_label(name):
        for k in [k for k in spare if is_label(k)] or list(spare)[1:]:
            return spare.pop(k)
    if _OUTPUT.match(name) and outs:
        return outs[0]
    if queue:
        return queue.pop(0)
    for k in list(spare):
        if is_label(k) == is_label(name):
            return spare.pop(k)
    if outs and missing == 1:
        return outs[0]
    raise CannotCallError(name)


def predictions(member: Any, thing: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """backward(dvalues, y_true) of a loss: what is called a gradient there is the output that is kept, or the input."""
    wanted = needed(member)
    names = [n for n in wanted if is_upstream(n) and n not in inputs]
    if not names or not any(map(is_label, wanted)):
        return {}
    prediction = next((v for n, v in inputs.items() if not is_label(n)), None)
    output = getattr(thing, "output", None)
    return {names[0]: output if isinstance(output, np.ndarray) and output.ndim else prediction}


def resets(methods: Mapping[str, Any]) -> str | None:
    """The method that sets gradients to zero, where there is one."""
    return next((n for n in methods if _RESET.search(n)), None)


def times(dout: Array, slope: Any) -> Any:
    """dout times an elementwise derivative; examples of a loss each have one dout."""
    if not isinstance(slope, (np.ndarray, float, np.floating)):
        return slope
    slope = np.asarray(slope)
    if slope.ndim == 3 and slope.shape == (*dout.shape, dout.shape[-1]):  # the Jacobian of every row
        return np.einsum("ni,nij->nj", dout, slope)
    return dout.reshape(dout.shape + (1,) * (slope.ndim - dout.ndim)) * slope if slope.ndim >= dout.ndim else slope
