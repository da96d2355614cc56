"""One thing to check, found in a file: it draws its own arguments, and says so where it cannot."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from ..classes.entry import instance, pointwise
from ..classes.undrawn import UndrawnError
from ..entry import run_check
from ..frameworks import entry as frameworks
from ..options import options_from
from ..report.report import Report
from ..subject.arguments import N_FIRST, drawn
from ..subject.subject import Values, numbered
from . import initialisers
from .arguments import Arguments as Draw, Drawn, Parameter, find_arguments
from .called import Arguments, ChainSubject, LossCall, PairSubject
from .loading import cell_of
from .names import Found, parameters_of, stem
from .trial import trial

_Called = PairSubject | ChainSubject | LossCall
Inputs = Callable[[np.random.Generator, int], Any]
_OURS = ("layer", "loss", "chain")  # kinds for which arguments are drawn here


class Subject:
    """One thing to check. functions: (forward, backward) of a layer, (loss,) of a loss, (class,); where: 'path:line'.

    Nothing of the file is run before `inputs`, `missing` or `check` is asked for.
    """

    def __init__(self, found: Found, where: str, given: Inputs | None = None, cells: Sequence[int] = ()):
        self._cells = cells
        self.name, self.kind, self.where = found.name, found.kind, where
        self.functions = tuple(f for f in found.functions if f is not None)
        self._found, self._given = found, given

    def __repr__(self) -> str:
        return f"<Subject {self.name}: {self.kind}, {self.where}>"

    @cached_property
    def _drawn(self) -> Drawn | None:
        if self.kind not in _OURS:
            return None
        found, fixed = self._found, dict([self._found.setting] if self._found.setting else [])
        known = list(map(Parameter.of, parameters_of(found)))
        kind = "loss" if self.kind == "chain" and "loss" in self.name else self.kind
        own = [] if kind == "layer" else initialisers.schemes(getattr(found.functions[0], "__globals__", {}))
        return find_arguments(kind, found.functions[0].__name__, known, fixed, self._best_trial, own)

    def _best_trial(self, names: tuple[str, ...], draw: Draw) -> float:
        return max(trial(partial(self._make, wrt), names, draw) for wrt in self._choices(names, draw))

    def _choices(self, names: Sequence[str], draw: Draw) -> list[tuple[str, ...] | None]:
        """What may be differentiated: the returned gradients decide; else the weights beside the data."""
        if self.kind == "layer":
            return [None]
        arguments = Arguments(names, draw(np.random.default_rng(0), N_FIRST))
        leaves = arguments.leaves()
        if leaves:
            return [leaves]
        weights = tuple(n for n in arguments.names if n.lower().startswith(("w", "b", "theta", "params")))
        return [None, weights] if weights and len(weights) < len(names) else [None]

    def _make(self, wrt: Sequence[str] | None, names: Sequence[str], args: tuple[Any, ...]) -> tuple[_Called, Values]:
        """The subject for such arguments, and these in its flat form."""
        arguments = Arguments(names, args)
        functions: Any = self._found.functions  # as many as the kind asks for
        if self.kind == "layer":
            forward, backward = functions
            return PairSubject(forward, backward, arguments, wrt), arguments.flat(args)
        if self.kind == "chain":
            return ChainSubject(functions, arguments, wrt), arguments.flat(args)
        (loss,) = functions
        return LossCall(loss, arguments, wrt), arguments.flat(args)

    @property
    def inputs(self) -> Inputs | None:
        """inputs(rng, n) -> arguments: those of the file, else drawn ones; None where there are none."""
        return self._given or (self._drawn.arguments if self._drawn else None)

    @property
    def words(self) -> str:
        """What was drawn, 'x (5, 4), w (4, 3)'; empty where the file gives its own arguments, or for a class."""
        return self._drawn.words if not self._given and self._drawn else ""

    @property
    def missing(self) -> str | None:
        """What could not be drawn, and the line to write; None where there are arguments. Classes tell in `check`."""
        if self.kind not in _OURS or self.inputs is not None:
            return None
        names = [p.name for p in parameters_of(self._found) if p.default is p.empty]
        return (
            f"no arguments ({', '.join(names)}) could be drawn with which {self.functions[0].__name__} runs: write in "
            f"that file\n    def {stem(self.name.partition('[')[0])}_inputs(rng, n): return {', '.join(names) or 'x'}"
        )

    def check(self, inputs: Inputs | None = None, **options: Any) -> Report:
        """The report, on the arguments of `inputs`, of the file, or drawn ones; `unchecked` where there are none."""
        options = {"label": self.name, **options}
        inputs = inputs or self._given
        if inputs is None and self.missing:
            report = Report(label=options["label"], unchecked=self.missing)
        else:
            try:
                report = self._checked(inputs, options)
            except UndrawnError as error:
                report = Report(label=options["label"], unchecked=str(error))
        report.place = self.where or report.place
        for finding in report.findings if self._cells else ():
            place = re.match(r"[^:]*\.ipynb:(\d+)", finding.source or "")
            if place and finding.source:
                finding.source = cell_of(self._cells, int(place[1])) + finding.source[place.end() :]
        if self.words and inputs is None:
            report.notes.append(f"drawn: {self.words}")
        return report

    def report(self, **options: Any) -> Report:
        """As `check`; what it raises is a report that says why nothing was checked."""
        try:
            return self.check(**options)
        except Exception as error:
            return Report(label=self.name, place=self.where, unchecked=f"{type(error).__name__}: {error}")

    def _checked(self, inputs: Inputs | None, options: dict[str, Any]) -> Report:
        if self.kind == "class":
            return instance(*self.functions, form=self._found.form, inputs=inputs, **options)
        if self.kind == "pointwise":
            return pointwise(*self.functions, inputs=inputs, **options)
        if self.kind in ("torch", "jax"):
            return frameworks.check(self.kind, *self.functions, inputs=inputs, **options)
        label, chosen = options.pop("label"), options_from(options)
        if inputs is None and self._drawn is not None:
            names, draw = self._drawn.names, self._drawn.arguments
        else:
            names, draw = tuple(p.name for p in parameters_of(self._found)), partial(drawn, inputs)
        args = draw(np.random.default_rng([chosen.seed, 0]), N_FIRST)
        names = numbered(names, len(args))
        wrt = max(self._choices(names, draw), key=lambda one: trial(partial(self._make, one), names, draw))
        subject, values = self._make(wrt, names, args)
        flat = subject.arguments.flat
        return run_check(
            subject, tuple(values.values()), lambda rng, n: tuple(flat(draw(rng, n)).values()), chosen, label
        )
