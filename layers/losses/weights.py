"""Weights of rows in a loss: the mean over a batch becomes a weighted mean."""

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array


def shares(sample_weight: ArrayLike | None, x: Array) -> Array | None:
    """w / sum w in the dtype of x, shaped to multiply its rows, (N, 1) for x (N, C); None where no weights are given.

    Zeros where all weights are 0: such a batch has the loss 0. Raises ValueError unless there is one finite weight of
    at least 0 for each row.
    """
    if sample_weight is None:
        return None
    w = row_weights(sample_weight, x)
    total = np.sum(w, dtype=np.float64)
    return w if total == 0 else (w / total).astype(x.dtype)


def row_weights(sample_weight: ArrayLike, x: Array) -> Array:
    """The weights as they are, checked, in the dtype of x and shaped to multiply its rows."""
    w = np.asarray(sample_weight)
    if w.shape != x.shape[:1] or w.dtype.kind not in "biuf":
        raise ValueError(f"sample_weight must have one number for each of the {len(x)} rows; got shape {w.shape}.")
    good = np.isfinite(w) & (w >= 0)
    if not good.all():
        row = int(np.argmin(good))
        raise ValueError(f"sample_weight must be finite and at least 0; row {row} holds {w[row]}.")
    return w.astype(x.dtype).reshape(-1, *(1,) * (x.ndim - 1))
