"""Inverted dropout: in training each entry is kept with probability `keep` and scaled by 1 / keep."""

from typing import Any

import numpy as np

from base.arrays import Array
from base.seeds import one_of

from .arrays import require_floating
from .draws import matrix
from .registry import Layer, register


def dropout_forward(
    x: Array, *, keep: float = 0.5, rng: np.random.Generator | int | None = None, seed: int | None = None,
    out: Array | None = None,
) -> tuple[Array, Any]:  # fmt: skip
    """out = x mask / keep with mask ~ Bernoulli(keep) from `rng` (a generator or a seed) or `seed`; without, out = x.

    The mean of out over masks is x, so that evaluation needs no rescaling. The cache is mask / keep, or None.
    Raises ValueError unless 0 < keep <= 1. Source: Srivastava et al. (2014), section 10 (the inverted form).
    """
    require_floating(x, "dropout_forward")
    rng = one_of(rng, seed)
    if not 0 < keep <= 1:
        raise ValueError(f"keep is {keep!r}; expected a probability of keeping an entry, 0 < keep <= 1")
    if rng is None:
        return np.positive(x, out=out), None
    dtype = np.dtype(np.float32) if x.dtype == np.float32 else np.dtype(np.float64)
    mask = np.less(np.random.default_rng(rng).random(x.shape, dtype=dtype.type), keep).astype(x.dtype)
    mask /= keep
    return np.multiply(x, mask, out=out), mask


def dropout_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout mask / keep, with the mask of the forward pass."""
    if not need_dx:
        return None
    return np.positive(dout, out=out) if cache is None else np.multiply(dout, cache, out=out)


dropout = register(
    Layer(
        "dropout", "noise", dropout_forward, dropout_backward, matrix, ("x",),
        structure="elementwise", settings=({"rng": 0}, {"keep": 0.8, "rng": 1}, {}), noisy=True,
    )
)  # fmt: skip
