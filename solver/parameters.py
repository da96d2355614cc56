"""The parameters of any model as the solver sees them: one flat vector, or separate arrays, behind one surface.

A unit is what an update rule gets in one call: the whole flat vector, or one array.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from .protocols import Layout, Model, is_flat

FLAT = "*"  # no parameter is called so


class Unit(NamedTuple):
    """A name (FLAT or a parameter's) and the layout of the piece."""

    name: str
    layout: Layout


class ArraySlot(NamedTuple):
    """The slot of an array that stands alone."""

    name: str
    slice: slice
    shape: tuple[int, ...]
    decays: bool


class Parameters:
    """Reads and writes `model.params`; the arrays of a foreign model are replaced, never written into."""

    def __init__(self, model: Model):
        _check_model(model)
        self.model = model
        self.flat = is_flat(model.params)
        if not self.flat:
            _check_arrays(model.params)
        self.layout: Layout = model.params.layout if self.flat else _stacked(model.params)  # type: ignore[attr-defined]
        self.names = [slot.name for slot in self.layout]

    def units(self, whole: bool) -> list[Unit]:
        """One unit of the flat vector where there is one and the rule takes a layout (`whole`), else one per array."""
        if self.flat and whole:
            return [Unit(FLAT, self.layout)]
        return [Unit(s.name, (ArraySlot(s.name, slice(0, _size(s.shape)), s.shape, s.decays),)) for s in self.layout]

    def __getitem__(self, name: str) -> Array:
        """The array of a unit, live."""
        params: Any = self.model.params
        array: Array = params.flat if name == FLAT and self.flat else params[name]
        return array

    def __setitem__(self, name: str, value: Array) -> None:
        """Let the unit hold `value`: copied into a flat vector, handed over to a foreign model."""
        params: Any = self.model.params
        if not self.flat:
            params[name] = value
        elif name != FLAT:
            params[name][...] = value
        elif value is not params.flat:
            params.flat[...] = value

    def not_finite(self) -> str | None:
        """The name of the first parameter that holds NaN or infinity."""
        return next((name for name in self.names if not np.isfinite(self[name]).all()), None)

    def copy(self) -> dict[str, Array]:
        """Name -> copy of each parameter."""
        if self.flat:
            return self.split(self[FLAT].copy())
        return {name: np.array(self[name], copy=True) for name in self.names}

    def load(self, arrays: Mapping[str, Array]) -> None:
        """Write copies of `arrays` into the model."""
        for name in self.names:
            self[name] = arrays[name] if self.flat else np.array(arrays[name], copy=True)

    def split(self, vector: Array) -> dict[str, Array]:
        """Name -> view into a vector of the flat layout."""
        return {slot.name: vector[slot.slice].reshape(slot.shape) for slot in self.layout}

    def join(self, arrays: Mapping[str, Array]) -> Array:
        """One vector of the flat layout from separate arrays."""
        vector = np.empty(sum(_size(slot.shape) for slot in self.layout), next(iter(arrays.values())).dtype)
        for slot in self.layout:
            vector[slot.slice] = np.ravel(arrays[slot.name])
        return vector


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=np.int64))


def _stacked(params: Mapping[str, Array]) -> Layout:
    """The layout that separate arrays would have one after the other."""
    slots, start = [], 0
    for name, array in params.items():
        slots.append(ArraySlot(name, slice(start, start + array.size), array.shape, array.ndim >= 2))
        start += array.size
    return slots


def _check_model(model: Any) -> None:
    if isinstance(model, type):
        raise TypeError(f"model must be an object; got the class {model.__name__}: pass {model.__name__}(...).")
    for name in ("params", "loss"):
        if not hasattr(model, name):
            kind = type(model).__name__
            raise TypeError(f"model must have params (a dict of arrays) and loss(X, y); {kind} has no {name}.")


def _check_arrays(params: Any) -> None:
    if not isinstance(params, Mapping) or not params:
        raise TypeError(f"model.params must be a non-empty dict of arrays; got {type(params).__name__}.")
    for name, array in params.items():
        if not (isinstance(array, np.ndarray) and np.issubdtype(array.dtype, np.floating)):
            what = f"dtype {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
            raise TypeError(f"parameter {name!r} must be a floating NumPy array; got {what}.")
