"""Checks of what callers hand in, each with an error that names the argument, what was seen and what to do."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array


def as_labels(name: str, values: ArrayLike) -> Array:
    """Labels (N,), integers from 0, at least one of them."""
    labels = np.asarray(values)
    if labels.ndim == 2 and labels.shape[1] > 1:
        raise ValueError(f"{name} has shape {labels.shape}; expected labels of shape (N,): use {name}.argmax(1).")
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(f"{name} has shape {labels.shape}; expected at least one label, in shape (N,).")
    if labels.dtype.kind not in "iu":
        raise ValueError(f"{name} is {labels.dtype}; expected integers 0..C-1: use {name}.astype(int).")
    if labels.min() < 0:
        raise ValueError(f"{name} holds {labels.min()}; expected integers 0..C-1.")
    return labels


def check_rows(**arrays: Array) -> None:
    """ValueError unless all arrays have the same number of rows."""
    (first, reference), *others = arrays.items()
    for name, array in others:
        if len(array) != len(reference):
            raise ValueError(f"{first} has {len(reference)} rows but {name} has {len(array)}.")


def as_names(names: Sequence[str] | None, classes: int) -> list[str]:
    """One name for each class: those given, or 0, 1, 2, ..."""
    if names is None:
        return [str(label) for label in range(classes)]
    if isinstance(names, str) or len(names) != classes:
        raise ValueError(f"names has {len(names)} entries; expected one name for each of {classes} classes.")
    return [str(name) for name in names]


def check_finite(name: str, array: Array) -> None:
    """ValueError, with the number of NaN and infinite entries, unless all of `array` is finite."""
    bad = array.size - int(np.isfinite(array).sum())
    if bad:
        raise ValueError(f"{name} holds NaN or infinity in {bad:,} of {array.size:,} entries: did training diverge?")
