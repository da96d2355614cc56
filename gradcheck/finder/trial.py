"""Tries drawn arguments on the user's functions: how far a forward and a backward come with them."""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ..subject.arguments import N_FIRST, N_SECOND
from ..subject.subject import Subject
from .arguments import Arguments as Draw

Make = Callable[[Sequence[str], tuple[object, ...], Sequence[str] | None], Subject]
NOTHING_RUNS, FORWARD_RUNS, BACKWARD_RUNS, SHAPES_MATCH = range(4)


def trial(make: Make, names: Sequence[str], draw: Draw, wrt: Sequence[str] | None) -> int:
    """0: it does not run; 1: the forward does; 2: so does the backward; 3: all gradients have their shapes."""
    with quiet():
        return min(_once(make, names, draw, wrt, n) for n in (N_FIRST, N_SECOND))


def _once(make: Make, names: Sequence[str], draw: Draw, wrt: Sequence[str] | None, n: int) -> int:
    rng = np.random.default_rng(n)
    try:
        args = draw(rng, n)
        subject = make(names, args, wrt)
        values = subject.arguments.flat(args)  # type: ignore[attr-defined]
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
    shapes = [(np.shape(gradients.get(t)), np.shape(values[t])) for t in targets]
    whole = targets and all(isinstance(gradients.get(t), np.ndarray) for t in targets)
    return SHAPES_MATCH if whole and all(a == b for a, b in shapes) else BACKWARD_RUNS


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
