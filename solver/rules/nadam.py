"""NAdam: Adam with Nesterov momentum."""

import math
from collections.abc import Mapping

from ..protocols import Config
from .elementwise import elementwise


def _numbers(config: Config) -> Mapping[str, float]:
    """The numbers of step t; `mu_product` is the product of all mu so far."""
    beta1, beta2, t, lr = config["beta1"], config["beta2"], config["t"], config["learning_rate"]
    mu, mu_next = (beta1 * (1 - 0.5 * 0.96 ** (k * config["momentum_decay"])) for k in (t, t + 1))
    config["mu_product"] *= mu
    root = math.sqrt(1 - beta2**t)
    return {
        "beta1": beta1,
        "beta2": beta2,
        "of_gradient": lr * root * (1 - mu) / (1 - config["mu_product"]),
        "of_momentum": lr * root * mu_next / (1 - config["mu_product"] * mu_next),
        "epsilon": config["epsilon"] * root,
    }


@elementwise(
    slots=("m", "v"),
    counters={"mu_product": 1.0},
    derive=_numbers,
    learning_rate=2e-3,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    momentum_decay=4e-3,
)
def nadam(
    w: float,
    dw: float,
    m: float,
    v: float,
    beta1: float,
    beta2: float,
    of_gradient: float,
    of_momentum: float,
    epsilon: float,
) -> tuple[float, float, float]:
    """w <- w - lr [mu' m / (1 - P mu') + (1 - mu) dw / (1 - P)] / (sqrt(vhat) + eps), P the product of all mu so far.

    mu = beta1 (1 - 0.96^(t psi) / 2), mu' the same at t + 1; m, v, vhat as in Adam. Settings: learning_rate 0.002,
    beta1 0.9, beta2 0.999, epsilon 1e-8, momentum_decay (psi) 0.004. State: m, v, t, mu_product. Dozat, 2016, with the
    warming momentum schedule; TensorFlow's and Keras's differ. Equals torch.optim.NAdam.
    """
    m = m * beta1 + dw * (1 - beta1)
    v = v * beta2 + dw * dw * (1 - beta2)
    return w - (m * of_momentum + dw * of_gradient) / (math.sqrt(v) + epsilon), m, v
