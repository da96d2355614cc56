"""One form of targets for training and validation: a model of one's own meets one-hot rows, or labels, in both."""

from typing import Any

import numpy as np

from base.arrays import Array


def same_form(y_train: Array, y_val: Array, model: Any) -> Array:
    """y_val in the form of y_train, where that can be done without changing what it says; else ValueError.

    Labels become one-hot rows, one-hot rows labels, (N,) and (N, 1) each other. Our own graphs take both forms in
    either place, and are handed y_val as it is.
    """
    width, other = y_train.shape[1:], y_val.shape[1:]
    if width == other:
        return y_val
    if {width, other} == {(), (1,)}:
        return y_val if hasattr(model, "loss_layer") else y_val.reshape(len(y_val), *width)
    if other == () and len(width) == 1 and y_val.dtype.kind in "iu" and np.all((y_val >= 0) & (y_val < width[0])):
        if hasattr(model, "loss_layer"):
            return y_val
        low, high = y_train.min(), y_train.max()
        rows: Array = np.where(np.arange(width[0]) == y_val[:, None], high, low).astype(y_train.dtype)
        return rows
    if width == () and len(other) == 1 and y_train.dtype.kind in "iu" and _is_one_hot(y_val):
        return y_val if hasattr(model, "loss_layer") else y_val.argmax(axis=1).astype(y_train.dtype)
    column = next((name for name, shape in (("y_train", width), ("y_val", other)) if shape == (1,)), None)
    hint = f" Labels as a column: use {column}.ravel()." if column else ""
    raise ValueError(
        f"y_train has shape {y_train.shape} and y_val {y_val.shape}: give both in one form, labels (N,) or rows (N, C)"
        f" of as many columns.{hint}"
    )


def _is_one_hot(y: Array) -> bool:
    at = y == y.max()
    return bool(np.all(at.sum(axis=1) == 1) and np.all(at | (y == y.min())))
