"""Measures of scores against targets: one number each; rows count by `sample_weight` where it is given."""

from typing import Any

import numpy as np

from .arrays import Array

Weights = Array | None


def classes(y: Array) -> Array:
    """Integer classes (N,), from labels (N,) or from one-hot rows or scores (N, C)."""
    return np.argmax(y, axis=1) if y.ndim == 2 else y


def as_yes(y: Array) -> Array:
    """Which targets say yes: the 1 of 0/1, the +1 of -1/+1, and probabilities above one half."""
    return y > 0 if y.dtype.kind == "b" or (y.size and y.min() < 0) else y > 0.5


def accuracy(scores: Array, y: Array, sample_weight: Weights = None) -> float:
    """The share of rows whose largest score is at the target: scores (N, C), y labels (N,) or one-hot (N, C).

    Raises ValueError for labels (N, 1): as scores they would all be class 0.
    """
    if y.ndim == 2 and y.shape[1] == 1 < scores.shape[1]:
        raise ValueError(
            f"y must be labels (N,) or one-hot (N, {scores.shape[1]}); got shape {y.shape}: use y.ravel()."
        )
    return _mean(classes(scores) == classes(y), sample_weight)


def sign_accuracy(scores: Array, y: Array, sample_weight: Weights = None) -> float:
    """The share of rows whose score, one a row, is positive where the target says yes: y is 0/1 or -1/+1."""
    return _mean((rows_of(scores) > 0)[:, 0] == as_yes(rows_of(y))[:, 0], sample_weight)


def subset_accuracy(scores: Array, y: Array, sample_weight: Weights = None) -> float:
    """The share of rows that are right in every label: scores (N, C) positive for yes, y (N, C) of 0/1 or -1/+1."""
    return _mean(_right(scores, y).all(axis=1), sample_weight)


def hamming_loss(scores: Array, y: Array, sample_weight: Weights = None) -> float:
    """The share of single labels that are wrong: scores (N, C) positive for yes, y (N, C) of 0/1 or -1/+1."""
    return _mean((~_right(scores, y)).mean(axis=1), sample_weight)


def r2(scores: Array, y: Array, sample_weight: Weights = None) -> float:
    """1 - sum (y - s)^2 / sum (y - mean y)^2 of each column, averaged over the columns; 1 is perfect.

    A constant column counts 1 where it is met exactly, else 0; of fewer than two rows it is nan. As `r2_score` of
    scikit-learn has it.
    """
    s, y = rows_of(scores).astype(np.float64), rows_of(y).astype(np.float64)
    if len(y) < 2:
        return float("nan")
    w = np.ones((len(y), 1)) if sample_weight is None else np.asarray(sample_weight, np.float64)[:, None]
    missed = np.sum(w * (y - s) ** 2, axis=0)
    spread = np.sum(w * (y - np.sum(w * y, axis=0) / np.sum(w)) ** 2, axis=0)
    share = np.divide(missed, spread, out=(missed > 0).astype(np.float64), where=spread > 0)
    return float(np.mean(1 - share))


def rmse(scores: Array, y: Array, sample_weight: Weights = None) -> float:
    """sqrt(mean (y - s)^2), the mean over rows and columns: an error in the unit of the targets."""
    square = (rows_of(scores).astype(np.float64) - rows_of(y)) ** 2
    return float(np.sqrt(_mean(square.mean(axis=1), sample_weight)))


def rows_of(array: Array) -> Array:
    """(N, ...) as (N, D); (N,) as (N, 1)."""
    return array.reshape(len(array), -1) if array.ndim != 2 else array


def _right(scores: Array, y: Array) -> Array:
    right: Array = (scores > 0) == as_yes(y)
    return right


def _mean(values: Any, sample_weight: Weights) -> float:
    return float(np.mean(values) if sample_weight is None else np.average(values, weights=sample_weight))
