"""Lion: the sign of an interpolated momentum."""

import math

import numpy as np

from base.arrays import Array

from .elementwise import elementwise


def lion_element(
    w: float, dw: float, m: float, learning_rate: float, beta1: float, beta2: float, weight_decay: float
) -> tuple[float, float]:
    """w <- w - lr (sign(beta1 m + (1 - beta1) dw) + wd w);  m <- beta2 m + (1 - beta2) dw."""
    mixed = m * beta1 + dw * (1 - beta1)
    sign = mixed if mixed == 0 else math.copysign(1.0, mixed)
    return w * (1 - learning_rate * weight_decay) - sign * learning_rate, m * beta2 + dw * (1 - beta2)


@elementwise(lion_element, slots=("m",), scratch=2, learning_rate=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0)
def lion(
    w: Array,
    dw: Array,
    out: Array,
    step: Array,
    tmp: Array,
    *,
    m: Array,
    learning_rate: float,
    beta1: float,
    beta2: float,
    weight_decay: float,
) -> None:
    """w <- w - lr (sign(beta1 m + (1 - beta1) dw) + wd w);  m <- beta2 m + (1 - beta2) dw.  Decay of matrices only.

    Settings: learning_rate 0.0001, beta1 0.9, beta2 0.99, weight_decay 0. State: m. Chen et al., 2023, algorithm 2.
    Equals optax.lion. Every weight moves by lr in each step: use a learning rate 3 to 10 times smaller than Adam's.
    """
    np.multiply(m, beta1, out=step)
    np.multiply(dw, 1 - beta1, out=tmp)
    np.add(step, tmp, out=step)
    np.sign(step, out=step)
    np.multiply(m, beta2, out=m)
    np.multiply(dw, 1 - beta2, out=tmp)
    np.add(m, tmp, out=m)
    np.multiply(step, learning_rate, out=step)
    np.multiply(w, 1 - learning_rate * weight_decay, out=out)
    np.subtract(out, step, out=out)
