"""Batch normalisation: features centred and scaled by the statistics of the batch, in evaluation by running ones."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating
from ..draws import sizes
from ..registry import Layer, register
from .standardise import spread, standardise, sum_of_products, through_statistics


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
    return scaled_by_batch(x, gamma, beta, (0,), eps, stats, out)


def batch_norm_backward(
    dout: Array, cache: Any, *, out: tuple[Array | None, ...] | None = None, need_dx: bool = True
) -> tuple[Array | None, Array, Array]:
    """dgamma = sum_n dout xhat, dbeta = sum_n dout, dx = gamma / std (dout - dbeta / N - xhat dgamma / N).

    The two subtracted terms are the paths through mean and variance; with given statistics they are absent.
    Source: the chain rule on algorithm 1 of Ioffe and Szegedy (2015), simplified.
    """
    return through_batch(dout, cache, (0,), out, need_dx)


def batch_norm_stats(cache: Any) -> tuple[Array, Array]:
    """(mean, unbiased variance) of the batch of a training pass, for the running statistics."""
    xhat, _, _, mean, var, _ = cache
    n = xhat.size // max(len(mean), 1)
    return mean, var * (n / max(n - 1, 1))


def scaled_by_batch(
    x: Array, gamma: Array, beta: Array, over: tuple[int, ...], eps: float,
    stats: tuple[Array, Array] | None, out: Array | None,
) -> tuple[Array, Any]:  # fmt: skip
    """`batch_norm_forward` with statistics over the axes `over`, gamma and beta along the other."""
    xhat, inverse_std, mean, var = standardise(x, over, eps, stats)
    out = np.multiply(xhat, spread(gamma, over), out=out)
    out += spread(beta, over)
    return out, (xhat, gamma, inverse_std, mean, var, stats is None)


def through_batch(
    dout: Array, cache: Any, over: tuple[int, ...], out: tuple[Array | None, ...] | None, need_dx: bool
) -> tuple[Array | None, Array, Array]:
    """`batch_norm_backward` of `scaled_by_batch`."""
    xhat, gamma, inverse_std, _, _, training = cache
    dx, dgamma, dbeta = out or (None, None, None)
    dgamma = sum_of_products(dout, xhat, over, dgamma)
    dbeta = np.add.reduce(dout, axis=over, out=dbeta)
    if not need_dx:
        return None, dgamma, dbeta
    scale = gamma * inverse_std
    if not training:
        return np.multiply(dout, spread(scale, over), out=dx), dgamma, dbeta
    return through_statistics(dout, xhat, dgamma, dbeta, scale, over, dx), dgamma, dbeta


def _draw(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
    (d,) = sizes(rng, n, 1)
    return rng.standard_normal((n, d)), rng.uniform(0.5, 2, d), rng.standard_normal(d)


batch_norm = register(
    Layer(
        "batch_norm", "norm", batch_norm_forward, batch_norm_backward, _draw, ("x", "gamma", "beta"), ("gamma", "beta"),
        state={"mean": 0.0, "var": 1.0}, stats=batch_norm_stats,
    )
)  # fmt: skip
