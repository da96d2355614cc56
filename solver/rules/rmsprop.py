"""RMSProp: steps divided by the root of a running average of squared gradients."""

import math

from .elementwise import elementwise


@elementwise(slots=("cache",), learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8)
def rmsprop(
    w: float, dw: float, cache: float, learning_rate: float, decay_rate: float, epsilon: float
) -> tuple[float, float]:
    """s <- rho s + (1 - rho) dw^2;  w <- w - lr dw / (sqrt(s) + eps).

    Settings: learning_rate 0.01, decay_rate (rho) 0.99, epsilon 1e-8 (outside the root). State: cache.
    Tieleman and Hinton, 2012 (lecture 6e). Equals torch.optim.RMSprop (not centred, no momentum).
    """
    cache = decay_rate * cache + dw * dw * (1 - decay_rate)
    return w - dw / (math.sqrt(cache) + epsilon) * learning_rate, cache
