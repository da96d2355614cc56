"""What a loss is compared with: one-hot rows of integer labels, and the probabilities of scores."""

import numpy as np

from base.arrays import Array

from ..arrays import check_labels


def one_hot(y: Array, num_classes: int, dtype: type | np.dtype = np.float64) -> Array:
    """Rows with a single 1: labels y (N,) in 0..C-1 -> (N, C). Raises ValueError for labels outside."""
    y = check_labels(np.asarray(y), num_classes)
    out = np.zeros((len(y), num_classes), dtype)
    out[np.arange(len(y)), y] = 1
    return out


def softmax(x: Array, axis: int = -1) -> Array:
    """p = exp(x) / sum exp(x) along `axis`, shifted by the maximum so that nothing overflows; x of any shape."""
    with np.errstate(over="ignore"):  # lower by more than the largest float: exp(-inf) = 0 is right
        p: Array = np.exp(x - np.max(x, axis=axis, keepdims=True))
    p /= np.sum(p, axis=axis, keepdims=True)
    return p
