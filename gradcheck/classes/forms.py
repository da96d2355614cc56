"""What can be checked in a class: pairs of methods that belong together, found by their names and parameters."""

import dis
import inspect
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from .signatures import needed, parameters, plain, primes_of

Function = Callable[..., Any]
FORWARD = [
    "forward",
    "fprop",
    "forward_pass",
    "forward_prop",
    "forward_propagate",
    "forward_propagation",
    "forwardprop",
    "feedforward",
    "feed_forward",
    "feedForward",
    "forwardPass",
    "predict",
    "f",
    "fn",
    "func",
    "activate",
    "activation",
    "function",
    "evaluate",
    "compute",
    "apply",
    "__call__",
    "call",
]
BACKWARD = [
    "backward",
    "bprop",
    "backward_pass",
    "backward_prop",
    "backward_propagate",
    "backward_propagation",
    "backprop",
    "back_prop",
    "backpropagate",
    "back_propagation",
    "backpropagation",
    "backwardPass",
    "backPropagate",
    "backProp",
    "gradient",
    "grad",
    "back",
]
PRIME = [
    "prime",
    "derivative",
    "deriv",
    "df",
    "dfn",
    "d_f",
    "gradient",
    "grad",
    "derivate",
    "diff",
    "f_prime",
    "fprime",
    "activation_prime",
    "activate_prime",
    "activation_derivative",
    "dfunc",
    "backward",
    "differentiate",
    "dx",
    "slope",
]
LOSS = [
    "loss",
    "cost",
    "costFunction",
    "cost_function",
    "compute_loss",
    "compute_cost",
    "calc_loss",
    "calculate_loss",
    "loss_function",
    "loss_fn",
    "objective",
    "total_cost",
    "get_loss",
    "computeCost",
    "error",
    "calculate",
    "fn",
    "compute",
    "forward",
    "__call__",
]
GRADIENT = [
    "gradient",
    "gradients",
    "grad",
    "backprop",
    "back_prop",
    "backpropagation",
    "compute_gradients",
    "compute_gradient",
    "calc_gradient",
    "costFunctionPrime",
    "cost_function_prime",
    "cost_prime",
    "loss_prime",
    "loss_gradient",
    "loss_grad",
    "get_gradients",
    "calc_gradients",
    "backward",
    "backward_pass",
    "backward_propagation",
    "back_propagate",
    "prime",
    "derivative",
    "delta",
    "dloss",
]
_ENDINGS = (("_forward", "_backward"), ("_fwd", "_bwd"), ("forward_", "backward_"), ("Forward", "Backward"))
_LABELS = re.compile(r"(y|t|target|label|truth|y_?true|true|ground|expected|gt|actual|desired)", re.IGNORECASE)


class Form(NamedTuple):
    """One thing to check. kind: 'layer', 'loss', 'net', 'pointwise'; the others are names of methods."""

    kind: str
    forward: str
    backward: str | None = None
    loss: str | None = None  # of the output and the labels, where forward gives the output
    title: str = ""


