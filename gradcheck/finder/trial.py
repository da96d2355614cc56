"""Tries drawn arguments on the user's functions: how far a forward and a backward come with them."""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..subject.arguments import N_FIRST, N_SECOND
from ..subject.subject import Subject, Values
from .arguments import Arguments as Draw

Make = Callable[[Sequence[str], tuple[Any, ...]], tuple[Subject, Values]]
NOTHING_RUNS, FORWARD_RUNS, BACKWARD_RUNS = 0.0, 1.0, 2.0


def trial(make: Make, names: Sequence[str], draw: Draw) -> float:
    """0: it does not run; 1: the forward does; 2: so does the backward; up to 3: the share of gradients that fit."""
    with quiet():
        return min(_once(make, names, draw, n) for n in (N_FIRST, N_SECOND))


def _once(make: Make, names: Sequence[str], draw: Draw, n: int) -> float:
    rng = np.random.default_rng(n)
    try:
        subject, values = make(names, draw(rng, n))
        outs, _ = subject.forward(subject.fresh(values))
        if not outs or not all(o.dtype.kind == "f" and o.size and np.isfinite(o).all() for o in outs):
            return NOTHING_RUNS
        if subject.kind == "loss" and outs[0].size != 1:
            return NOTHING_RUNS
    except Exception:
        return NOTHING_RUNS
    try:
        outs, gradients = subject.run(values, [rng.standard_normal(o.shape) for o in outs])
        targets = subject.targets(values)
    except Exception:
        return FORWARD_RUNS
    found = [gradients.get(t) for t in targets]
    fit = [isinstance(g, np.ndarray) and g.shape == values[t].shape for t, g in zip(targets, found, strict=True)]
    return BACKWARD_RUNS + (sum(fit) / len(fit) if fit else 0.0)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Within it neither prints nor warnings of the user's code are seen, and NumPy's streams are put back."""
    state = np.random.get_state()  # noqa: NPY002  the user's stream
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
