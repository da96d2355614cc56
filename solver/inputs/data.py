"""The border where data enters: shapes, labels and values are checked once; a fingerprint tells data sets apart."""

import hashlib
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

NEEDED = ("X_train", "y_train", "X_val", "y_val")
ROWS = 4096  # rows per block of a check


class Data(NamedTuple):
    """Checked training and validation data, (N, ...) inputs and (N,) labels or (N, C) targets."""

    X_train: Array
    y_train: Array
    X_val: Array
    y_val: Array


def check_data(data: Mapping[str, Any], model: Any = None) -> Data:
    """`data` with X_train, y_train, X_val, y_val as arrays of matching rows, else KeyError, TypeError, ValueError.

    Raw bytes are warned of, except for a model that scales its inputs itself.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"data must be a dict with {', '.join(NEEDED)}; got {type(data).__name__}.")
    for name in NEEDED:
        if name not in data:
            raise KeyError(f"data has no {name!r}. Solver needs {', '.join(NEEDED)}; got {', '.join(map(str, data))}.")
    arrays = Data(*(np.asarray(data[name]) for name in NEEDED))
    for part in ("train", "val"):
        X, y = getattr(arrays, f"X_{part}"), getattr(arrays, f"y_{part}")
        _check_inputs(f"X_{part}", X)
        if y.dtype.kind not in "biuf" or y.ndim == 0:
            raise TypeError(f"y_{part} must be an array of numbers; got dtype {y.dtype}, shape {y.shape}.")
        if len(X) != len(y):
            raise ValueError(f"X_{part} has {len(X)} rows but y_{part} has {len(y)}.")
    if arrays.X_train.shape[1:] != arrays.X_val.shape[1:]:
        raise ValueError(f"rows of X_train have shape {arrays.X_train.shape[1:]}, of X_val {arrays.X_val.shape[1:]}.")
    if arrays.X_train.dtype == np.uint8 and getattr(model, "input_scale", 1) == 1:
        warnings.warn(
            "X_train is uint8 in 0..255; training on raw bytes is rarely wanted."
            " Use mnist.load(..., scale=True) or X/255.",
            UserWarning,
            stacklevel=4,
        )
    return arrays


def _check_inputs(name: str, X: Array) -> None:
    if X.dtype.kind not in "biuf" or X.ndim < 2:
        raise TypeError(f"{name} must be an array of numbers with one row per example; got {X.dtype}, shape {X.shape}.")
    if len(X) == 0:
        raise ValueError(f"{name} has no rows.")
    if X.dtype.kind == "f":
        for start, block in _blocks(X):
            if not np.isfinite(block).all():
                row = start + int(np.argmin(np.isfinite(block).reshape(len(block), -1).all(axis=1)))
                raise ValueError(f"{name} holds NaN or infinity, first in row {row}. Clean the data before training.")


def check_labels(data: Data, classes: int, targets: tuple[str, ...] | None) -> None:
    """Labels must be 0..classes-1 where the loss takes labels; `targets` is what the loss declares (None: unknown)."""
    for name, y in (("y_train", data.y_train), ("y_val", data.y_val)):
        if y.ndim == 1 and y.dtype.kind in "biu":
            if classes > 1 and len(y):
                _check_range(name, y, classes)
        elif (y.ndim == 1 and classes > 1) or (targets is not None and set(targets) == {"labels"}):
            _refuse_labels(name, y, classes)


def _check_range(name: str, y: Array, classes: int) -> None:
    low, high = int(y.min()), int(y.max())
    if low < 0 or high >= classes:
        hint = " Subtract 1?" if low == 1 and high == classes else ""
        raise ValueError(
            f"{name} must be integers 0..{classes - 1} for {classes} classes; got values {low}..{high}"
            f" ({f'minimum {low}' if low != 0 else f'maximum {high}'}).{hint}"
        )


def _refuse_labels(name: str, y: Array, classes: int) -> None:
    if y.ndim == 1:
        got = f"dtype {y.dtype}: use y.astype(int)."
    elif y.ndim == 2 and y.shape[1] == 1:
        got = "shape (N, 1): use y.ravel()."
    else:
        got = f"shape (N, {', '.join(map(str, y.shape[1:]))}): use y.argmax(1)."
    raise ValueError(f"{name} must be integers 0..{classes - 1} for {classes} classes; got {got}")


def _blocks(X: Array) -> Iterator[tuple[int, Array]]:
    for start in range(0, len(X), ROWS):
        yield start, X[start : start + ROWS]


def fingerprint(data: Data) -> dict[str, str]:
    """One line per array: shape, dtype and SHA-256 of its elements in C order."""
    result = {}
    for name, array in data._asdict().items():
        digest = hashlib.sha256()
        for _, block in _blocks(array):
            digest.update(np.ascontiguousarray(block).data)
        shape = "x".join(map(str, array.shape))
        result[name] = f"{shape} {array.dtype.str.lstrip('<=|')} sha {digest.hexdigest()}"
    return result
