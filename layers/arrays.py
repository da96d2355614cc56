"""What layers and losses ask of arrays: floating inputs, labels in range, shapes that fit; and memory that may be used.

Integers would wrap around (uint8 pixels times weights) or truncate a gradient, without a word.
"""

from typing import Any

import numpy as np

from base.arrays import Array


def require_floating(x: Any, function: str, name: str = "x") -> None:
    """TypeError, saying what to do, unless x is an array of floating (or complex) numbers."""
    dtype = getattr(x, "dtype", None)
    if dtype is None:
        raise TypeError(f"{function} takes arrays; {name} is a {type(x).__name__}: use np.asarray({name}, float)")
    if dtype.kind not in "fc":
        raise TypeError(f"{function} takes floating {name}, which is {dtype}: use {name}.astype(float)")


def scratch(out: Array | None, *needed: Array) -> Array | None:
    """`out`, to be filled before the `needed` arrays are read, or None (allocate) where it overlaps one of them."""
    if out is not None:
        for array in needed:
            if np.may_share_memory(out, array):
                return None
    return out


def filled_first(out: Array | None, shape: tuple[int, ...], dtype: np.dtype[Any], *needed: Array | None) -> Array:
    """`out` itself, or a fresh array where there is none or where it overlaps one that is read after it is filled."""
    usable = scratch(out, *(array for array in needed if array is not None))
    return np.empty(shape, dtype) if usable is None else usable


def handed_over(value: Array, out: Array | None) -> Array:
    """The counterpart of `filled_first`: `value` itself, or `out` with its numbers where it had to be another array."""
    return value if out is None or value is out else np.positive(value, out=out)


def check_labels(y: Array, num_classes: int, name: str = "y", *, rows: int | None = None) -> Array:
    """y itself where it is (N,) integers in 0..C-1, N = `rows` if given; otherwise an error that says what to do."""
    _require_array(y, name)
    if y.ndim == 1 and y.dtype.kind in "iu" and (rows is None or len(y) == rows):
        unsigned = y.view(y.dtype.str.replace("i", "u"))  # a negative label is a huge one
        if not y.size or np.maximum.reduce(unsigned) < num_classes:
            return y
    raise ValueError(_explain_labels(y, num_classes, name, rows))


def _explain_labels(y: Array, num_classes: int, name: str, rows: int | None) -> str:
    expected = f"{name} must be integers 0..{num_classes - 1} for {num_classes} classes; got"
    if y.ndim == 2 and y.shape[1] == num_classes:
        return f"{expected} shape {y.shape}: use {name}.argmax(1)."
    if y.ndim == 2 and y.shape[1] == 1:
        return f"{expected} shape {y.shape}: use {name}.ravel()."
    if y.ndim != 1:
        return f"{expected} shape {y.shape}; expected ({len(y) if y.ndim else 'N'},)."
    if rows is not None and len(y) != rows:
        return f"x has {rows} rows but {name} has {len(y)}."
    if y.dtype.kind not in "iu":
        return f"{expected} {y.dtype}: use {name}.astype(int)."
    hint = " Subtract 1?" if y.min() == 1 and y.max() == num_classes else ""
    low = f" (minimum {y.min()})" if y.min() else ""
    return f"{expected} values {y.min()}..{y.max()}{low}.{hint}"


def same_rows(X: Array, y: Array, name: str = "X") -> None:
    """ValueError unless both have as many rows; y without an axis has none."""
    rows = len(y) if y.ndim else 0
    if len(X) != rows:
        raise ValueError(f"{name} has {len(X)} rows but y has {rows}.")


def check_same_shape(x: Array, y: Array, loss: str) -> None:
    """ValueError unless x and y have one shape: (N,) against (N, 1) would broadcast to (N, N)."""
    _require_array(y, "y")
    if x.shape != y.shape:
        if y.ndim and x.ndim and len(x) != len(y):
            raise ValueError(f"x has {len(x)} rows but y has {len(y)}.")
        hint = f" Reshape y to {x.shape}." if x.size == y.size else ""
        if y.ndim == 2 and y.shape[1] == 1 and not hint:
            hint = " Are these labels? Use y.ravel()."
        raise ValueError(f"{loss} takes y of the shape of x, {x.shape}; got {y.shape}.{hint}")


def _require_array(y: Any, name: str) -> None:
    if not hasattr(y, "ndim"):
        raise TypeError(f"{name} must be an array; got a {type(y).__name__}: use np.asarray({name})")
