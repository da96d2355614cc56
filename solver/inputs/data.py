"""The border where data enters: shapes, labels and values are checked once; a fingerprint tells data sets apart."""

import hashlib
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array
from base.words import did_you_mean

from .arrays import plain
from .forms import same_form
from .scale import Range, callers_level, warn_of_scale

NEEDED = ("X_train", "y_train", "X_val", "y_val")
WEIGHTS = "sample_weight"
MORE = (WEIGHTS, "X_test", "y_test")  # what a data set may bring besides; the test rows are the user's own
ROWS = 4096  # rows per block of a check


class Data(NamedTuple):
    """Checked training and validation data, (N, ...) inputs and (N,) labels or (N, C) targets."""

    X_train: Array
    y_train: Array
    X_val: Array
    y_val: Array
    sample_weight: Array | None = None  # of the training rows


def check_data(data: Mapping[str, Any], model: Any = None) -> Data:
    """`data` with X_train, y_train, X_val, y_val as arrays of matching rows, else KeyError, TypeError, ValueError.

    Warned of: one class alone, and inputs on a scale that nets do not learn from, see `scale`; a model that scales its
    inputs itself has `input_scale`.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"data must be a dict with {', '.join(NEEDED)}; got {type(data).__name__}.")
    for name in NEEDED:
        if name not in data:
            got = ", ".join(map(str, data)) or "nothing"
            raise KeyError(f"data has no {name!r}. Solver needs {', '.join(NEEDED)}; got {got}.")
    for name in data:
        if name not in NEEDED + MORE:
            argument = name == "class_weight"
            hint = " It is an argument: class_weight=." if argument else did_you_mean(str(name), NEEDED + MORE)
            raise ValueError(f"data has the key {name!r}, which nobody reads.{hint} Known: {', '.join(NEEDED + MORE)}.")
    arrays = Data(*(_truths_as_integers(name, plain(name, data[name])) for name in NEEDED))
    ranges: dict[str, Range] = {}
    for part in ("train", "val"):
        X, y = getattr(arrays, f"X_{part}"), getattr(arrays, f"y_{part}")
        ranges[part] = _check_inputs(f"X_{part}", X)
        if y.ndim == 0:
            raise TypeError(f"y_{part} must be an array with one entry per example; got a single {y.dtype}.")
        _check_rows(part, X, y)
        if y.size == 0:
            raise ValueError(f"y_{part} has no columns: its shape is {y.shape}.")
        _check_finite(f"y_{part}", y)
    if arrays.X_train.shape[1:] != arrays.X_val.shape[1:]:
        raise ValueError(f"rows of X_train have shape {arrays.X_train.shape[1:]}, of X_val {arrays.X_val.shape[1:]}.")
    if not getattr(model, "takes_indices", False):  # which have no scale
        input_scale = getattr(model, "input_scale", 1.0)
        warn_of_scale(arrays.X_train, arrays.X_val, ranges["train"], ranges["val"], input_scale)
    y_val = same_form(arrays.y_train, arrays.y_val, model)
    return arrays._replace(y_val=y_val, sample_weight=_check_weights(data.get(WEIGHTS), arrays.X_train))


def _check_weights(given: Any, X: Array) -> Array | None:
    """The weights of the training rows; ValueError unless there is one for each, finite and at least 0."""
    if given is None:
        return None
    weights = plain(WEIGHTS, given)
    if weights.shape != (len(X),):
        expected = f"one number for each of the {len(X)} training rows"
        raise ValueError(f"sample_weight must have {expected}; got shape {weights.shape}.")
    if _check_finite(WEIGHTS, weights).low < 0:
        row = int(np.argmax(weights < 0))
        raise ValueError(f"sample_weight must be at least 0; row {row} holds {weights[row]}.")
    return weights


def _truths_as_integers(name: str, array: Array) -> Array:
    """Labels False and True are the classes 0 and 1; losses take integers."""
    return array.astype(np.int64) if name[0] == "y" and array.dtype.kind == "b" else array


def _check_inputs(name: str, X: Array) -> Range:
    """The range of X, which has rows, columns and finite numbers; else TypeError or ValueError."""
    if X.ndim < 2:
        hint = f" Of one feature: {name}.reshape(-1, 1)." if X.ndim == 1 and len(X) else ""
        raise TypeError(
            f"{name} must be an array of numbers with one row per example; got {X.dtype}, shape {X.shape}.{hint}"
        )
    if len(X) == 0:
        raise ValueError(f"{name} has no rows.")
    if X.size == 0:
        raise ValueError(f"{name} has no columns: its shape is {X.shape}.")
    return _check_finite(name, X)


def _check_rows(part: str, X: Array, y: Array) -> None:
    if len(X) != len(y):
        turned = f" Do its examples stand in columns? Pass X_{part}.T." if X.shape[1:] == (len(y),) else ""
        raise ValueError(f"X_{part} has {len(X)} rows but y_{part} has {len(y)}.{turned}")


def _check_finite(name: str, array: Array) -> Range:
    """The range of `array`; ValueError names the first row with NaN or infinity."""
    low, high = np.inf, -np.inf
    for start, block in _blocks(array):
        least, most = float(block.min()), float(block.max())  # NaN goes through both
        if not np.isfinite(least) or not np.isfinite(most):
            row = start + int(np.argmin(np.isfinite(block).reshape(len(block), -1).all(axis=1)))
            raise ValueError(f"{name} holds NaN or infinity, first in row {row}. Clean the data before training.")
        low, high = min(low, least), max(high, most)
    return Range(low, high)


def check_labels(data: Data, classes: int, targets: tuple[str, ...] | None) -> None:
    """Labels must be 0..classes-1 where the loss takes labels; `targets` is what the loss declares (None: unknown).

    A column (N, 1) is refused by every loss of several classes: it would be taken for scores, all of class 0.
    """
    for name, y in (("y_train", data.y_train), ("y_val", data.y_val)):
        if y.ndim == 1 and y.dtype.kind in "iu":
            if classes > 1:
                _check_range(name, y, classes)
        elif (classes > 1 and y.size == len(y)) or (targets is not None and set(targets) == {"labels"}):
            _refuse_labels(name, y, classes)


def _check_range(name: str, y: Array, classes: int) -> None:
    low, high = int(y.min()), int(y.max())
    if low < 0 or high >= classes:
        hint = " Subtract 1?" if low == 1 and high == classes else _coded(y, classes)
        raise ValueError(
            f"{name} must be integers 0..{classes - 1} for {classes} classes; got values {low}..{high}"
            f" ({f'minimum {low}' if low != 0 else f'maximum {high}'}).{hint}"
        )
    if low == high and len(y) > 1 and name == "y_train":
        warnings.warn(
            f"y_train holds the one class {low} alone, of {classes}: any net that always answers it is right."
            " Shuffle before splitting?",
            UserWarning,
            stacklevel=callers_level(),
        )


def _coded(y: Array, classes: int) -> str:
    """How labels of as many values as there are classes become 0..C-1."""
    found = len(np.unique(y))
    return f" Code the {found} values: np.unique(y_train, return_inverse=True)[1]." if found <= classes else ""


def _refuse_labels(name: str, y: Array, classes: int) -> None:
    if y.ndim == 1:
        got = f"dtype {y.dtype}: use y.astype(int)."
    elif y.size == len(y):
        cast = "" if y.dtype.kind in "iu" else ".astype(int)"
        got = f"shape (N, {', '.join(map(str, y.shape[1:]))}): use y.ravel(){cast}."
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
        if array is None:
            continue
        digest = hashlib.sha256()
        for _, block in _blocks(array):
            digest.update(np.ascontiguousarray(block).data)
        shape = "x".join(map(str, array.shape))
        result[name] = f"{shape} {array.dtype.str.lstrip('<=|')} sha {digest.hexdigest()}"
    return result
