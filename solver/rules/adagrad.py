"""AdaGrad: steps divided by the root of all squared gradients so far."""

import math

from .elementwise import elementwise


@elementwise(slots=("cache",), learning_rate=1e-2, epsilon=1e-10)
def adagrad(w: float, dw: float, cache: float, learning_rate: float, epsilon: float) -> tuple[float, float]:
    """s <- s + dw^2;  w <- w - lr dw / (sqrt(s) + eps).

    Settings: learning_rate 0.01, epsilon 1e-10 (outside the root). State: cache. Duchi, Hazan and Singer, 2011.
    Equals torch.optim.Adagrad.
    """
    cache = cache + dw * dw
    return w - dw / (math.sqrt(cache) + epsilon) * learning_rate, cache
