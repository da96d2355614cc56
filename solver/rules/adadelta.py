"""Adadelta: steps in the units of the weights, from two running averages."""

import math

from .elementwise import elementwise


@elementwise(slots=("cache", "moved"), learning_rate=1.0, decay_rate=0.9, epsilon=1e-6)
def adadelta(
    w: float, dw: float, cache: float, moved: float, learning_rate: float, decay_rate: float, epsilon: float
) -> tuple[float, float, float]:
    """s <- rho s + (1 - rho) dw^2;  d = dw sqrt(u + eps) / sqrt(s + eps);  u <- rho u + (1 - rho) d^2;  w <- w - lr d.

    Settings: learning_rate 1, decay_rate (rho) 0.9, epsilon 1e-6 (inside both roots). State: cache (s), moved (u).
    Zeiler, 2012. Equals torch.optim.Adadelta.
    """
    cache = decay_rate * cache + dw * dw * (1 - decay_rate)
    step = math.sqrt(moved + epsilon) / math.sqrt(cache + epsilon) * dw
    moved = decay_rate * moved + step * step * (1 - decay_rate)
    return w - learning_rate * step, cache, moved
