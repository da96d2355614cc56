"""Plain stochastic gradient descent."""

from .elementwise import elementwise


@elementwise(learning_rate=1e-2)
def sgd(w: float, dw: float, learning_rate: float) -> float:
    """w <- w - lr dw.

    Settings: learning_rate 0.01. State: none. Robbins and Monro, 1951. Equals torch.optim.SGD.
    """
    return w - learning_rate * dw
