"""What the switches of an instrumented forward do: nothing, hold a value as it was, or put in another slope.

A first evaluation records what stands at every site; the later ones, at inputs moved a little, replay it. So a value
can be held constant while a numeric derivative is taken, and a function can be given a derivative that is not its own.
"""

import inspect
import types
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from ...repair.repair import Located, compile_copy, is_unsafe, locate
from ...subject.functions import closure_of, defaults_of, unwrapped
from ...subject.subject import Subject, Values
from .sites import FOREIGN, SWITCHES, Instrument, Site, instrumented, names_called

DEEPEST, MOST_SITES = 3, 400
ONE, TURNED = -1, -2  # in the place of a site: a factor that is left out, an operand that is (not) transposed
Slope = Callable[[Callable[[Any], Any], Array, Array], Array | None]  # (f, u, f(u)) -> df/du in its place


class Experiment(NamedTuple):
    """Sites whose value is held, or whose slope is another; `live` is the one pass of a loop left alone (-1: the last).

    `operand` = (side, site): the derivative of a product by its other side uses what stands at that site.
    `shadow` = (site, slope): a variable moves with the one at that site, with this slope at its own value.
    """

    sites: tuple[int, ...]
    slope: Slope | None = None
    live: int | None = None
    operand: tuple[int, int] | None = None
    shadow: tuple[int, Callable[[Array], Array]] | None = None


def _same(value: Any) -> Any:
    return value