def methods_of(cls: type) -> dict[str, Any]:
    """name -> function of everything callable that the class or a base of its own defines."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__[:-1]):
        for name, member in vars(base).items():
            if inspect.isfunction(plain(member)) and not (name.startswith("__") and name != "__call__"):
                found[name] = member
    return found


def is_label(name: str) -> bool:
    """Whether a parameter is called as labels and targets are."""
    return bool(_LABELS.match(name)) and not re.match(r"(y_?(hat|pred|out|prob|score)|type|time|training|train)", name)


def abstract(member: Any) -> bool:
    """Whether a method only raises NotImplementedError, or does nothing."""
    function = plain(member)
    names = function.__code__.co_names
    return getattr(function, "__isabstractmethod__", False) or "NotImplementedError" in names or _empty(function)


def _empty(function: Any) -> bool:
    """Whether it gives nothing back whatever it is given: pass, or a docstring alone."""
    code = function.__code__
    uses = any(i.opname.startswith("LOAD_FAST") for i in dis.get_instructions(code))
    return not code.co_names and not uses and set(code.co_consts) <= {None, function.__doc__}


def forms(cls: type) -> list[Form]:
    """What can be checked in a class; an empty list where nothing in it is a pair."""
    methods = {k: m for k, m in methods_of(cls).items() if not abstract(m)}
    title = cls.__name__
    main = _net(methods) or _layer(methods) or _loss(methods) or _pointwise(methods)
    found = [main._replace(title=title)] if main else []
    methods = {k: m for k, m in methods.items() if not k.startswith("_") or k == "__call__"}
    used = {n for f in found for n in (f.forward, f.backward, f.loss) if n}
    for name in methods:
        for form in _named_pairs(name, methods):
            if not {form.forward, form.backward} & used:
                found.append(form._replace(title=f"{title}.{form.title}"))
                used |= {form.forward, form.backward or ""}
    return found


def _first(names: list[str], methods: dict[str, Any]) -> str | None:
    return next((n for n in names if n in methods), None)


def _net(methods: dict[str, Any]) -> Form | None:
    """loss(X, y) with its gradients, or with gradient(X, y), or forward(X) with a loss and a backward."""
    loss = _first(LOSS[:-3], methods)
    forward, backward = _first(FORWARD, methods), _first(BACKWARD, methods)
    if loss is not None:
        gradient = _first(GRADIENT, methods)
        named = [p.name for p in parameters(methods[loss])]
        labelled = any(map(is_label, named))
        whole = labelled and not is_label(named[0]) and not _is_output(named[0])
        if whole and gradient is not None and any(is_label(p.name) for p in parameters(methods[gradient])):
            return Form("net", loss, gradient)
        if forward is not None and backward is not None:
            if whole and _computes(methods[loss], forward):
                return Form("net", loss, backward)
            if _needs_labels(methods[backward]) and not _needs_labels(methods[forward]):
                return Form("net", forward, backward, loss) if labelled else _by_cost(forward, backward, methods)
        if whole and (gradient is None or not parameters(methods[gradient])):
            return Form("net", loss, gradient)
    if backward is not None and forward is not None:
        return _by_cost(forward, backward, methods)
    return None


def _by_cost(forward: str, backward: str, methods: dict[str, Any]) -> Form | None:
    """backprop(x, y) of a net with a cost_derivative(a, y), or with an object cost that has fn(a, y) and delta."""
    if "cost_derivative" in methods:
        return Form("net", forward, backward, "cost_derivative")
    used = plain(methods[backward]).__code__.co_names
    return Form("net", forward, backward, "cost.fn") if {"cost", "delta"} <= set(used) else None


def _is_output(name: str) -> bool:
    return bool(re.match(r"(y_?hat|y_?pred|pred|out|a$|al$|a2|scores|logits|prob|yhat|activation)", name.lower()))


def _needs_labels(member: Any) -> bool:
    return any(map(is_label, needed(member)))


def _computes(member: Any, other: str) -> bool:
    return other in plain(member).__code__.co_names


def _layer(methods: dict[str, Any]) -> Form | None:
    forward, backward = _first(FORWARD, methods), _first(BACKWARD[:-3], methods) or _first(BACKWARD[-1:], methods)
    if forward is None or backward is None:
        return None
    takes, gives = needed(methods[forward]), parameters(methods[backward])
    if len(takes) >= 2 and (is_label(takes[1]) or is_label(takes[0])) and not _upstream_only(gives, takes):
        whole = [n for n in LOSS if n in methods and n not in FORWARD and len(needed(methods[n])) == 2]
        return Form("loss", next((n for n in whole if _computes(methods[n], forward)), forward), backward)
    if [p.name for p in gives if p.default is p.empty] and not any(is_label(p.name) for p in gives):
        return Form("layer", forward, backward)
    return Form("loss", forward, backward) if len(takes) >= 2 else None


def _upstream_only(gives: list[inspect.Parameter], takes: list[str]) -> bool:
    """backward(dout) of a layer that has a second input called y or t; a loss's backward takes none, or dout=1."""
    wanted = [p.name for p in gives if p.default is p.empty]
    return len(wanted) == 1 and wanted[0] not in takes and not is_label(takes[1])


def _loss(methods: dict[str, Any]) -> Form | None:
    for loss in [n for n in LOSS if n in methods]:
        takes = needed(methods[loss])
        if len(takes) == 2 and (is_label(takes[0]) or is_label(takes[1])):
            gradient = _first(GRADIENT, methods)
            if gradient is not None and len(needed(methods[gradient])) <= 2:
                return Form("loss", loss, gradient)
    return None


def _pointwise(methods: dict[str, Any]) -> Form | None:
    forward, prime = _first(FORWARD, methods), _first(PRIME, methods)
    if forward is None or prime is None or not _takes_one(forward, prime, methods):
        return None
    if prime == "backward" and is_label(needed(methods[prime])[0]):
        return None  # the end of a net: its loss stands elsewhere
    return Form("pointwise", forward, prime)


def _named_pairs(name: str, methods: dict[str, Any]) -> list[Form]:
    """step_forward / step_backward, sigmoid / sigmoid_prime, tanh / dtanh among the methods."""
    found = []
    for start, end in _ENDINGS:
        if start in name and (other := name.replace(start, end)) in methods:
            found.append(Form("layer", name, other, title=name.replace(start, "").strip("_") or name))
    return found + [
        Form("pointwise", name, other, title=name)
        for other in primes_of(name)
        if other in methods and _takes_one(name, other, methods)
    ]


def _takes_one(name: str, other: str, methods: dict[str, Any]) -> bool:
    return len(needed(methods[name])) == 1 == len(needed(methods[other]))
