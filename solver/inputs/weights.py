"""Weights of training rows: `sample_weight` of the data times the weight of each row's class."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from base.arrays import Array

from .data import Data


def row_weights(data: Data, class_weight: str | Mapping[Any, float] | None) -> Array | None:
    """One weight for each training row, or None where none are given.

    class_weight: "balanced", N / (C n_c) for a class of n_c among N rows and C classes, or class -> weight, 1 for those
    that it leaves out. Raises ValueError where a row has no class of its own, and for weights that are none.
    """
    weights = None if data.sample_weight is None else data.sample_weight.astype(np.float64)
    if class_weight is not None:
        of_rows = _of_classes(data, class_weight)
        weights = of_rows if weights is None else weights * of_rows
    if weights is not None and not np.any(weights > 0):
        raise ValueError("all training rows have the weight 0: nothing would be learned.")
    return weights


def _of_classes(data: Data, class_weight: str | Mapping[Any, float]) -> Array:
    labels = _labels(data.y_train)
    known, which, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if isinstance(class_weight, str):
        balanced: Array = (len(labels) / (len(known) * counts))[which]
        return balanced
    wanted = {key: float(value) for key, value in class_weight.items()}
    there = {*known.tolist(), *_labels(data.y_val).tolist()}
    if data.y_train.ndim == 2:
        there |= set(range(data.y_train.shape[1]))
    strange = [key for key in wanted if key not in there]
    if strange:
        have = ", ".join(map(str, sorted(there)[:20]))
        raise ValueError(f"class_weight names the class {strange[0]!r}, which no row has. The classes are {have}.")
    return np.array([wanted.get(label, 1.0) for label in known.tolist()])[which]


def _labels(y: Array) -> Array:
    """The class of each row; ValueError for targets that are no classes."""
    flat = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if flat.ndim == 1 and (flat.dtype.kind in "biu" or set(np.unique(flat).tolist()) <= {-1.0, 0.0, 1.0}):
        labels: Array = flat.astype(np.int64)
        return labels
    if flat.ndim == 2 and np.all((flat == flat.min()) | (flat == flat.max())) and _one_each(flat):
        return np.asarray(flat.argmax(axis=1))
    raise ValueError(
        "class_weight needs one class for each row, as integers or one-hot rows; these targets are "
        f"{'several labels a row' if flat.ndim == 2 else 'real numbers'}: give data['sample_weight'], one number a row."
    )


def _one_each(y: Array) -> bool:
    return bool(np.all((y == y.max()).sum(axis=1) == 1))
