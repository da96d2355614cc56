"""What the first run of an object tells: which arrays matter, whether gradients fit, whether dout is used."""

from collections.abc import Callable
from typing import Any

import numpy as np

from base.arrays import Array

from ..subject.gradients import MISSING
from ..subject.subject import Values
from .calling import takes_upstream
from .returned import by_path
from .roles import read
from .state import Answer
from .undrawn import ElsewhereError


def right_shapes(subject: Any, answer: Answer) -> bool:
    """Whether every gradient has its parameter's shape."""
    given = by_path(answer.returned, subject.returned_names)
    held = subject.roles.parameters
    found = {n: read(subject.roles, n, answer.thing, given, a, subject.rate) for n, a in held.items()}
    return all(g is MISSING or np.shape(g) == held[n].shape for n, g in found.items())


def require_use(subject: Any, first: Answer, second: Answer | None) -> None:
    """A layer with labels whose backward uses no dout is the end of a net, and its loss is elsewhere."""
    given = [by_path(a.returned, subject.returned_names) for a in (first, second) if a is not None]
    arrays = [[v for v in g.values() if isinstance(v, np.ndarray)] for g in given]
    if takes_upstream(subject.backward_method) and arrays[0] and all(map(np.array_equal, *arrays)):
        raise ElsewhereError(subject.label)


def moves_of(subject: Any, values: Values, outs: list[Array]) -> Callable[[Array], bool]:
    """Whether the outputs move with an array of the object."""

    def moves(array: Array) -> bool:
        rng = np.random.default_rng(1)
        other = array + np.where(array == 0, 0.1, 0.1 * np.abs(array)) * rng.uniform(0.5, 1.0, array.shape)
        thing = subject.copier.copy(subject.thing, [(array, other)])
        old, subject.thing = subject.thing, thing
        try:
            subject.streams.rewind()
            new, _ = subject.forward(subject.fresh(values))
        except Exception:
            return True
        finally:
            subject.thing = old
        return not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(outs, new, strict=True))

    subject.streams.rewind()
    return moves
