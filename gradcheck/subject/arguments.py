"""Where the arguments of a check come from: drawn afresh by `inputs(rng, n)`, or given once as arrays.

A source also knows what the batch size of its draws is, and which axes of which arguments carry it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .border import call
from .subject import Values

Inputs = Callable[[np.random.Generator, int], Any]
N_FIRST, N_SECOND = 5, 7


def drawn(inputs: Any, seed: Any, n: int = N_FIRST) -> tuple[Any, ...]:
    """What `inputs(rng, n)` returns as a tuple of arguments: the values of a dict, and one array alone is one argument.

    seed: of the generator, or a generator. TypeError where `inputs` is no function, and whatever it raises itself.
    """
    if not callable(inputs):
        raise TypeError(f"inputs is a {type(inputs).__name__}; expected a function inputs(rng, n) -> arguments")
    values = call(inputs, np.random.default_rng(seed), n)
    values = tuple(values.values()) if isinstance(values, Mapping) else values
    return tuple(values) if isinstance(values, (tuple, list)) else (values,)


def batch_size(values: Values, batch: str | None = None) -> int:
    """The length of the first axis of the argument that carries the batch: integer labels, else the first array."""
    if batch is not None and isinstance(values.get(batch), np.ndarray) and values[batch].ndim:
        return len(values[batch])
    labels = [v for v in values.values() if isinstance(v, np.ndarray) and v.dtype.kind in "iu" and v.ndim == 1]
    first = [v for v in values.values() if isinstance(v, np.ndarray) and v.ndim]
    chosen = (labels or first)[:1]
    return len(chosen[0]) if chosen else 1


@dataclass
class Source:
    """Where arguments come from: drawn by `inputs(rng, n)`, or given once as arrays."""

    names: Sequence[str]
    given: tuple[Any, ...] | None
    inputs: Inputs | None
    seed: int
    params: Sequence[str] = ()  # free parameters, which may be moved a little
    batch: str | None = None  # the argument that carries the batch axis, None for the first float array
    columns: int | None = None  # the batch size of given arrays whose examples stand in columns
    carriers: Sequence[str] = ()  # given arrays whose first axis is the batch, where that is known
    notes: list[str] = field(default_factory=list)
    _axes: list[tuple[str, int]] | None = None

    @property
    def batch_axes(self) -> list[tuple[str, int]]:
        """(argument, axis) pairs whose length is the n that `inputs(rng, n)` was asked for, whichever axis that is."""
        if self._axes is None:
            a, b = (self.try_draw(k, n) or {} for k, n in ((0, N_FIRST), (1, N_SECOND)))
            self._axes = [
                (k, axis)
                for k, v in a.items()
                if isinstance(v, np.ndarray) and len(np.shape(b.get(k, 0))) == v.ndim
                for axis in range(v.ndim)
                if (v.shape[axis], np.shape(b[k])[axis]) == (N_FIRST, N_SECOND)
            ]
        return self._axes

    def size(self, values: Values, n: int) -> int:
        """The batch size of a draw for n: n itself where any axis follows it, else what `batch_size` finds."""
        return n if self.batch_axes else batch_size(values, self.batch)

    def draw(self, k: int, n: int) -> Values | None:
        """The k-th fresh draw with batch size n, None where there is nothing to draw from or drawing fails."""
        if self.inputs is None:
            return None
        args = call(self.inputs, np.random.default_rng([self.seed, k]), n)
        if isinstance(args, Mapping):
            return dict(args)
        if not isinstance(args, (tuple, list)):
            args = (args,)
        return dict(zip(self.names, args, strict=True))

    def try_draw(self, k: int, n: int) -> Values | None:
        """Like `draw`, but a failure is a note and not an error."""
        try:
            return self.draw(k, n)
        except Exception as error:
            self.notes.append(f"inputs(rng, {n}) raises {type(error).__name__}: probe dropped")
            return None
