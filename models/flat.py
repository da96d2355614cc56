"""All parameters of a model in one contiguous vector, with a mapping of named views into it.

Update rules, checkpoints, clipping, SciPy's minimisers and an all-reduce then see one array.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from base.arrays import Array


class Slot(NamedTuple):
    """Where a parameter lies in the flat vector; `decays` is True for matrices, the only ones penalised or decayed."""

    name: str
    slice: slice
    shape: tuple[int, ...]
    decays: bool


class FlatParams(MutableMapping[str, Array]):
    """A mapping name -> view into `flat`, matrices first and vectors last; `layout` is a tuple of Slots.

    Assigning `params[name] = array` copies into the view (the shape must fit); names can be neither added nor deleted.
    Iteration is in the order in which the parameters were given. Copies and pickles rebuild the views.
    """

    def __init__(self, layout: tuple[Slot, ...], flat: Array, order: tuple[str, ...] = ()):
        self.layout = layout
        self.flat = flat
        views = {slot.name: flat[slot.slice].reshape(slot.shape) for slot in layout}
        self._views = {name: views[name] for name in order or views}
        self.decaying = flat[: sum(slot.slice.stop - slot.slice.start for slot in layout if slot.decays)]

    @classmethod
    def of(cls, arrays: Mapping[str, ArrayLike], dtype: DTypeLike | None = None) -> "FlatParams":
        """Lay `arrays` (name -> array) out in one vector of `dtype` (by default their common type, at least float)."""
        if not isinstance(arrays, Mapping):
            raise TypeError(f"params is a {type(arrays).__name__}; expected a dict, name -> array")
        given = {name: np.asarray(array) for name, array in arrays.items()}
        kind = np.dtype(dtype or np.result_type(np.float32, *{array.dtype for array in given.values()}))
        layout: list[Slot] = []
        start = 0
        for name, array in sorted(given.items(), key=lambda item: item[1].ndim < 2):  # stable: matrices, then vectors
            layout.append(Slot(name, slice(start, start + array.size), array.shape, array.ndim >= 2))
            start += array.size
        params = cls(tuple(layout), np.empty(start, kind), tuple(given))
        params.update(given)
        return params

    def like(self) -> "FlatParams":
        """A zeroed vector with the same layout, e.g. to receive gradients."""
        return FlatParams(self.layout, np.zeros_like(self.flat), tuple(self._views))

    def copy(self) -> "FlatParams":
        """A copy with a vector of its own."""
        return FlatParams(self.layout, self.flat.copy(), tuple(self._views))

    def __getitem__(self, name: str) -> Array:
        return self._views[name]

    def __setitem__(self, name: str, value: ArrayLike) -> None:
        if name not in self._views:
            raise KeyError(f"no parameter {name!r}; there are {', '.join(self._views)}")
        view, array = self._views[name], np.asarray(value)
        if view.shape != array.shape:
            hint = ": transposed?" if view.shape == array.shape[::-1] else ""
            raise ValueError(f"parameter {name!r} has shape {view.shape}, the new value has {array.shape}{hint}")
        view[...] = array

    def __delitem__(self, name: str) -> None:
        raise TypeError("the parameters of a model are laid out once and cannot be deleted")

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {view.shape}" for name, view in self._views.items())
        return f"FlatParams({shapes}; {self.flat.size} of {self.flat.dtype})"

    def __deepcopy__(self, memo: dict[int, Any]) -> "FlatParams":
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.layout, self.flat.copy(), tuple(self._views))


def _rebuilt(layout: tuple[Slot, ...], flat: Array, order: tuple[str, ...]) -> FlatParams:
    """From a pickle; joblib may map the vector from its file, read-only, and parameters are to be trained on."""
    return FlatParams(layout, np.require(flat, requirements="W"), order)
