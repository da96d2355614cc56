"""Adam and AdamW: running averages of the gradient and of its square, corrected for their start at zero."""

import math
from collections.abc import Mapping

from ..protocols import Config
from .elementwise import elementwise


def corrections(config: Config) -> Mapping[str, float]:
    """The numbers of step t.

    mhat / (sqrt(vhat) + eps) = m root / (1 - beta1^t) / (sqrt(v) + eps root) with root = sqrt(1 - beta2^t), so:
    step_size = lr root / (1 - beta1^t), epsilon = eps root; weight_decay = lr wd, where the rule has one.
    """
    beta1, beta2, t, lr = config["beta1"], config["beta2"], config["t"], config["learning_rate"]
    root = math.sqrt(1 - beta2**t)
    step_size, epsilon = lr * root / (1 - beta1**t), config["epsilon"] * root
    numbers = {"beta1": beta1, "beta2": beta2, "step_size": step_size, "epsilon": epsilon}
    return numbers | {"weight_decay": lr * config["weight_decay"]} if "weight_decay" in config else numbers


def amsgrad_element(
    w: float, dw: float, m: float, v: float, v_max: float, beta1: float, beta2: float, step_size: float, epsilon: float
) -> tuple[float, float, float, float]:
    """Adam with the largest v so far in the place of v."""
    m = m * beta1 + dw * (1 - beta1)
    v = v * beta2 + dw * dw * (1 - beta2)
    v_max = max(v_max, v)
    return w - m / (math.sqrt(v_max) + epsilon) * step_size, m, v, v_max


def amsgradw_element(
    w: float,
    dw: float,
    m: float,
    v: float,
    v_max: float,
    beta1: float,
    beta2: float,
    step_size: float,
    epsilon: float,
    weight_decay: float,
) -> tuple[float, float, float, float]:
    """AdamW with the largest v so far in the place of v."""
    m = m * beta1 + dw * (1 - beta1)
    v = v * beta2 + dw * dw * (1 - beta2)
    v_max = max(v_max, v)
    return w * (1 - weight_decay) - m / (math.sqrt(v_max) + epsilon) * step_size, m, v, v_max


@elementwise(
    with_optional=amsgrad_element,
    slots=("m", "v"),
    optional={"v_max": "amsgrad"},
    derive=corrections,
    learning_rate=1e-3,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    amsgrad=False,
)
def adam(
    w: float, dw: float, m: float, v: float, beta1: float, beta2: float, step_size: float, epsilon: float
) -> tuple[float, float, float]:
    """m, v: running averages of dw and dw^2;  w <- w - lr mhat / (sqrt(vhat) + eps).

    mhat = m / (1 - beta1^t), vhat = v / (1 - beta2^t), epsilon outside the root. amsgrad: the largest v so far takes
    the place of v. Settings: learning_rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-8, amsgrad False. State: m, v, t
    (and v_max). Kingma and Ba, 2015, algorithm 1, not its eps-hat variant; Reddi et al., 2018. Equals torch.optim.Adam.
    """
    m = m * beta1 + dw * (1 - beta1)
    v = v * beta2 + dw * dw * (1 - beta2)
    return w - m / (math.sqrt(v) + epsilon) * step_size, m, v


@elementwise(
    with_optional=amsgradw_element,
    slots=("m", "v"),
    optional={"v_max": "amsgrad"},
    derive=corrections,
    learning_rate=1e-3,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    weight_decay=1e-2,
    amsgrad=False,
)
def adamw(
    w: float,
    dw: float,
    m: float,
    v: float,
    beta1: float,
    beta2: float,
    step_size: float,
    epsilon: float,
    weight_decay: float,
) -> tuple[float, float, float]:
    """w <- (1 - lr wd) w - lr mhat / (sqrt(vhat) + eps): Adam with decoupled weight decay, of matrices only.

    The decay multiplies the weights and never enters m and v (that would be Adam with an L2 penalty: use `reg`).
    Settings: learning_rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-8, weight_decay 0.01, amsgrad False.
    State as adam. Loshchilov and Hutter, 2019, algorithm 2 with the learning rate on both terms. Equals
    torch.optim.AdamW whose biases are in a group with weight_decay=0.
    """
    m = m * beta1 + dw * (1 - beta1)
    v = v * beta2 + dw * dw * (1 - beta2)
    return w * (1 - weight_decay) - m / (math.sqrt(v) + epsilon) * step_size, m, v
