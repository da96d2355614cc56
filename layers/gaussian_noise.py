"""Additive Gaussian noise in training, a regulariser that evaluation leaves out."""

from typing import Any

import numpy as np

from base.arrays import Array
from base.seeds import one_of

from .arrays import require_floating
from .draws import matrix
from .registry import Layer, register


def gaussian_noise_forward(
    x: Array, *, std: float = 0.1, rng: np.random.Generator | int | None = None, seed: int | None = None,
    out: Array | None = None,
) -> tuple[Array, Any]:  # fmt: skip
    """out = x + std e with e ~ N(0, 1), drawn from `rng` (a generator or a seed) or `seed`; without, out = x.

    The cache is empty. Raises ValueError for a negative std. Source: Bishop (1995), training with noise.
    """
    require_floating(x, "gaussian_noise_forward")
    rng = one_of(rng, seed)
    if not std >= 0:
        raise ValueError(f"std is {std!r}; expected a standard deviation, 0 or more")
    if rng is None:
        return np.positive(x, out=out), None
    dtype = np.dtype(np.float32) if x.dtype == np.float32 else np.dtype(np.float64)
    noise = np.random.default_rng(rng).standard_normal(x.shape, dtype=dtype.type)
    noise *= std
    noise = noise.astype(x.dtype, copy=False)
    return np.add(x, noise, out=out), None


def gaussian_noise_backward(dout: Array, cache: Any, *, out: Array | None = None, need_dx: bool = True) -> Any:
    """dx = dout: the noise does not depend on x."""
    return np.positive(dout, out=out) if need_dx else None


gaussian_noise = register(
    Layer(
        "gaussian_noise", "noise", gaussian_noise_forward, gaussian_noise_backward, matrix, ("x",),
        structure="elementwise", settings=({"rng": 0}, {}), noisy=True,
    )
)  # fmt: skip
