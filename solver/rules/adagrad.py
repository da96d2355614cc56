"""AdaGrad: steps divided by the root of all squared gradients so far."""

import math

import numpy as np

from base.arrays import Array

from .elementwise import elementwise


def adagrad_element(w: float, dw: float, cache: float, learning_rate: float, epsilon: float) -> tuple[float, float]:
    """s <- s + dw^2;  w <- w - lr dw / (sqrt(s) + eps)."""
    cache = cache + dw * dw
    return w - dw / (math.sqrt(cache) + epsilon) * learning_rate, cache


@elementwise(adagrad_element, slots=("cache",), scratch=1, learning_rate=1e-2, epsilon=1e-10)
def adagrad(w: Array, dw: Array, out: Array, tmp: Array, *, cache: Array, learning_rate: float, epsilon: float) -> None:
    """s <- s + dw^2;  w <- w - lr dw / (sqrt(s) + eps).

    Settings: learning_rate 0.01, epsilon 1e-10 (outside the root). State: cache. Duchi, Hazan and Singer, 2011.
    Equals torch.optim.Adagrad.
    """
    np.multiply(dw, dw, out=tmp)
    np.add(cache, tmp, out=cache)
    np.sqrt(cache, out=tmp)
    np.add(tmp, epsilon, out=tmp)
    np.divide(dw, tmp, out=tmp)
    np.multiply(tmp, learning_rate, out=tmp)
    np.subtract(w, tmp, out=out)
