"""Batch normalisation: features centred and scaled by the statistics of the batch, in evaluation by running ones."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating
from ..draws import sizes
from ..registry import Layer, register


def batch_norm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5,
    stats: tuple[Array, Array] | None = None, out: Array | None = None,
) -> tuple[Array, Any]:  # fmt: skip
    """out = gamma xhat + beta with xhat = (x - mean) / sqrt(var + eps), per feature.

    x (N, D), gamma and beta (D,) -> out (N, D). In training mean and (biased) variance are those of the batch; with
    stats=(mean, var), both (D,), they are given constants, as evaluation wants. The batch's own statistics travel in
    the cache (see `batch_norm_stats`); nothing is updated here. Source: Ioffe and Szegedy (2015), algorithm 1.
    """
    require_floating(x, "batch_norm_forward")
    if x.ndim != 2 or gamma.shape != x.shape[1:] or beta.shape != x.shape[1:]:
        raise ValueError(f"batch_norm takes x (N, D), gamma, beta (D,); got {x.shape}, {gamma.shape}, {beta.shape}")
    mean = np.add.reduce(x, axis=0) / x.dtype.type(len(x)) if stats is None else stats[0]
    xhat = x - mean
    var = np.einsum("nd,nd->d", xhat, xhat) / x.dtype.type(len(x)) if stats is None else stats[1]
    inverse_std = 1 / np.sqrt(var + x.dtype.type(eps))
    xhat *= inverse_std
    out = np.multiply(xhat, gamma, out=out)
    out += beta
    return out, (xhat, gamma, inverse_std, mean, var, stats is None)


def batch_norm_backward(
    dout: Array, cache: Any, *, out: tuple[Array | None, ...] | None = None, need_dx: bool = True
) -> tuple[Array | None, Array, Array]:
    """dgamma = sum_n dout xhat, dbeta = sum_n dout, dx = gamma / std (dout - dbeta / N - xhat dgamma / N).

    The two subtracted terms are the paths through mean and variance; with given statistics they are absent.
    Source: the chain rule on algorithm 1 of Ioffe and Szegedy (2015), simplified.
    """
    xhat, gamma, inverse_std, _, _, training = cache
    dx, dgamma, dbeta = out or (None, None, None)
    dgamma = np.einsum("nd,nd->d", dout, xhat, out=dgamma)
    dbeta = np.add.reduce(dout, axis=0, out=dbeta)
    if not need_dx:
        return None, dgamma, dbeta
    scale = gamma * inverse_std
    if not training:
        return np.multiply(dout, scale, out=dx), dgamma, dbeta
    dx = np.add(dout, xhat * (dgamma / -len(dout)), out=dx)
    dx -= dbeta / len(dout)
    dx *= scale
    return dx, dgamma, dbeta


def batch_norm_stats(cache: Any) -> tuple[Array, Array]:
    """(mean, unbiased variance) of the batch of a training pass, for the running statistics."""
    xhat, _, _, mean, var, _ = cache
    return mean, var * (len(xhat) / max(len(xhat) - 1, 1))


def _draw(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
    (d,) = sizes(rng, n, 1)
    return rng.standard_normal((n, d)), rng.uniform(0.5, 2, d), rng.standard_normal(d)


batch_norm = register(
    Layer(
        "batch_norm", "norm", batch_norm_forward, batch_norm_backward, _draw, ("x", "gamma", "beta"), ("gamma", "beta"),
        state={"mean": 0.0, "var": 1.0}, stats=batch_norm_stats,
    )
)  # fmt: skip
