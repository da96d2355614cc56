"""The function under test behind one small interface, whatever its kind: layer, loss, net or model.

`values` is always a dict name -> argument. `forward(values)` gives (list of outputs, cache); `backward(douts, cache,
values)` gives what the user's backward returned; `gradients` reads that as name -> array.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from base.arrays import Array

from .arrays import clone, is_float
from .gradients import as_gradients
from .randomness import Streams

Values = dict[str, Any]


class Subject:
    """What all kinds share: names, call counting, copies for safety, and held random streams."""

    kind = "layer"
    dialect = "numpy"  # in which library the functions are written: what an edit of them may say
    makes_gradients = makes_outputs = "_function"  # the attributes that hold the functions which make these

    def __init__(self, label: str, names: Sequence[str], wrt: Sequence[str] | None, roots: tuple[Any, ...]):
        self.label, self.names, self.wrt = label, tuple(names), None if wrt is None else tuple(wrt)
        self.nfev = 0
        self.streams = Streams(*roots)
        self.slack = 0.0  # what a custom allows gradients to be off, as a share of their largest entry
        self.protect = False  # copy the arguments for every evaluation (set where the forward writes into them)

    def targets(self, values: Values) -> list[str]:
        """Names of the arguments that are differentiated."""
        if self.wrt is not None:
            return [n for n in self.wrt if is_float(values.get(n)) and values[n].size]
        return [n for n, v in values.items() if is_float(v) and v.size]

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """(outputs, cache) of one forward on `values` as they are."""
        raise NotImplementedError

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """What the user's backward returns."""
        raise NotImplementedError

    def evaluate(self, values: Values) -> Array:
        """All outputs of one forward as one float64 vector."""
        self.nfev += 1
        self.streams.rewind()
        outs = self.outputs_at(self.fresh(values) if self.protect else values)
        if len(outs) == 1 and outs[0].dtype == np.float64:
            return outs[0].ravel()
        return np.concatenate([np.asarray(o, dtype=np.float64).ravel() for o in outs])

    def outputs_at(self, values: Values) -> list[Array]:
        """The outputs alone of one forward."""
        return self.forward(values)[0]

    def fresh(self, values: Values) -> Values:
        """A deep copy of the arguments."""
        return {k: clone(v) for k, v in values.items()}

    def run(self, values: Values, douts: list[Array] | None) -> tuple[list[Array], dict[str, Any]]:
        """(outputs, gradients as copies) of one forward and backward on fresh copies."""
        self.nfev += 1
        self.streams.rewind()
        mine = self.fresh(values)
        outs, cache = self.forward(mine)
        raw = self.backward([d.copy() for d in douts or ()], cache, mine)
        grads = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in self.gradients(raw, values).items()}
        return outs, grads

    def gradients(self, raw: Any, values: Values) -> dict[str, Any]:
        """`raw` as name -> array, None or MISSING."""
        return as_gradients(raw, values, self.wrt)

    def read(self, value: Any) -> Any:
        """What the functions compute with, as an array; everything else as it is."""
        return value

    def write(self, value: Any) -> Any:
        """The reverse of `read`."""
        return value

    def own_contracts(self, c: Any, values: Values, douts: list[Array]) -> None:
        """Further contracts of the framework in which the functions live; they may add to the findings of `c`."""

    def swap(self, function: Callable[..., Any] | None) -> Any:
        """Put another function in the place of the one that makes gradients (None: leave it); returns the former."""
        return self._exchanged(self.makes_gradients, function)

    def swap_forward(self, function: Callable[..., Any] | None) -> Any:
        """The same for the function that makes the outputs; one function makes both but in a layer."""
        return self._exchanged(self.makes_outputs, function)

    def _exchanged(self, attribute: str, function: Callable[..., Any] | None) -> Any:
        former = getattr(self, attribute)
        if function is not None:
            setattr(self, attribute, function)
        return former

    def sources(self) -> list[Callable[..., Any]]:
        """The user's functions in which a fault may lie, the likeliest first."""
        more = [] if self.makes_outputs == self.makes_gradients else [self.swap_forward(None)]
        return [function for function in (self.swap(None), *more) if function is not None]

    def words(self) -> list[str]:
        """What an object keeps for its methods, as expressions of them."""
        return []

    def related(self) -> list[Callable[..., Any]]:
        """These, and the functions of what they work with."""
        return self.sources()


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """The positional parameters, None where unknown or open-ended."""
    try:
        given = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind == p.VAR_POSITIONAL for p in given):
        return None
    return [p for p in given if p.kind <= p.POSITIONAL_OR_KEYWORD]


def positional(function: Callable[..., Any]) -> list[str] | None:
    """Names of the positional parameters, None where unknown or open-ended."""
    known = _parameters(function)
    return None if known is None else [p.name for p in known]


def required(function: Callable[..., Any]) -> int | None:
    """How many positional parameters without a default it has, None where unknown."""
    known = _parameters(function)
    return None if known is None else sum(p.default is p.empty for p in known)


def argument_names(function: Callable[..., Any], args: Sequence[Any], names: Sequence[str] | None) -> tuple[str, ...]:
    """Names for the positional arguments: given, from the signature, or x, w, b and then arg3, arg4."""
    if names is not None:
        if isinstance(names, str) or len(names) < sum(map(is_float, args)):
            raise ValueError(f"names is {names!r}; expected one name for each of the {len(args)} arguments")
        if len(set(names)) != len(names):
            raise ValueError(f"names is {names!r}; expected distinct names")
        if len(names) == len(args):
            return tuple(names)
        queue = list(names)
        return tuple(queue.pop(0) if is_float(a) and queue else f"arg{i}" for i, a in enumerate(args))
    known = positional(function) or []
    fallback = ("x", "w", "b")
    taken = list(known[: len(args)])
    for i in range(len(taken), len(args)):
        taken.append(fallback[i] if i < 3 and fallback[i] not in taken else f"arg{i}")
    return tuple(taken)


def numbered(names: Sequence[str], count: int) -> tuple[str, ...]:
    """As many names: the first of those given, and arg3, arg4 for want of more."""
    return tuple([*names, *(f"arg{k}" for k in range(len(names), count))][:count])


def function_label(function: Any) -> str:
    """A short name for a function: its own, that of the function in a partial, or its type's."""
    while hasattr(function, "func"):
        function = function.func
    name = getattr(function, "__name__", type(function).__name__)
    for end in ("_forward", ".forward"):
        name = name.removesuffix(end)
    return str(name)


def as_outputs(result: Any) -> list[Array]:
    """One output, or a tuple of outputs, as arrays."""
    items = result if isinstance(result, (tuple, list)) and not _numeric_list(result) else (result,)
    return [o if isinstance(o, np.ndarray) else np.asarray(o) for o in items]


def _numeric_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, (int, float)) for v in value)
