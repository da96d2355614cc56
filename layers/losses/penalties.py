"""Penalties on weights: L2 pulls in proportion to the weight, L1 with a constant force."""

import numpy as np

from base.arrays import Array

from ..arrays import require_floating


def l2_penalty(w: Array, reg: float, *, out: Array | None = None) -> tuple[float, Array]:
    """value = 0.5 reg sum w^2, gradient = reg w; with `out` the gradient is *added* to that array.

    With a mean loss over n examples, reg = lambda / n is the lambda of Nielsen, ch. 3, eq. 87.
    """
    require_floating(w, "l2_penalty", "w")
    flat = w.reshape(-1)
    return 0.5 * reg * float(flat @ flat), _accumulate(w.dtype.type(reg) * w, out)


def l1_penalty(w: Array, reg: float, *, out: Array | None = None) -> tuple[float, Array]:
    """value = reg sum |w|, gradient = reg sign(w) with sign(0) = 0; with `out` the gradient is *added* there."""
    require_floating(w, "l1_penalty", "w")
    return reg * float(np.sum(np.abs(w))), _accumulate(w.dtype.type(reg) * np.sign(w), out)


def _accumulate(gradient: Array, out: Array | None) -> Array:
    return gradient if out is None else np.add(out, gradient, out=out)
