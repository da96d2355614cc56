"""The embedding: out = w[indices], a row of a table for each index, as words become vectors."""

from typing import Any

import numpy as np

from base.arrays import Array

from .arrays import require_floating
from .draws import sizes
from .registry import Layer, register


def embedding_forward(indices: Array, w: Array, *, out: Array | None = None) -> tuple[Array, Any]:
    """out[n, t] = w[indices[n, t]].

    indices (N, ...) integers 0..V-1, mostly (N, T), w (V, D) -> out (N, ..., D); the cache is (indices, V).
    Raises TypeError for indices that are no integers, ValueError for one that is negative or not below V.
    Source: Bengio et al. (2003), section 2, where w is called C.
    """
    require_floating(w, "embedding_forward", "w")
    _require_indices(indices, w)
    out = np.take(w, indices, axis=0, out=out, mode="clip")  # "raise" would fill `out` by way of a copy
    return out, (indices, len(w))


def embedding_backward(dout: Array, cache: Any, *, out: Array | None = None) -> Array:
    """dw[v] = sum of dout[n, t] over all n, t with indices[n, t] = v: what is read twice gets both gradients.

    It is the only gradient: indices have none. The sum is a product with the sparse matrix whose column n, t has its 1
    in row indices[n, t], which has the bits of `np.add.at` and is up to twenty times as fast.
    """
    from scipy.sparse import csc_array  # here, so that `import layers` loads NumPy alone

    indices, rows = cache
    n, kind = indices.size, np.result_type(dout, np.float32)  # no sparse matrix of half precision
    hot = csc_array((np.ones(n, kind), indices.ravel(), np.arange(n + 1)), shape=(rows, n))
    dw = hot @ dout.reshape(n, dout.shape[-1]).astype(kind, copy=False)
    out = np.empty(dw.shape, dout.dtype) if out is None else out
    np.copyto(out, dw, casting="same_kind")
    return out


def _require_indices(indices: Any, w: Array) -> None:
    what = "embedding_forward takes integer indices"
    if not isinstance(indices, np.ndarray):
        raise TypeError(f"{what}; indices is a {type(indices).__name__}: use np.asarray(indices)")
    if indices.dtype.kind not in "iu":
        raise TypeError(f"{what}; indices is {indices.dtype}: use indices.astype(int)")
    if w.ndim != 2 or not indices.ndim:
        raise ValueError(f"embedding takes indices (N, T), w (V, D); got {indices.shape}, {w.shape}")
    low, high = (indices.min(), indices.max()) if indices.size else (0, -1)
    if low < 0 or high >= len(w):
        hint = " Do they start at 1? Subtract 1." if low == 1 and high == len(w) else ""
        hint = hint or (" A negative one would count from the end." if low < 0 else "")
        raise ValueError(f"indices must be 0..{len(w) - 1} for w of {len(w)} rows; got {low}..{high}.{hint}")


def _draw(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
    """Fewer rows than indices, so that some are read several times."""
    t, rows, d = sizes(rng, n, 3)
    return rng.integers(rows, size=(n, t)), rng.standard_normal((rows, d))


embedding = register(
    Layer(
        "embedding", "lookup", embedding_forward, embedding_backward, _draw, ("indices", "w"), ("w",),
        indices=("indices",),
    )
)  # fmt: skip