class Switches:
    """The sites of one forward, what they were at the first evaluation, and the experiment that is on.

    The tape holds arrays; `read` makes them of what a framework computes with, and `write` does the reverse.
    """

    def __init__(self, read: Callable[[Any], Any] = _same, write: Callable[[Any], Any] = _same) -> None:
        self._read, self._write = read, write
        self.sites: list[Site] = []
        self.tape: dict[int, list[Any]] = defaultdict(list)
        self.slopes: dict[Any, Any] = {}
        self.experiment = Experiment(())
        self.recording = False
        self.count: dict[int, int] = defaultdict(int)
        self._moved: Any = 0.0  # what a shadow's variable has moved by
        self._made: dict[Any, Any] = {}

    def use(self, site: int, value: Any) -> Any:
        """A variable: itself, or what it was at the first evaluation."""
        if self.recording:
            self.tape[site].append(self._kept(value))
            return value
        if self.experiment.shadow is not None and site == self.experiment.shadow[0]:
            self._moved = self._read(value) - self.tape[site][self.count[site]]
            self.count[site] += 1
        return value if site not in self.experiment.sites else self._replayed(site, value, value, None)

    def unary(self, site: int, function: Callable[[Any], Any], u: Any) -> Any:
        """f(u): itself, held, or with another slope."""
        out = function(u)
        if self.recording:
            self.tape[site].append((self._kept(u), self._kept(out)))
            return out
        return out if site not in self.experiment.sites else self._replayed(site, out, u, function)

    def product(self, site: int, operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        """a b: itself, or with another operand in one of its two derivatives."""
        out = operation(a, b)
        if self.recording:
            self.tape[site].append((self._kept(out), (self._kept(a), self._kept(b))))
            return out
        if site not in self.experiment.sites or self.experiment.operand is None:
            return out
        k = self.count[site]
        self.count[site] += 1
        first, operands = self.tape[site][k]
        stand_in = self._stand_in(operands, k)
        left, right = stand_in
        a, b = _moved(self._read(a), operands[0]), _moved(self._read(b), operands[1])
        return self._write(first + operation(a, right) + operation(left, b))

    def _stand_in(self, operands: tuple[Any, Any], k: int) -> list[Any]:
        side, site = self.experiment.operand or (0, ONE)
        found = list(operands)
        if site == ONE:
            found[side] = np.ones_like(operands[side])
        elif site == TURNED:
            found[side] = operands[side].T
        else:
            found[side] = self.value(site, k)
        return found

    def value(self, site: int, k: int) -> Any:
        """What stood at a site at its k-th pass, or at its only one."""
        passes = self.tape[site]
        found = passes[k] if len(passes) > k else passes[0]
        if self.sites[site].kind == "use":
            return found
        return found[1] if self.sites[site].kind == "unary" else found[0]

    def operands(self, site: int) -> tuple[Any, Any]:
        """The two sides of a product at its first pass."""
        left, right = self.tape[site][0][1]
        return left, right

    def method(self, owner: Any, name: str) -> Any:
        """A bound method, or a function of a module, with switches where it is written in Python."""
        if isinstance(owner, types.ModuleType):
            made = self._copy_or_none(getattr(owner, name))
            return getattr(owner, name) if made is None else made
        held = inspect.getattr_static(owner, name, None)
        made = self._copy_or_none(held.__func__ if isinstance(held, (staticmethod, classmethod)) else held)
        if made is None or name in getattr(owner, "__dict__", ()):
            return getattr(owner, name)
        if isinstance(held, staticmethod):
            return made
        return types.MethodType(made, type(owner) if isinstance(held, classmethod) else owner)

    def _copy_or_none(self, function: Any) -> Any | None:
        return self.copy_of(function, 1) if isinstance(function, types.FunctionType) else None

    def _replayed(self, site: int, now: Any, u: Any, function: Callable[[Any], Any] | None) -> Any:
        k = self.count[site]
        self.count[site] += 1
        live = self.experiment.live
        if not _is_floating(self._read(now)) or k == (
            live if live is None or live >= 0 else len(self.tape[site]) + live
        ):
            return now
        first = self.tape[site][k]
        if self.experiment.slope is None or function is None:
            held = first[1] if isinstance(first, tuple) else first
            if self.experiment.shadow is not None:
                return self._write(held + self.experiment.shadow[1](held) * self._moved)
            return self._write(held.copy()) if isinstance(held, np.ndarray) else held
        at, out = first
        key = (self.experiment, site, k)
        if key not in self.slopes:
            mapped = lambda v: self._read(function(self._write(v)))  # noqa: E731
            self.slopes[key] = self.experiment.slope(mapped, np.asarray(at), np.asarray(out))
        slope = self.slopes[key]
        if slope is None:
            raise ValueError("no function of its elements")
        return self._write(out + slope * (self._read(u) - at))

    def _kept(self, value: Any) -> Any:
        value = self._read(value)
        return np.array(value) if isinstance(value, np.ndarray) else value if _is_floating(value) else None

    def copy_of(self, function: Any, depth: int = 0) -> Any | None:
        """The function with switches, the functions that it calls as well; None where its source is not to be had."""
        function = unwrapped(function)
        if function not in self._made:
            self._made[function] = None  # a recursion finds the original
            self._made[function] = self._copy(function, depth)
        return self._made[function]

    def _copy(self, function: Any, depth: int) -> Any | None:
        foreign = not hasattr(function, "__code__") or str(function.__module__).split(".")[0] in FOREIGN
        if foreign or depth > DEEPEST or len(self.sites) > MOST_SITES:
            return None
        found = locate(function)
        if found is None:
            return self._rebuilt(function, depth)
        if is_unsafe(found.tree):
            return None
        known = _visible(found.function)
        helpers = self._helpers(found, known, depth)
        visitor = Instrument(self.sites, found.file, found.start, found.function.__name__, known, depth)
        return compile_copy(found, instrumented(found.tree, visitor), {**helpers, SWITCHES: self})

    def _helpers(self, found: Located, known: Mapping[str, Any], depth: int) -> dict[str, Any]:
        own = {n: known[n] for n in names_called(found.tree) if isinstance(known.get(n), types.FunctionType)}
        copies = {n: self.copy_of(f, depth + 1) for n, f in own.items() if f is not found.function}
        return {n: f for n, f in copies.items() if f is not None}

    def _rebuilt(self, function: Any, depth: int) -> Any | None:
        """A lambda, whose source is not to be had alone: its code with instrumented functions around it."""
        if depth:
            return None
        code = function.__code__
        known = _visible(function)
        names = [n for n in (*code.co_names, *code.co_freevars) if n in known]
        copies: dict[str, Any] = {
            n: self.copy_of(known[n], 1) or known[n] for n in names if isinstance(known[n], types.FunctionType)
        }
        copies.update({n: _Module(self, known[n]) for n in names if isinstance(known[n], types.ModuleType)})
        cells = tuple(types.CellType(copies.get(n, known.get(n))) for n in code.co_freevars)
        made = types.FunctionType(
            code, {**function.__globals__, **copies}, function.__name__, function.__defaults__, cells
        )
        made.__kwdefaults__ = function.__kwdefaults__
        return made

    def passes(self, site: int) -> int:
        """How often a site was passed."""
        return len(self.tape[site])

    def floating(self, site: int) -> bool:
        """Whether real numbers stand there."""
        return any(_is_floating(self.value(site, k)) for k in range(self.passes(site)))

    def record(self, subject: Subject, values: Values) -> Array:
        """The outputs with nothing changed, and all that passed the sites on the tape."""
        self.tape.clear()
        self.slopes.clear()
        self.recording = True
        try:
            return subject.evaluate(values)
        finally:
            self.recording = False

    def evaluate(self, subject: Subject, experiment: Experiment, values: Values) -> Array:
        """The outputs in an experiment."""
        self.experiment = experiment
        self.count.clear()
        self._moved = np.nan  # until it has been passed
        try:
            return subject.evaluate(values)
        finally:
            self.experiment = Experiment(())


class _Module:
    """A module whose functions are looked up with their switches."""

    def __init__(self, switches: Switches, module: types.ModuleType):
        self._switches, self._module = switches, module

    def __getattr__(self, name: str) -> Any:
        return self._switches.method(self._module, name)


def _visible(function: Any) -> dict[str, Any]:
    """The globals of a function, with its closure and the numbers among its defaults over them."""
    known = {**function.__globals__, **closure_of(function)}
    for name in function.__code__.co_varnames:  # a local variable hides a global of the same name
        known.pop(name, None)
    return {**known, **{n: v for n, v in defaults_of(function).items() if isinstance(v, (int, float))}}


def _moved(now: Any, before: Any) -> Any:
    """What an operand has moved by; a mask of truth values is a number here."""
    return now - before if np.asarray(before).dtype != bool else np.subtract(now, before, dtype=float)


def _is_floating(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")
