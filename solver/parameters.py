"""The parameters of any model as one vector; here, at the border, a model of separate arrays is adopted, once.

Its arrays are copied into one vector, and views of that take their places in its `params` dict. From then on all that
trains, measures and saves sees one array and a layout. The arrays that were handed in are never written to.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from base.arrays import Array

from .inputs.model import check_arrays, check_model
from .protocols import FlatParams, Layout, Model, Slot


class Parameters:
    """`vector` holds all parameters of `model`; `views` are its pieces by name; `layout` says where each of them lies.

    Models whose `params` are `native` (views into one vector already) are used as they are. Arrays that another model
    puts into its `params` later on are noticed and taken over by `adopt`.
    Raises TypeError or ValueError for parameters that do not fit into one vector.
    """

    vector: Array
    views: dict[str, Array]

    def __init__(self, model: Model):
        check_model(model)
        self.model = model
        params: Any = model.params
        self.native = isinstance(params, FlatParams) and isinstance(params.flat, np.ndarray)
        if self.native:
            self.layout: Layout = [Slot(s.name, s.slice, s.shape, s.decays) for s in params.layout]
            self._lay(params.flat)
        else:
            dtype = check_arrays(params)
            self.layout = _one_after_the_other(params)
            self._lay(np.empty(self.layout[-1].slice.stop, dtype))
            self.adopt()
        self.names = list(self.views)

    def _lay(self, vector: Array) -> None:
        self.vector, self.views = vector, self.split(vector)

    def adopt(self) -> None:
        """Take over what the model has put into `params` since the last look: the values here, our views there.

        Called after every `loss` that hands arrays over, for it may rebind an entry, or all of `params`, and before the
        parameters are copied or replaced. Raises ValueError or TypeError for arrays of another shape, and for a
        `params` that does not keep what is put into it.
        """
        params: Any = self.model.params
        if self.native:
            if params.flat is not self.vector:
                self._lay(params.flat)
            return
        for name, view in self.views.items():
            if params.get(name) is not view:
                self._take_over(params)
                break

    def _take_over(self, params: Any) -> None:
        for name, view in self.views.items():
            if name not in params or np.shape(params[name]) != view.shape:
                now = f"of shape {np.shape(params[name])}" if name in params else "gone"
                raise ValueError(f"parameter {name!r} of shape {view.shape} is {now} in model.params: keep its shape.")
        values = {name: np.array(params[name]) for name in self.views}  # copies: some may be views of the vector
        for name, view in self.views.items():
            np.copyto(view, values[name], casting="same_kind")
        try:
            params.update(self.views)
            kept = all(self.model.params[name] is view for name, view in self.views.items())
        except (AttributeError, TypeError):
            kept = False
        if not kept:
            kind = type(params).__name__
            raise TypeError(f"model.params must be one dict that keeps the arrays put into it; this {kind} does not.")

    def not_finite(self) -> str | None:
        """The name of the first parameter that holds NaN or infinity."""
        self.adopt()
        return next((name for name, view in self.views.items() if not np.isfinite(view).all()), None)

    def copy(self) -> dict[str, Array]:
        """Name -> copy of each parameter."""
        self.adopt()
        return self.split(self.vector.copy())

    def load(self, arrays: Mapping[str, Array]) -> None:
        """Write `arrays` into the model."""
        self.adopt()
        for name, view in self.views.items():
            view[...] = arrays[name]

    def split(self, vector: Array) -> dict[str, Array]:
        """Name -> view into a vector of this layout."""
        return {slot.name: vector[slot.slice].reshape(slot.shape) for slot in self.layout}

    def join(self, arrays: Mapping[str, Array]) -> Array:
        """One vector of this layout from separate arrays."""
        vector = np.empty_like(self.vector)
        for name, view in self.split(vector).items():
            view[...] = arrays[name]
        return vector


def _one_after_the_other(params: Mapping[str, Array]) -> Layout:
    """The layout of separate arrays in the order of their dict; matrices decay."""
    slots, start = [], 0
    for name, array in params.items():
        slots.append(Slot(name, slice(start, start + array.size), array.shape, array.ndim >= 2))
        start += array.size
    return slots


def ratios(before: Mapping[str, Array], now: Mapping[str, Array]) -> dict[str, float]:
    """||dw|| / ||w|| of each parameter, from its values before and now; 0 where w was 0."""
    norms = {name: (float(np.linalg.norm(now[name] - w)), float(np.linalg.norm(w))) for name, w in before.items()}
    return {name: moved / size if size else 0.0 for name, (moved, size) in norms.items()}
