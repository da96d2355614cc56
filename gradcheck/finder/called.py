"""How functions of a course are called where they take more than arrays: dicts of parameters, settings, labels.

Every array within an argument becomes a value of its own under a short name (parameters["W1"] is W1), so that it is
differentiated, drawn and named like any other; before a call the arguments are put together again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from base.arrays import Array

from ..subject.adapters import LayerSubject, LossSubject, like_gradient
from ..subject.arrays import is_float
from ..subject.border import call
from ..subject.gradients import flatten, rebuild
from ..subject.subject import Values, as_outputs, positional, required

Function = Callable[..., Any]


class Arguments:
    """The arguments of one call and their flat form."""

    def __init__(self, names: Sequence[str], example: Sequence[Any]):
        self.parameters = tuple(names)
        self.trees = {name: v for name, v in zip(names, example, strict=True) if holds_parameters(name, v)}
        leaves = [leaf for tree in self.trees.values() for leaf in flatten(tree)]
        self._short = not any(leaf.isdigit() or leaf in names or leaves.count(leaf) > 1 for leaf in leaves)
        self.names = tuple(self.flat(example))

    def _leaf(self, name: str, leaf: str) -> str:
        return leaf if self._short else f"{name}.{leaf}"

    def flat(self, args: Sequence[Any]) -> Values:
        """name -> value, with every leaf on its own."""
        values: Values = {}
        for name, value in zip(self.parameters, args, strict=True):
            if name in self.trees:
                values.update({self._leaf(name, leaf): one for leaf, one in flatten(value).items()})
            else:
                values[name] = value
        return values

    def whole(self, values: Values) -> Values:
        """parameter -> argument, put together."""
        found: Values = {}
        for name in self.parameters:
            tree = self.trees.get(name)
            if tree is None:
                found[name] = values[name]
            else:
                found[name] = rebuild(tree, {leaf: values[self._leaf(name, leaf)] for leaf in flatten(tree)})
        return found

    def leaves(self) -> tuple[str, ...]:
        """The names of all values that stand within an argument."""
        return tuple(self._leaf(name, leaf) for name, tree in self.trees.items() for leaf in flatten(tree))


def holds_parameters(name: str, value: Any) -> bool:
    """Whether an argument is a dict or list of arrays to differentiate; bn_param and caches are none."""
    if not isinstance(value, (Mapping, list, tuple)) or name.lower().endswith(("_param", "cache", "_cfg", "config")):
        return False
    return any(map(is_float, flatten(value).values()))


def is_cache(name: str) -> bool:
    """Whether a parameter of a backward is called as what the forward keeps."""
    return name.lower().rstrip("s_") in ("cache", "memory", "ctx", "context", "saved", "mem", "stash", "tape")


class PairSubject(LayerSubject):
    """forward and backward of which the backward may take settings and arguments of the forward by their names."""

    def __init__(self, forward: Function, backward: Function, arguments: Arguments, wrt: Sequence[str] | None = None):
        super().__init__(forward, backward, arguments.names, wrt)
        self.arguments = arguments
        known = positional(backward) or []
        needed = known[: required(backward) or 0]
        self._upstream = sum(like_gradient(n) and n not in arguments.parameters for n in needed)
        self._caches = sum(map(is_cache, needed))
        self._more = [n for n in known if n in arguments.parameters and not (like_gradient(n) or is_cache(n))]

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """As many outputs as the backward takes upstream gradients; what else a cell returns (y_pred) is not judged."""
        result = call(self._forward, *self.arguments.whole(values).values())
        several = isinstance(result, tuple) and self._caches == 1 and self._upstream
        if several and len(result) > self._upstream + 1 and is_float(result[0]):
            self._bare = False
            return as_outputs(tuple(result[: self._upstream])), result[-1]
        return self.split(result)

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """By the usual conventions, with those arguments of the forward that the backward asks for."""
        whole = self.arguments.whole(values)
        plain = self._bare or self._backward is None or (self._caches, self._upstream) != (1, len(douts))
        if self._more and self._backward is not None and not plain:
            upstream, given = list(douts), []
            for name in self._parameters:
                if is_cache(name):
                    given.append(cache)
                elif name in self._more:
                    given.append(whole[name])
                elif upstream:
                    given.append(upstream.pop(0))
                else:
                    break
            return call(self._backward, *given)
        return super().backward(douts, cache, whole)


class LossCall(LossSubject):
    """A loss whose arguments may hold dicts of parameters."""

    def __init__(self, function: Function, arguments: Arguments, wrt: Sequence[str] | None):
        super().__init__(function, arguments.names, wrt)
        self.arguments = arguments

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """The loss as the only output; the gradients travel as the cache."""
        return super().forward(self.arguments.whole(values))


class ChainSubject(LossSubject):
    """forward(X, parameters) -> (out, cache), a cost of out and Y, and backward(..., Y) -> gradients of that cost."""

    makes_gradients = "_back"

    def __init__(
        self, functions: tuple[Function, Function | None, Function], arguments: Arguments, wrt: Sequence[str] | None
    ):
        forward, self._cost, self._back = functions
        super().__init__(forward, arguments.names, wrt)
        self.arguments = arguments
        self._takes = {f: positional(f) or [] for f in functions if f is not None}

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """The cost; the cache holds what the backward needs."""
        whole = self.arguments.whole(values)
        result = call(self._function, *(whole[n] for n in self._taken_by(self._function) if n in whole))
        out, cache = (result[0], result[-1]) if isinstance(result, tuple) and len(result) > 1 else (result, None)
        loss = out if self._cost is None else call(self._cost, *self._given(self._cost, whole, out, cache))
        return as_outputs(loss)[:1], (out, cache)

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """What the backward returns for this cache."""
        return (call(self._back, *self._given(self._back, self.arguments.whole(values), *cache)),)

    def _taken_by(self, function: Function) -> list[str]:
        """The parameters of one of the three, or of an edit of it."""
        return self._takes.get(function) or positional(function) or []

    def _given(self, function: Function, whole: Values, out: Any, cache: Any) -> list[Any]:
        given = []
        for k, name in enumerate(self._taken_by(function)):
            if name in whole:
                given.append(whole[name])
            elif is_cache(name):
                given.append(cache)
            elif k < (required(function) or 0):
                given.append(out)
        return given

    def sources(self) -> list[Function]:
        """The backward, the forward, the cost."""
        return [*super().sources(), *([] if self._cost is None else [self._cost])]
