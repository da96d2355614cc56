"""Plain stochastic gradient descent."""

import numpy as np

from base.arrays import Array

from .elementwise import elementwise


def sgd_element(w: float, dw: float, learning_rate: float) -> float:
    """w - lr dw."""
    return w - learning_rate * dw


@elementwise(sgd_element, scratch=1, learning_rate=1e-2)
def sgd(w: Array, dw: Array, out: Array, step: Array, *, learning_rate: float) -> None:
    """w <- w - lr dw.

    Settings: learning_rate 0.01. State: none. Robbins and Monro, 1951. Equals torch.optim.SGD.
    """
    np.multiply(dw, learning_rate, out=step)
    np.subtract(w, step, out=out)
