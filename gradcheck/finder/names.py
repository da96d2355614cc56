"""What belongs together in a module, told from names and signatures alone: nothing is run."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from ..classes.forms import Form, forms
from ..classes.signatures import pointwise_pairs
from ..frameworks.kind import kind_of
from ..subject.adapters import like_gradient
from ..subject.functions import tree_of
from ..subject.subject import positional, required
from .called import is_cache

Function = Callable[..., Any]
_TURNS = (
    ("forward", "backward"), ("Forward", "Backward"), ("fwd", "bwd"), ("fprop", "bprop"), ("forward", "back"),
    ("forward", "grad"), ("forward_propagation", "back_propagation"), ("forward", "backprop"),
    ("forwardprop", "backprop"), ("feedforward", "backprop"), ("forward", "bwd"), ("_f", "_b"),
)  # fmt: skip
_LOSS = re.compile(
    r"loss|(^|_)cost|cost(_?(and|function|func|grad))|objective|^propagate$|forward_backward|criterion|error$",
    re.IGNORECASE,
)
_GRADIENT_ENDS = ("_grad", "_gradient", "_prime", "_derivative", "_backward", "_deriv", "_bwd", "_back", "_delta")
_LABELS = re.compile(r"(y|t|labels?|targets?|y_?true|y_?train|truth|gt|y_?batch)", re.IGNORECASE)
_OUTPUT = re.compile(r"(al|a\d?|y_?hat|yhat|y_?pred|out(put)?s?|probs?|scores?|preds?|predictions?)", re.IGNORECASE)


class Found(NamedTuple):
    """name; kind: layer, loss, chain (a net in three functions), class, pointwise, torch, jax; form: of a class."""

    name: str
    kind: str
    functions: tuple[Any, ...]
    form: Form | None = None
    setting: tuple[str, Any] | None = None  # (parameter, value): one of several ways to call it


def found_in(module: ModuleType) -> Iterator[Found]:
    """What can be checked among the module's own names, in the order in which they are defined."""
    names = own(module)
    functions = {k: v for k, v in names.items() if inspect.isfunction(v)}
    used: set[str] = set()
    pointwise = {name: (f, prime) for name, f, prime in pointwise_pairs(functions)}
    for name, value in names.items():
        framework = kind_of(value)
        if framework:
            yield Found(name, framework, (value,))
        elif isinstance(value, type):
            yield from (Found(form.title or name, "class", (value,), form) for form in forms(value))
        elif name in functions:
            yield from _of_function(name, functions, pointwise, used)


def own(module: ModuleType) -> dict[str, Any]:
    """The names that the module defines itself; everything in a namespace that has no file."""
    whole = {k: v for k, v in vars(module).items() if not k.startswith("__")}
    if getattr(module, "__file__", None) is None:
        return whole
    return {k: v for k, v in whole.items() if getattr(v, "__module__", module.__name__) == module.__name__}


def _of_function(
    name: str, functions: Mapping[str, Function], pointwise: Mapping[str, tuple[Function, Function]], used: set[str]
) -> Iterator[Found]:
    function = functions[name]
    backwards = [b for b in _backwards(name, functions) if b not in used]
    if backwards:
        for k, other in enumerate(backwards):
            used.add(other)
            yield from _pair(stem(name) if k == 0 else stem(other), function, functions[other], functions)
    elif name in pointwise:
        yield Found(name, "pointwise", pointwise[name])
    elif is_loss(name) and name not in used and returns_several(function):
        yield Found(name, "loss", (function,))
    elif is_loss(name) and name not in used:
        beside = [name + end for end in _GRADIENT_ENDS] + [start + name for start in ("grad_", "d_", "d")]
        yield from [Found(name, "chain", (function, None, functions[k])) for k in beside if k in functions][:1]


def _pair(name: str, forward: Function, backward: Function, functions: Mapping[str, Function]) -> Iterator[Found]:
    """One pair, or one for each setting (activation='relu', 'sigmoid') that the forward compares a parameter with."""
    if _labels_only(backward) and not _labels_first(forward, backward):
        yield Found(forward.__name__, "chain", (forward, _cost_for(forward, backward, functions), backward))
        return
    parameter, values = _settings_of(forward)
    if parameter and len(values) > 1:
        yield from (Found(f"{name}[{v}]", "layer", (forward, backward), None, (parameter, v)) for v in values)
    else:
        setting = (parameter, values[0]) if parameter and values else None
        yield Found(name, "layer", (forward, backward), None, setting)


def _labels_only(backward: Function) -> bool:
    """Whether a backward takes labels and no upstream gradient: it is that of a whole net and its cost."""
    known = (positional(backward) or [])[: required(backward) or 0]
    return any(_LABELS.fullmatch(n) for n in known) and not any(map(like_gradient, known))


