"""Draws the arguments of a framework's function from its names, as the finder draws those of a NumPy function."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..classes.sizes import NOTHING
from ..classes.undrawn import UndrawnError
from ..finder.arguments import Drawn, Parameter, find_arguments
from ..finder.trial import BACKWARD_RUNS, FORWARD_RUNS, NOTHING_RUNS, quiet
from ..subject.arguments import N_FIRST, N_SECOND
from ..subject.subject import Subject, Values

Make = Callable[[Sequence[str], tuple[Any, ...]], tuple[Subject, Values]]


def drawn_for(name: str, parameters: Sequence[inspect.Parameter], make: Make) -> Drawn:
    """Arguments with which forward and backward run at two batch sizes; UndrawnError where none are found."""
    known = [
        Parameter(p.name, NOTHING if p.default is p.empty else p.default)
        for p in parameters
        if p.kind <= p.POSITIONAL_OR_KEYWORD
    ]

    def trial(names: tuple[str, ...], arguments: Any) -> float:
        with quiet():
            return min(_once(make, names, arguments(np.random.default_rng(n), n)) for n in (N_FIRST, N_SECOND))

    found = [find_arguments(kind, name, known, {}, trial) for kind in ("layer", "loss")]
    best = max((d for d in found if d is not None), key=lambda d: d.score, default=None)
    if best is None:
        names = ", ".join(p.name for p in known)
        raise UndrawnError(name, f"no arguments for {name}({names}) are found by their names", names)
    return best


def _once(make: Make, names: Sequence[str], args: tuple[Any, ...]) -> float:
    try:
        subject, values = make(names, args)
        outs, _ = subject.forward(subject.fresh(values))
        if not all(o.size and np.isfinite(o).all() for o in outs):
            return NOTHING_RUNS
    except Exception:
        return NOTHING_RUNS
    rng = np.random.default_rng(0)
    try:
        _, gradients = subject.run(values, [rng.standard_normal(o.shape) for o in outs])
        targets = subject.targets(values)
    except Exception:
        return FORWARD_RUNS
    fit = [getattr(gradients.get(t), "shape", None) == values[t].shape for t in targets]
    return BACKWARD_RUNS + (sum(fit) / len(fit) if fit else 0.0)
