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
    return float(np.mean(classes(scores) == classes(y)))
