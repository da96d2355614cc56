"""Measures of a prediction against targets."""

import numpy as np

from layers.registry import Array


def classes(y: Array) -> Array:
    """Integer classes (N,), from labels (N,) or from one-hot rows or scores (N, C)."""
    return np.argmax(y, axis=1) if y.ndim == 2 else y


def accuracy(scores: Array, y: Array) -> float:
    """The share of rows whose largest score is at the target: scores (N, C), y labels (N,) or one-hot (N, C)."""
    if len(scores) != len(y):
        raise ValueError(f"scores has {len(scores)} rows but y has {len(y)}.")
    return float(np.mean(classes(np.asarray(scores)) == classes(np.asarray(y))))
