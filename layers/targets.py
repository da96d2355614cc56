"""What a loss is compared with: integer labels, one-hot rows, or real values."""

import numpy as np

from .registry import Array


def one_hot(y: Array, num_classes: int, dtype: type | np.dtype = np.float64) -> Array:
    """Rows with a single 1: labels y (N,) in 0..C-1 -> (N, C). Raises ValueError for labels outside."""
    y = check_labels(np.asarray(y), num_classes)
    out = np.zeros((len(y), num_classes), dtype)
    out[np.arange(len(y)), y] = 1
    return out


def softmax(x: Array, axis: int = -1) -> Array:
    """p = exp(x) / sum exp(x) along `axis`, shifted by the maximum so that nothing overflows; x of any shape."""
    p: Array = np.exp(x - np.max(x, axis=axis, keepdims=True))
    p /= np.sum(p, axis=axis, keepdims=True)
    return p


def check_labels(y: Array, num_classes: int, name: str = "y") -> Array:
    """y itself where it is (N,) integers in 0..C-1; otherwise a ValueError that says what to do."""
    expected = f"{name} must be integers 0..{num_classes - 1} for {num_classes} classes; got"
    if y.ndim == 2 and y.shape[1] == num_classes:
        raise ValueError(f"{expected} shape {y.shape}: use {name}.argmax(1).")
    if y.ndim != 1:
        raise ValueError(f"{expected} shape {y.shape}; expected ({len(y) if y.ndim else 'N'},).")
    if y.dtype.kind not in "iu":
        raise ValueError(f"{expected} {y.dtype}: use {name}.astype(int).")
    if y.size and not (np.minimum.reduce(y) >= 0 and np.maximum.reduce(y) < num_classes):
        hint = " Subtract 1?" if y.min() == 1 and y.max() == num_classes else ""
        low = f" (minimum {y.min()})" if y.min() else ""
        raise ValueError(f"{expected} values {y.min()}..{y.max()}{low}.{hint}")
    return y


def check_same_shape(x: Array, y: Array, loss: str) -> None:
    """ValueError unless x and y have one shape: (N,) against (N, 1) would broadcast to (N, N)."""
    if x.shape != y.shape:
        hint = f" Reshape y to {x.shape}." if x.size == y.size else ""
        raise ValueError(f"{loss} takes y of the shape of x, {x.shape}; got {y.shape}.{hint}")
