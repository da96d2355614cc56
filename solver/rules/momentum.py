"""Heavy-ball momentum, and Nesterov's accelerated form."""

from .elementwise import elementwise


@elementwise(slots=("velocity",), learning_rate=1e-2, momentum=0.9)
def sgd_momentum(w: float, dw: float, velocity: float, learning_rate: float, momentum: float) -> tuple[float, float]:
    """v <- mu v - lr dw;  w <- w + v  (heavy ball).

    Settings: learning_rate 0.01, momentum 0.9. State: velocity. Polyak, 1964. torch.optim.SGD keeps buf = -v / lr, so
    the parameters agree while the learning rate is constant; when it changes, torch rescales the past steps and this
    form, which is the course's, does not.
    """
    velocity = momentum * velocity - learning_rate * dw
    return w + velocity, velocity


@elementwise(slots=("velocity",), learning_rate=1e-2, momentum=0.9)
def nesterov(w: float, dw: float, velocity: float, learning_rate: float, momentum: float) -> tuple[float, float]:
    """v <- mu v - lr dw;  w <- w + mu v - lr dw  (gradient at w, which is the look-ahead point).

    Settings: learning_rate 0.01, momentum 0.9. State: velocity. Nesterov, 1983, in the form of Sutskever et al., 2013,
    section 2, and Bengio et al., 2012. Equals torch.optim.SGD(nesterov=True) at a constant learning rate.
    """
    step = learning_rate * dw
    velocity = momentum * velocity - step
    return w - step + momentum * velocity, velocity
