"""What the solver knows of a model: a mapping of parameters and a loss, and what it uses where a model offers more.

Anything with `params` (a dict of arrays), `loss(X, y) -> (loss, grads)` and `loss(X) -> scores` trains; parameters that
live in one flat vector, `evaluate`, `noisy`, `state` and `config` are used where they exist.
"""

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from base.arrays import Array

Config = dict[str, Any]
UpdateRule = Callable[..., tuple[Array, Config]]
Schedule = Callable[[int], float]
Gathering = Callable[[Array, int], tuple[Array, Array]]  # (rows, step) -> (X, y)


class Slot(NamedTuple):
    """Where one parameter lives in the flat vector; `decays`: weight decay applies to it (only to matrices)."""

    name: str
    slice: slice
    shape: tuple[int, ...]
    decays: bool


Layout = Sequence[Slot]


@runtime_checkable
class FlatParams(Protocol):
    """Parameters that are views into one contiguous vector, as those of our own models are."""

    flat: Array
    layout: Layout

    def like(self) -> "FlatParams":
        """A zeroed object of the same layout."""


class Model(Protocol):
    """A model: `params` and `loss`."""

    @property
    def params(self) -> MutableMapping[str, Array]:
        """Name -> array."""

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """`loss(X, y) -> (loss, grads)`; `loss(X) -> scores`."""
