"""What a model must be: an object with `params` and `loss`, arrays of one floating dtype, a loss that follows them."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from base.arrays import Array

from ..protocols import Layout
from .returns import check_gradients, check_pair


def check_model(model: Any) -> None:
    """TypeError unless `model` is an object with `params` and `loss`."""
    if isinstance(model, type):
        raise TypeError(f"model must be an object; got the class {model.__name__}: pass {model.__name__}(...).")
    for name in ("params", "loss"):
        if not hasattr(model, name):
            kind = type(model).__name__
            raise TypeError(f"model must have params (a dict of arrays) and loss(X, y); {kind} has no {name}.")


def check_arrays(params: Any) -> np.dtype[Any]:
    """The one floating dtype of the arrays in the dict `params`; TypeError where it is no such dict."""
    if not isinstance(params, Mapping) or not params:
        raise TypeError(f"model.params must be a non-empty dict of arrays; got {type(params).__name__}.")
    by_dtype: dict[np.dtype[Any], list[str]] = {}
    for name, array in params.items():
        if not (isinstance(array, np.ndarray) and np.issubdtype(array.dtype, np.floating)):
            what = f"dtype {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
            raise TypeError(f"parameter {name!r} must be a floating NumPy array; got {what}.{_convert(name, array)}")
        if isinstance(array, np.matrix | np.ma.MaskedArray):
            raise TypeError(f"parameter {name!r} is a {type(array).__name__}; pass a plain array: np.asarray(...).")
        by_dtype.setdefault(array.dtype, []).append(name)
    if len(by_dtype) > 1:
        seen = "; ".join(f"{', '.join(names)}: {dtype}" for dtype, names in by_dtype.items())
        raise TypeError(
            f"the parameters live in one vector, so they must have one dtype; got {seen}. Convert them when the model"
            f" is built: params[name] = params[name].astype(np.{np.result_type(*by_dtype)})."
        )
    return next(iter(by_dtype))


def _convert(name: str, array: Any) -> str:
    integers = isinstance(array, np.ndarray) and array.dtype.kind in "biu"
    return f" Convert it (params[{name!r}].astype(float)), or keep it outside of params." if integers else ""


def loss_arguments(loss: Any) -> Mapping[str, inspect.Parameter]:
    """The arguments of `model.loss`; TypeError unless it can be called both as loss(X, y) and as loss(X)."""
    signature = inspect.signature(loss)
    for arguments in (("X", "y"), ("X",)):
        try:
            signature.bind(*arguments)
        except TypeError:
            raise TypeError(
                f"model.loss must take (X, y=None): loss(X, y) gives (loss, grads), loss(X) the scores; it takes"
                f" {signature}."
            ) from None
    return signature.parameters


def check_follows(model: Any, twin: Any, layout: Layout, X: Array, y: Array) -> None:
    """ValueError where a parameter has a gradient, and yet `loss` does not change when the parameter does.

    So it is where layers keep arrays that they were built with: those in `params` move, the layers never see it, and
    training would do nothing. It is tried on `twin`, a copy of the model (the model itself, where it has none), with
    NaN, which spreads to whatever is computed from it; and once more on the model, whose `loss` may be a closure that a
    copy shares with it.
    """
    names = [slot.name for slot in layout]
    if twin is not model:
        scores, answer = np.array(twin.loss(X)), twin.loss(X, y)
        check_pair(answer)
        check_gradients(answer[1], layout)
        moving = [name for name in names if np.any(answer[1][name])]
        names = [name for name in moving if not _follows(twin, [name], lambda w: np.nan, scores, X, y)]
    if names and not _follows(model, names, _others, np.array(model.loss(X)), X):
        raise ValueError(
            f"loss stays the same when params[{names[0]!r}] changes, so training would do nothing. Do layers keep the"
            " arrays that they were built with? Look them up in self.params in each call of loss."
        )


def _others(w: Array) -> Array:
    """Other numbers than w (v * v + k = v has no solution), no two alike: equal scores are the same probabilities."""
    return w * w + np.arange(1, w.size + 1).reshape(w.shape)


def _follows(
    model: Any, names: list[str], change: Callable[[Array], Any], scores: Array, X: Array, y: Array | None = None
) -> bool:
    """Whether the scores, or with y the loss, are others with these parameters changed; they are put back."""
    before = {name: model.params[name].copy() for name in names}
    try:
        with np.errstate(all="ignore"):
            for name in names:
                model.params[name][...] = change(before[name])
            if not np.array_equal(model.loss(X), scores):
                return True
            return y is not None and not np.isfinite(model.loss(X, y)[0])  # it is in a penalty, say
    except Exception:  # a model that refuses such numbers has looked at them
        return True
    finally:
        for name in names:
            model.params[name][...] = before[name]
