"""Training without backpropagation: a model whose gradients are centred differences of its loss.

It shows what backpropagation saves, and trains classes that have a loss but no backward pass.
"""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array

Gradients = Callable[[Any, Array, Array, float], Mapping[str, Array] | None]


def numeric(model: Any, *, h: float = 1e-4, gradients: Gradients | None = None) -> "Numeric":
    """`model` with `loss(X, y) -> (loss, grads)` whose gradients are (L(p + h) - L(p - h)) / 2h for every parameter p.

    model: anything with `params` (name -> float array) and `loss(X, y)`, which may return the loss alone.
    gradients(model, X, y, h): another way to them, such as one that uses the structure of a net, or None where it
    knows no way; by default every parameter is moved in place and put back, two losses each.
    Raises ValueError for h <= 0, TypeError for parameters that are not floating arrays.
    """
    return Numeric(model, h, gradients)


class Numeric:
    """See `numeric`; all that is not defined here is the model's own."""

    def __init__(self, model: Any, h: float, gradients: Gradients | None):
        if not h > 0:
            raise ValueError(f"h is {h!r}; expected a positive step")
        check_floating(model.params)
        self.model, self.h, self.gradients = model, h, gradients

    def loss(self, X: ArrayLike, y: ArrayLike | None = None, *, out: MutableMapping[str, Array] | None = None) -> Any:
        """`loss(X, y)` -> (loss, grads), `loss(X)` -> scores (the model's `predict` where its loss needs y)."""
        X = np.asarray(X)
        if y is None:
            return self.model.predict(X) if self._loss_needs_y() else self.model.loss(X)
        y = np.asarray(y)
        value, grads = loss_value(self.model, X, y), None
        if self.gradients is not None:
            grads = self.gradients(self.model, X, y, self.h)
        if grads is None:
            grads = by_moving(self.model, X, y, self.h)
        if out is None:
            return value, dict(grads)
        for name, gradient in grads.items():
            out[name] = gradient
        return value, out

    def _loss_needs_y(self) -> bool:
        import inspect

        *_, last = inspect.signature(self.model.loss).parameters.values()
        return last.default is last.empty and hasattr(self.model, "predict")

    def __getattr__(self, name: str) -> Any:
        if name in ("model", "__deepcopy__", "__setstate__"):  # not there yet while a copy is being made
            raise AttributeError(name)
        return getattr(self.model, name)


def by_moving(model: Any, X: Array, y: Array, h: float) -> dict[str, Array]:
    """Centred differences for any model: each entry of each parameter is moved by +-h in place, and always put back."""
    check_floating(model.params)
    grads = {}
    for name in model.params:
        array = model.params[name]
        grads[name] = gradient = np.empty(array.shape)
        for index in np.ndindex(array.shape):
            before = array[index]
            try:
                array[index] = before + h
                above = loss_value(model, X, y)
                array[index] = before - h
                gradient[index] = (above - loss_value(model, X, y)) / (2 * h)
            finally:
                array[index] = before
    return grads


def loss_value(model: Any, X: Array, y: Array) -> float:
    """The loss of a model whose `loss(X, y)` returns it alone or before other things."""
    result = model.loss(X, y)
    return float(result[0] if isinstance(result, tuple) else result)


def check_floating(params: Mapping[str, Any]) -> None:
    """TypeError unless all parameters are floating arrays: an integer would swallow the step."""
    for name, array in params.items():
        if not (isinstance(array, np.ndarray) and array.dtype.kind == "f"):
            kind = getattr(array, "dtype", type(array).__name__)
            raise TypeError(f"parameter {name!r} is {kind}, which a step of h cannot move: use {name}.astype(float)")
