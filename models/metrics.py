"""Measures of a prediction against targets."""

import numpy as np

from base.arrays import Array
from layers.arrays import same_rows


def classes(y: Array) -> Array:
    """Integer classes (N,), from labels (N,) or from one-hot rows or scores (N, C)."""
    return np.argmax(y, axis=1) if y.ndim == 2 else y


def accuracy(scores: Array, y: Array) -> float:
    """The share of rows whose largest score is at the target: scores (N, C), y labels (N,) or one-hot (N, C)."""
    scores, y = np.asarray(scores), np.asarray(y)
    same_rows(scores, y, "scores")
    refuse_column(y, scores.shape[-1])
    return float(np.mean(classes(scores) == classes(y)))


def refuse_column(y: Array, classes: int) -> None:
    """ValueError for labels (N, 1) of several classes: as scores they would all be class 0."""
    if classes > 1 and y.ndim == 2 and y.shape[1] == 1:
        raise ValueError(f"y must be labels (N,) or one-hot (N, {classes}); got shape {y.shape}: use y.ravel().")
