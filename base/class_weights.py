"""Weights of classes, as weights of rows."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .arrays import Array

ClassWeight = str | Mapping[Any, float] | None


def class_weights(y: Array, class_weight: ClassWeight, more: Array | None = None) -> Array:
    """The weight of each row's class (N,), for `sample_weight` of a loss.

    y: labels (N,), 0/1 or -1/+1 (N,) or (N, 1), or one-hot rows (N, C). class_weight: "balanced", N / (C n_c) for a
    class of n_c among N rows and C classes, or class -> weight, 1 for those that it leaves out, or None, 1 for all.
    more: other targets (validation, say), whose classes may be named as well. Raises ValueError for rows without a
    class of their own, for classes that no row has, and for weights that are none.
    """
    check_class_weight(class_weight)
    labels = _labels(np.asarray(y))
    if class_weight is None:
        return np.ones(len(labels))
    known, which, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if isinstance(class_weight, str):
        balanced: Array = (len(labels) / (len(known) * counts))[which]
        return balanced
    wanted = {key: float(value) for key, value in class_weight.items()}
    there = {*known.tolist(), *([] if more is None else _labels(np.asarray(more)).tolist())}
    if np.ndim(y) == 2 and np.shape(y)[1] > 1:
        there |= set(range(np.shape(y)[1]))
    strange = [key for key in wanted if key not in there]
    if strange:
        have = ", ".join(map(str, sorted(there)[:20]))
        raise ValueError(f"class_weight names the class {strange[0]!r}, which no row has. The classes are {have}.")
    return np.array([wanted.get(label, 1.0) for label in known.tolist()])[which]


def check_class_weight(class_weight: Any) -> None:
    """TypeError or ValueError unless it is None, "balanced", or class -> a finite number of at least 0."""
    if isinstance(class_weight, Mapping):
        for name, weight in class_weight.items():
            number = isinstance(weight, int | float | np.number) and not isinstance(weight, bool)
            if not number or not 0 <= weight < math.inf:
                raise ValueError(f"class_weight of class {name!r} must be a number of at least 0; got {weight!r}.")
    elif class_weight is not None and not (isinstance(class_weight, str) and class_weight == "balanced"):
        error = ValueError if isinstance(class_weight, str) else TypeError
        raise error(f"class_weight must be 'balanced', a dict as {{0: 1.0, 1: 5.0}}, or None; got {class_weight!r}.")


def _labels(y: Array) -> Array:
    """The class of each row; ValueError for targets that are no classes."""
    flat = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if flat.ndim == 1 and (flat.dtype.kind in "biu" or set(np.unique(flat).tolist()) <= {-1.0, 0.0, 1.0}):
        labels: Array = flat.astype(np.int64)
        return labels
    if flat.ndim == 2 and len(flat):
        at = flat == flat.max()
        if np.all(at | (flat == flat.min())) and np.all(at.sum(axis=1) == 1):
            return np.asarray(flat.argmax(axis=1))
    raise ValueError(
        "class_weight needs one class for each row, as integers or one-hot rows; these targets are "
        f"{'several labels a row' if flat.ndim == 2 else 'real numbers'}: give data['sample_weight'], one number a row."
    )
