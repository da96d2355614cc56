"""What the user's functions return, checked the first time they are called: the loss, the scores, the update rule."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from base.arrays import Array
from base.words import seen

from ..protocols import Layout


def check_pair(answer: Any) -> None:
    """TypeError unless `loss(X, y)` answered with two values, the loss before the gradients."""
    if not (isinstance(answer, tuple) and len(answer) == 2):
        hint = " Is a 'return' missing?" if answer is None else ""
        raise TypeError(f"loss() must return (scalar, grads) when y is given; got {seen(answer)}.{hint}")
    if isinstance(answer[0], Mapping):
        got = f"({seen(answer[0])}, {seen(answer[1])})"
        raise TypeError(f"loss() must return (scalar, grads), in this order; got {got}. Swap them?")


def scalar(loss: Any) -> float:
    """The loss as a float; TypeError where it is an array, or no number."""
    if np.ndim(loss) != 0:
        raise TypeError(
            f"loss() must return (scalar, grads) when y is given; got an array of shape {np.shape(loss)}."
            " Did you forget .mean()?"
        )
    try:
        return float(loss)
    except (TypeError, ValueError):
        raise TypeError(f"loss() must return (scalar, grads) when y is given; got ({seen(loss)}, ...).") from None


def check_gradients(grads: Any, layout: Layout) -> None:
    """TypeError or ValueError unless `grads` is a dict with a gradient of the right shape for each parameter."""
    if not (isinstance(grads, Mapping) or hasattr(grads, "keys")):
        raise TypeError(f"loss() must return (scalar, grads) with grads a dict of arrays; got {type(grads).__name__}.")
    for slot in layout:
        try:
            shape = np.shape(grads[slot.name])
        except KeyError:
            held = ", ".join(map(repr, list(grads.keys())[:8])) or "nothing"
            raise ValueError(
                f"loss() returned no gradient for {slot.name!r}: grads holds {held}. Its keys are those of params."
            ) from None
        if shape != slot.shape:
            hint = ": transposed?" if shape == slot.shape[::-1] else "."
            raise ValueError(f"loss() gradient of {slot.name!r} has shape {shape}, parameter has {slot.shape}{hint}")


def check_scores(answer: Any, rows: int) -> Array:
    """The scores that `loss(X)` answered with; TypeError unless they are an array of one row per example."""
    try:
        scores = np.asarray(answer)
    except ValueError:  # values of different shapes
        scores = np.empty(0)
    if scores.dtype.kind not in "biuf" or scores.shape[:1] != (rows,):
        hint = " Is a 'return scores' missing?" if answer is None else ""
        what = "loss() must return the scores, an array of one row per example, when y is None"
        raise TypeError(f"{what}; got {seen(answer)} for {rows} examples.{hint}")
    if scores.dtype.kind in "biu":
        raise TypeError(
            f"loss(X) must return the scores, real numbers; got {scores.dtype} of shape {scores.shape}. Are they the"
            " classes? Return what argmax is taken of."
        )
    return scores


def check_update(rule: str, answer: Any, w: Array) -> None:
    """TypeError or ValueError unless an update rule answered with (next_w, config), next_w of the shape of w."""
    wrong = None
    if not (isinstance(answer, tuple | list) and len(answer) == 2):
        wrong = seen(answer)
    elif not (isinstance(answer[0], np.ndarray | np.generic) and isinstance(answer[1], dict)):
        wrong = f"({seen(answer[0])}, {seen(answer[1])})"
    if wrong is not None:
        raise TypeError(
            f"update rule {rule!r} must return (next_w, config); got {wrong}. End it with: return w, config"
        )
    if answer[0].shape != w.shape:
        raise ValueError(f"update rule {rule!r} returned next_w of shape {answer[0].shape}; w has shape {w.shape}.")
