"""An object as a subject: its inputs and its parameters are the arguments, its methods the pair of functions.

Every evaluation works on a copy of the object in which the parameters are other arrays, so that nothing is left over
from the call before; source lines and edits are those of the user's own methods.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from base.arrays import Array

from ..contracts.contracts import Contract
from ..subject.arrays import is_float
from ..subject.gradients import MISSING, as_array
from ..subject.subject import Subject, Values, as_outputs
from .calling import (
    RATE,
    arguments_for,
    invoke,
    is_cache,
    is_upstream,
    like,
    predictions,
    resets,
    takes_upstream,
    times,
)
from .construct import Step
from .exploring import moves_of, require_use, right_shapes
from .forms import Form, methods_of
from .left_over import check_left_over
from .objective import objective
from .pointwise import takes_output
from .returned import by_path, returned_names, unpacked
from .roles import Roles, read, roles_of
from .signatures import parameters, plain
from .state import Answer, Copier, Kept, at, parts, words

Function = Callable[..., Any]


OUTPUTS = ("output", "out", "outputs", "y", "a", "A", "Z", "z", "result", "value", "forward_output", "loss")


class ObjectSubject(Subject):
    """Forward and backward methods of one object; see `Form`. Its parameters are found by a first run on `inputs`."""

    dialect = "method"
    makes_outputs = "_forward"

    def __init__(self, thing: Any, form: Form, inputs: Mapping[str, Any], wrt: Sequence[str] | None = None):
        methods = methods_of(type(thing))
        self.thing, self.form, self.inputs = thing, form, tuple(inputs)
        self.kind = "layer" if form.kind == "pointwise" else form.kind
        self.copier = Copier(thing)
        self._forward, self.backward_method = methods[form.forward], methods.get(form.backward or "")
        self._objective = methods.get(form.loss or "")
        self.makes_gradients = "_forward" if self.backward_method is None else "backward_method"
        roots = [m for m in (self._forward, self.backward_method, self._objective) if m is not None]
        super().__init__(form.title or type(thing).__name__, (), None, tuple(map(plain, roots)))
        self.roles, self.rate, self.consumes = Roles(), 1.0, False
        self.names, self.ran, self.fits, self._words = self.inputs, False, False, list[str]()
        self.low = False
        self._explore(dict(inputs), wrt)

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """The outputs (one number for a loss or a net), and what the object keeps."""
        return self.forward_on(self.fresh_thing(values), values)

    def forward_on(self, thing: Any, values: Values) -> tuple[list[Array], Kept]:
        """The same on an object that may have been used before."""
        outs, returned = self._run(thing, values)
        return self._objective_of(thing, outs, values), Kept(thing, returned, outs, self.roles.buffers())

    def outputs_at(self, values: Values) -> list[Array]:
        """The outputs; what the object keeps is not looked at."""
        thing = self.fresh_thing(values)
        return self._objective_of(thing, self._run(thing, values)[0], values)

    def fresh_thing(self, values: Values) -> Any:
        """A copy of the object in which the parameters are those of `values`."""
        held = [(a, values[n].copy() if self._updates else values[n]) for n, a in self.roles.parameters.items()]
        return self.copier.copy(self.thing, held)

    def _run(self, thing: Any, values: Values) -> tuple[list[Array], Any]:
        result = invoke(thing, self._forward, [self._given(values, n) for n in self.inputs[: self._arity]], {})
        if result is None:  # the output is an attribute
            result = next((at(thing, n) for n in OUTPUTS if getattr(thing, n, None) is not None), None)
        return self._split(result)

    def _objective_of(self, thing: Any, outs: list[Array], values: Values) -> list[Array]:
        if not self.form.loss:
            return outs
        return [np.asarray(objective(thing, self._objective, outs, self._named(values), self.form.loss))]

    @property
    def _arity(self) -> int:
        return len(self.inputs) if not self.form.loss else len(self.inputs) - 1

    def _given(self, values: Values, name: str) -> Any:
        return values[f"#{name}" if self.kind == "net" and f"#{name}" in values else name]

    def _named(self, values: Values) -> dict[str, Any]:
        return {n: self._given(values, n) for n in self.inputs}

    def _split(self, result: Any) -> tuple[list[Array], Any]:
        """Outputs, and what else the forward returned: a cache, or the gradients of a loss."""
        many = isinstance(result, (tuple, list)) and len(result) > 1
        if self.kind != "layer" and not self.form.loss:
            if not many:
                return [np.asarray(result)], None
            k = next((k for k, v in enumerate(result) if np.ndim(v) == 0 and not isinstance(v, Mapping)), 0)
            rest = tuple(v for j, v in enumerate(result) if j != k)
            return [np.asarray(result[k])], rest[0] if len(rest) == 1 else rest
        if not many or not isinstance(result, (tuple, list)):
            return as_outputs(result), None
        wanted = parameters(self.backward_method) if self.backward_method is not None else []
        if any(is_cache(p.name) for p in wanted):
            return as_outputs(tuple(result[:-1])), result[-1]
        upstream = sum(is_upstream(p.name) for p in wanted)
        if upstream == len(result) and all(map(is_float, result)):
            return as_outputs(tuple(result)), None
        return as_outputs(result[0]), tuple(result[1:])

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """Call the method that makes gradients as its parameters ask for it."""
        if self.backward_method is None:
            return Answer(cache.returned, cache.thing, douts)
        kept = self.copier.copy(cache) if self._updates or self.consumes else cache
        scalar = self.kind != "layer" and not takes_upstream(self.backward_method)
        upstream = [] if scalar or self.form.kind == "pointwise" else douts
        inputs, outs = self._named(values), kept.outs
        if self._at_output:
            inputs, outs = {next(iter(inputs)): outs[0]}, ()
        given = predictions(self.backward_method, kept.thing, inputs) if self.form.kind == "loss" else {}
        chosen = arguments_for(self.backward_method, upstream, inputs, outs, kept.returned, given)
        returned = invoke(kept.thing, self.backward_method, (), chosen)
        used = any(v is douts[0] for v in chosen.values())
        if self.form.kind == "pointwise" or (self.kind == "layer" and self.form.kind == "loss" and not used):
            returned = times(douts[0], returned)
        return Answer(returned, kept.thing, douts)

    def gradients(self, raw: Answer, values: Values) -> dict[str, Any]:
        """Every gradient from its place."""
        given = by_path(raw.returned, self.returned_names)
        wanted = self.wrt if self.wrt is not None else ()
        found = {n: _array(read(self.roles, n, raw.thing, given, values.get(n), self.rate)) for n in wanted}
        if self.low:  # all is computed in float32, and what could be judged is said
            found = {n: g.astype(np.float64) if isinstance(g, np.ndarray) else g for n, g in found.items()}
        return found

    def _explore(self, inputs: dict[str, Any], wrt: Sequence[str] | None) -> None:
        """One run, from which the parameters and the places of all gradients are known."""
        self.returned_names = returned_names(
            self.backward_method if self.backward_method is not None else self._forward
        )
        if self.backward_method is None and len(self.returned_names) == 2:
            self.returned_names = self.returned_names[1:]
        self._updates, self._at_output = False, False
        self.wrt = ()
        values = self._data(inputs)
        outs, kept = self.forward(self.fresh(values))
        if self.kind != "layer" and outs[0].size != 1 and not self.form.loss and self.form.kind == "loss":
            self.kind, values = "layer", inputs  # a loss of each element or example
            outs, kept = self.forward(self.fresh(values))
        self.low = all(o.dtype == np.float32 for o in outs) and any(
            getattr(v, "dtype", None) == np.float64 for v in inputs.values()
        )
        rng = np.random.default_rng(0)
        douts = [np.asarray(rng.standard_normal(o.shape) if self.kind == "layer" else 1.0) for o in outs]
        wanted = parameters(self.backward_method) if self.backward_method is not None else []
        rate = any(RATE.match(p.name) for p in wanted)
        rate_kept = next((float(v) for k, v in kept.items() if RATE.match(k.lstrip("_")) and np.ndim(v) == 0), None)
        answer = self._first_answer(douts, kept, values)
        if answer is not None and self.kind == "layer" and self.form.kind == "loss":
            require_use(self, answer, self._first_answer([2 * d for d in douts], kept, values))
        if answer is None:
            self.wrt = tuple(n for n in self.inputs if is_float(inputs[n]))
            self.kind = "loss" if self.kind == "net" else self.kind
            return
        self.ran, self._words = True, words(answer.thing)
        self.rate = 1.0 if rate or rate_kept is None else rate_kept
        moves = moves_of(self, values, outs)
        steps = any(isinstance(part, Step) for part in parts(self.thing))
        updates = (rate or rate_kept is not None or steps) and self.backward_method is not None
        names = {n: inputs[n] for n in self.inputs}
        self.roles = roles_of(
            unpacked(self._forward),
            self.thing,
            answer.thing,
            answer.returned,
            self.returned_names,
            names,
            moves,
            updates,
            self._labelled,
        )
        self._settle(answer, values)
        self._name(wrt)

    def _settle(self, answer: Answer, values: Values) -> None:
        """How the methods are called from now on, and what kind of subject it is."""
        if self.form.kind == "pointwise" and takes_output(self._forward, self.backward_method, self.thing, values):
            self._at_output = True
            self.roles.told.append(f"{self.form.backward} is right where it is given the output: it was called so")
        self.fits = right_shapes(self, answer)
        if resets(methods_of(type(self.thing))) and any(p.how == "kept" for p in self.roles.places.values()):
            self.consumes = True  # gradients add up until a method sets them to zero: a convention
        self._updates = any(p.how == "update" for p in self.roles.places.values())
        if self.kind == "loss" and self.roles.parameters:
            self.kind = "net"
        elif self.kind == "net" and not self.roles.parameters:
            self.kind = "loss"

    def _name(self, wrt: Sequence[str] | None) -> None:
        """The names of the arguments, and of those that are differentiated."""
        checked = [n for n in self.inputs if n in self.roles.places] if self.kind != "net" else []
        self.names = (*self.inputs, *self.roles.parameters)
        if self.kind == "net":
            self.names = (*self.roles.parameters, *(f"#{n}" for n in self.inputs))
        self.wrt = tuple(checked) + tuple(self.roles.parameters)
        if wrt is not None:
            self.wrt = tuple(n for n in self.wrt if n in wrt)

    @property
    def _labelled(self) -> bool:
        """Whether an input that is called y is a label, and not just another input of a layer."""
        upstream = self.kind == "layer" and takes_upstream(self.backward_method)
        return self.form.kind == "loss" and not upstream

    def _data(self, inputs: Mapping[str, Any]) -> Values:
        return {f"#{n}" if self.kind == "net" else n: v for n, v in inputs.items()}

    def _first_answer(self, douts: list[Array], kept: Kept, values: Values) -> Answer | None:
        try:
            first = self.copier.copy(kept)
            answer: Answer = self.backward(douts, first, values)
        except Exception:  # told by the contracts
            return None
        try:
            self.backward(douts, first, values)
        except Exception:  # what the forward kept is used up: each backward gets its own
            self.consumes = True
        return answer

    def arguments(self, inputs: Sequence[Any], params: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
        """The arguments of a check in the order of `names`: the inputs, and the parameters as they are or as given."""
        named = dict(zip(self.inputs, inputs, strict=True))
        held = dict(params or {n: a.copy() for n, a in self.roles.parameters.items()})
        return tuple(held[n] if n in held else named[n.lstrip("#")] for n in self.names)

    def parameters_of(self, thing: Any) -> dict[str, Any]:
        """The parameters of another object of the class."""
        return {n: np.array(at(thing, path)) for n, path in self.roles.paths.items()}

    def _exchanged(self, attribute: str, function: Function | None) -> Any:
        member = getattr(self, attribute)
        return plain(super()._exchanged(attribute, None if function is None else like(member, function)))

    def sources(self) -> list[Function]:
        """The methods, as functions: that of the gradients first."""
        return [plain(m) for m in (self.backward_method, self._forward, self._objective) if m is not None]

    def words(self) -> list[str]:
        """What the object keeps, as its methods say it; parameters in lists by the names that forward gives them."""
        return self._words

    def own_contracts(self, c: Contract, values: Values, douts: list[Array]) -> None:
        """Nothing may be left over from the call before."""
        if not self._updates:
            check_left_over(self, c, values, douts)

    def related(self) -> list[Function]:
        """The methods of the object, and of the objects that it is made of."""
        classes = {type(part) for part in parts(self.thing)}
        return self.sources() + [plain(m) for cls in classes for m in methods_of(cls).values()]


def _array(value: Any) -> Any:
    return value if value is MISSING else as_array(value)
