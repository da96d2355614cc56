"""Layer normalisation: each row centred and scaled by the statistics of its own features."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import require_floating
from ..draws import PRIMES
from ..registry import Layer, register
from .standardise import standardise, sum_of_products, through_statistics


def layer_norm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5, out: Array | None = None
) -> tuple[Array, Any]:
    """out = gamma xhat + beta with xhat = (x - mean) / sqrt(var + eps), mean and (biased) variance of the features.

    x (N, ..., D), gamma and beta (D,) -> out of the shape of x. The features are the last axes of x, as many as gamma
    has: gamma (C, H, W) normalises each of N images as a whole, gamma (D,) each of the N T vectors of x (N, T, D).
    The same in training and in evaluation. Raises ValueError where shapes do not fit.
    Source: Ba, Kiros and Hinton (2016), equation 4.
    """
    require_floating(x, "layer_norm_forward")
    k = gamma.ndim
    if k >= x.ndim or x.shape[-k:] != gamma.shape or beta.shape != gamma.shape:
        raise ValueError(_explain(x, gamma, beta))
    xhat, inverse_std, _, _ = standardise(x, tuple(range(x.ndim - k, x.ndim)), eps)
    out = np.multiply(xhat, gamma, out=out)
    out += beta
    return out, (xhat, gamma, inverse_std)


def layer_norm_backward(
    dout: Array, cache: Any, *, out: tuple[Array | None, ...] | None = None, need_dx: bool = True
) -> tuple[Array | None, Array, Array]:
    """dgamma = sum dout xhat, dbeta = sum dout, dx = (g - mean(g) - xhat mean(g xhat)) / std with g = dout gamma.

    The sums are over all axes but the features, the means over the features of each row: they are the paths through
    the mean and the variance. Source: the chain rule on `layer_norm_forward`.
    """
    xhat, gamma, inverse_std = cache
    dx, dgamma, dbeta = out or (None, None, None)
    lead = dout.ndim - gamma.ndim
    rows, features = tuple(range(lead)), tuple(range(lead, dout.ndim))
    dgamma = sum_of_products(dout, xhat, rows, dgamma)
    dbeta = np.add.reduce(dout, axis=rows, out=dbeta)
    if not need_dx:
        return None, dgamma, dbeta
    g = dout * gamma
    sums = sum_of_products(g, xhat, features), np.add.reduce(g, axis=features)
    return through_statistics(g, xhat, *sums, inverse_std, features, dx), dgamma, dbeta


def _explain(x: Array, gamma: Array, beta: Array) -> str:
    got = f"layer_norm takes x (N, ..., D), gamma, beta (D,); got {x.shape}, {gamma.shape}, {beta.shape}."
    if x.ndim == 1 and gamma.shape == x.shape:
        return f"{got} One row alone is x[None]."
    if x.ndim > 1 and gamma.shape == beta.shape == x.shape[:1]:
        return f"{got} gamma has an entry for each row: it scales features, as many as x.shape[-1]."
    if gamma.shape == (1, *x.shape[1:]):
        return f"{got} Use gamma[0] and beta[0]."
    return f"{got} The last axes of x, the features, must have the shape of gamma and of beta."


def _draw(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
    """At least five features: of three that are nearly equal no central difference could follow the curvature."""
    d = int(rng.choice([p for p in PRIMES if p not in (3, n)]))
    return rng.standard_normal((n, d)), rng.uniform(0.5, 2, d), rng.standard_normal(d)


layer_norm = register(
    Layer(
        "layer_norm", "norm", layer_norm_forward, layer_norm_backward, _draw, ("x", "gamma", "beta"),
        ("gamma", "beta"), structure="rows",
    )
)  # fmt: skip
