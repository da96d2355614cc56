"""Adadelta: steps in the units of the weights, from two running averages."""

import math

import numpy as np

from base.arrays import Array

from .elementwise import elementwise


def adadelta_element(
    w: float, dw: float, cache: float, moved: float, learning_rate: float, decay_rate: float, epsilon: float
) -> tuple[float, float, float]:
    """s <- rho s + (1 - rho) dw^2;  d = dw sqrt(u + eps) / sqrt(s + eps);  u likewise of d^2;  w <- w - lr d."""
    cache = decay_rate * cache + dw * dw * (1 - decay_rate)
    step = math.sqrt(moved + epsilon) / math.sqrt(cache + epsilon) * dw
    moved = decay_rate * moved + step * step * (1 - decay_rate)
    return w - learning_rate * step, cache, moved


@elementwise(adadelta_element, slots=("cache", "moved"), scratch=2, learning_rate=1.0, decay_rate=0.9, epsilon=1e-6)
def adadelta(
    w: Array,
    dw: Array,
    out: Array,
    step: Array,
    tmp: Array,
    *,
    cache: Array,
    moved: Array,
    learning_rate: float,
    decay_rate: float,
    epsilon: float,
) -> None:
    """s <- rho s + (1 - rho) dw^2;  d = dw sqrt(u + eps) / sqrt(s + eps);  u <- rho u + (1 - rho) d^2;  w <- w - lr d.

    Settings: learning_rate 1, decay_rate (rho) 0.9, epsilon 1e-6 (inside both roots). State: cache (s), moved (u).
    Zeiler, 2012. Equals torch.optim.Adadelta.
    """
    np.multiply(dw, dw, out=tmp)
    np.multiply(tmp, 1 - decay_rate, out=tmp)
    np.multiply(cache, decay_rate, out=cache)
    np.add(cache, tmp, out=cache)
    np.add(cache, epsilon, out=tmp)
    np.sqrt(tmp, out=tmp)
    np.add(moved, epsilon, out=step)
    np.sqrt(step, out=step)
    np.divide(step, tmp, out=step)
    np.multiply(step, dw, out=step)
    np.multiply(step, step, out=tmp)
    np.multiply(tmp, 1 - decay_rate, out=tmp)
    np.multiply(moved, decay_rate, out=moved)
    np.add(moved, tmp, out=moved)
    np.multiply(step, learning_rate, out=step)
    np.subtract(w, step, out=out)
