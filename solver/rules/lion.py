"""Lion: the sign of an interpolated momentum."""

import math

from .elementwise import elementwise


@elementwise(slots=("m",), learning_rate=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0)
def lion(
    w: float, dw: float, m: float, learning_rate: float, beta1: float, beta2: float, weight_decay: float
) -> tuple[float, float]:
    """w <- w - lr (sign(beta1 m + (1 - beta1) dw) + wd w);  m <- beta2 m + (1 - beta2) dw.  Decay of matrices only.

    Settings: learning_rate 0.0001, beta1 0.9, beta2 0.99, weight_decay 0. State: m. Chen et al., 2023, algorithm 2.
    Equals optax.lion. Every weight moves by lr in each step: use a learning rate 3 to 10 times smaller than Adam's.
    """
    mixed = m * beta1 + dw * (1 - beta1)
    sign = mixed if mixed == 0 else math.copysign(1.0, mixed)
    m = m * beta2 + dw * (1 - beta2)
    return w * (1 - learning_rate * weight_decay) - sign * learning_rate, m