def _labels_first(forward: Function, backward: Function) -> bool:
    """Whether a pair f(a, b) with backward(upstream, cache) only happens to call something y."""
    return len(positional(backward) or []) == 2 and any(map(is_cache, positional(backward) or []))


def _cost_for(forward: Function, backward: Function, functions: Mapping[str, Function]) -> Function | None:
    """The cost of the net: the function of the file that is called so; None where the forward gives it itself."""
    if any(_LABELS.fullmatch(n) for n in positional(forward) or []):
        return None
    ending = forward.__name__.partition("with_")[2]
    costs = {k: f for k, f in functions.items() if re.search(r"cost|loss", k, re.IGNORECASE) and "grad" not in k}
    costs = {k: f for k, f in costs.items() if any(_LABELS.fullmatch(n) for n in positional(f) or [])}
    costs = {k: f for k, f in costs.items() if not returns_several(f)}
    best = [f for k, f in costs.items() if ending and k.endswith(ending)]
    labels = {n for n in positional(backward) or [] if _LABELS.fullmatch(n)}
    costs = {k: f for k, f in costs.items() if labels & set(positional(f) or [])} or costs
    found = best or [f for k, f in costs.items() if "with_" not in k] or list(costs.values())
    return found[0] if found else None


def parameters_of(found: Found) -> list[inspect.Parameter]:
    """The parameters to draw: the function's own; for a net also what its cost and its backward ask for."""
    known: dict[str, inspect.Parameter] = {}
    chain = found.kind == "chain"
    outputs = _outputs(found) if chain else set()
    for k, function in enumerate(f for f in (found.functions if chain else found.functions[:1]) if f is not None):
        for name, one in inspect.signature(function).parameters.items():
            free = k == 0 or not (is_cache(name) or name in outputs or _OUTPUT.fullmatch(name))
            if free and name not in known and one.kind <= one.POSITIONAL_OR_KEYWORD:
                known[name] = one
    return sorted(known.values(), key=lambda p: p.default is not p.empty)


def _outputs(found: Found) -> set[str]:
    """How the cost of a net calls what the forward gives: the first it takes that is no label and no argument."""
    if found.functions[1] is None:
        return set()
    own = positional(found.functions[0]) or []
    names = [n for n in positional(found.functions[1]) or [] if not (n in own or is_cache(n) or _LABELS.fullmatch(n))]
    return set(names[:1])


def _settings_of(function: Function) -> tuple[str | None, list[str]]:
    """(parameter, texts) where the function compares one of its parameters with texts: activation == 'relu'."""
    names = set(positional(function) or [])
    values: dict[str, list[str]] = {}
    for node in ast.walk(tree_of(function)):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id in names:
            texts = [c for one in node.comparators for c in _texts(one)]
            known = values.setdefault(node.left.id, [])
            known += [t for t in texts if t not in known]
    first = next(iter(values), None)
    return (first, values[first]) if first else (None, [])


def _texts(node: ast.expr) -> list[str]:
    parts = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else [node]
    return [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]


def _backwards(name: str, functions: Mapping[str, Function]) -> list[str]:
    """The backwards that belong to a forward: affine_backward, and batchnorm_backward_alt beside it."""
    for there, back in _TURNS:
        if there in name and (there != "_f" or name.endswith("_f")):
            other = name.replace(there, back)
            found = [k for k in functions if k == other]
            found += [k for k in functions if k.startswith(f"{other}_") and k.replace(back, there) not in functions]
            if found:
                return found
    other = f"{name}_backward"
    plain = other in functions and len(positional(functions[other]) or []) != 1
    return [other] if plain or (other in functions and not is_loss(name) and _takes_more(functions[name])) else []


def _takes_more(function: Function) -> bool:
    return (required(function) or 0) > 1


def stem(name: str) -> str:
    """affine_forward -> affine, conv_forward_naive -> conv_naive."""
    short = re.sub(r"_?(forward|backward|fwd|bwd|Forward|Backward|fprop|bprop)(?=_|$|[A-Z])", "", name).strip("_")
    return short or name


def is_loss(name: str) -> bool:
    """Whether a function is called as losses are."""
    return _LOSS.search(name) is not None and not re.search(
        r"(backward|_inputs)$|^(d|grad|plot|test|check|print)_", name
    )


def returns_several(function: Function) -> bool:
    """Whether some return gives more than one value, or what another function returns."""
    own_returns = [n.value for n in ast.walk(tree_of(function)) if isinstance(n, ast.Return) and n.value is not None]
    return any(isinstance(v, ast.Tuple) and len(v.elts) > 1 for v in own_returns) or any(
        isinstance(v, ast.Call) and isinstance(v.func, ast.Name) and is_loss(v.func.id) for v in own_returns
    )
