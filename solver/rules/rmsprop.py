"""RMSProp: steps divided by the root of a running average of squared gradients."""

import math

import numpy as np

from base.arrays import Array

from .elementwise import elementwise


def rmsprop_element(
    w: float, dw: float, cache: float, learning_rate: float, decay_rate: float, epsilon: float
) -> tuple[float, float]:
    """s <- rho s + (1 - rho) dw^2;  w <- w - lr dw / (sqrt(s) + eps)."""
    cache = decay_rate * cache + dw * dw * (1 - decay_rate)
    return w - dw / (math.sqrt(cache) + epsilon) * learning_rate, cache


@elementwise(rmsprop_element, slots=("cache",), scratch=1, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8)
def rmsprop(
    w: Array,
    dw: Array,
    out: Array,
    tmp: Array,
    *,
    cache: Array,
    learning_rate: float,
    decay_rate: float,
    epsilon: float,
) -> None:
    """s <- rho s + (1 - rho) dw^2;  w <- w - lr dw / (sqrt(s) + eps).

    Settings: learning_rate 0.01, decay_rate (rho) 0.99, epsilon 1e-8 (outside the root). State: cache.
    Tieleman and Hinton, 2012 (lecture 6e). Equals torch.optim.RMSprop (not centred, no momentum).
    """
    np.multiply(dw, dw, out=tmp)
    np.multiply(tmp, 1 - decay_rate, out=tmp)
    np.multiply(cache, decay_rate, out=cache)
    np.add(cache, tmp, out=cache)
    np.sqrt(cache, out=tmp)
    np.add(tmp, epsilon, out=tmp)
    np.divide(dw, tmp, out=tmp)
    np.multiply(tmp, learning_rate, out=tmp)
    np.subtract(w, tmp, out=out)
