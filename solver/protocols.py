"""What the solver knows of a model: a mapping of parameters and a loss, and what it uses where a model offers more.

Anything with `params` (a dict of arrays), `loss(X, y) -> (loss, grads)` and `loss(X) -> scores` trains; parameters that
live in one flat vector, `evaluate`, `noisy`, `state` and `config` are used where they exist.
"""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from base.arrays import Array

Config = dict[str, Any]
UpdateRule = Callable[..., tuple[Array, Config]]
Schedule = Callable[[int], float]


class Slot(Protocol):
    """Where one parameter lives in the flat vector, and whether weight decay applies to it (only to matrices)."""

    @property
    def name(self) -> str:
        """The parameter's name, as in `params`."""

    @property
    def slice(self) -> slice:
        """Its elements in the flat vector."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""

    @property
    def decays(self) -> bool:
        """Whether weight decay applies to it."""


Layout = Sequence[Slot]


@runtime_checkable
class FlatParams(Protocol):
    """Parameters that are views into one contiguous vector, matrices first."""

    flat: Array
    layout: Layout

    def like(self) -> "FlatParams":
        """A zeroed object of the same layout."""

    def __getitem__(self, name: str) -> Array:
        """The view of one parameter."""

    def __setitem__(self, name: str, value: Any) -> None:
        """Copy `value` into the view of one parameter."""

    def __iter__(self) -> Iterator[str]:
        """The names."""

    def __len__(self) -> int:
        """The number of parameters."""


class Model(Protocol):
    """A model: `params` and `loss`."""

    @property
    def params(self) -> MutableMapping[str, Array]:
        """Name -> array."""

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """`loss(X, y) -> (loss, grads)`; `loss(X) -> scores`."""


def is_flat(params: object) -> bool:
    """Whether `params` live in one flat vector."""
    return isinstance(params, FlatParams) and isinstance(getattr(params, "flat", None), np.ndarray)
