"""Adam and AdamW: running averages of the gradient and of its square, corrected for their start at zero."""

import math
from collections.abc import Mapping

import numpy as np

from base.arrays import Array

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


def moments(dw: Array, m: Array, v: Array, tmp: Array, beta1: float, beta2: float) -> None:
    """m <- beta1 m + (1 - beta1) dw;  v <- beta2 v + (1 - beta2) dw^2."""
    np.multiply(m, beta1, out=m)
    np.multiply(dw, 1 - beta1, out=tmp)
    np.add(m, tmp, out=m)
    np.multiply(v, beta2, out=v)
    np.multiply(dw, dw, out=tmp)
    np.multiply(tmp, 1 - beta2, out=tmp)
    np.add(v, tmp, out=v)


def step(w: Array, m: Array, v: Array, out: Array, tmp: Array, step_size: float, epsilon: float) -> None:
    """w <- w - step_size m / (sqrt(v) + epsilon)."""
    np.sqrt(v, out=tmp)
    np.add(tmp, epsilon, out=tmp)
    np.divide(m, tmp, out=tmp)
    np.multiply(tmp, step_size, out=tmp)
    np.subtract(w, tmp, out=out)


def adam_element(
    w: float, dw: float, m: float, v: float, beta1: float, beta2: float, step_size: float, epsilon: float
) -> tuple[float, float, float]:
    """m, v: running averages of dw and dw^2;  w <- w - step_size m / (sqrt(v) + epsilon), see `corrections`."""
    m = m * beta1 + dw * (1 - beta1)
    v = v * beta2 + dw * dw * (1 - beta2)
    return w - m / (math.sqrt(v) + epsilon) * step_size, m, v


def amsgrad_element(
    w: float, dw: float, m: float, v: float, v_max: float, beta1: float, beta2: float, step_size: float, epsilon: float
) -> tuple[float, float, float, float]:
    """Adam with the largest v so far in the place of v."""
    m = m * beta1 + dw * (1 - beta1)
    v = v * beta2 + dw * dw * (1 - beta2)
    v_max = max(v_max, v)
    return w - m / (math.sqrt(v_max) + epsilon) * step_size, m, v, v_max


def adamw_element(
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
    """Adam's step from (1 - lr wd) w."""
    m = m * beta1 + dw * (1 - beta1)
    v = v * beta2 + dw * dw * (1 - beta2)
    return w * (1 - weight_decay) - m / (math.sqrt(v) + epsilon) * step_size, m, v


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
    adam_element,
    with_optional=amsgrad_element,
    slots=("m", "v"),
    optional={"v_max": "amsgrad"},
    scratch=1,
    derive=corrections,
    learning_rate=1e-3,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    amsgrad=False,
)
def adam(
    w: Array,
    dw: Array,
    out: Array,
    tmp: Array,
    *,
    m: Array,
    v: Array,
    v_max: Array | None,
    beta1: float,
    beta2: float,
    step_size: float,
    epsilon: float,
) -> None:
    """m, v: running averages of dw and dw^2;  w <- w - lr mhat / (sqrt(vhat) + eps).

    mhat = m / (1 - beta1^t), vhat = v / (1 - beta2^t), epsilon outside the root. amsgrad: the largest v so far takes
    the place of v. Settings: learning_rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-8, amsgrad False. State: m, v, t
    (and v_max). Kingma and Ba, 2015, algorithm 1, not its eps-hat variant; Reddi et al., 2018. Equals torch.optim.Adam.
    """
    moments(dw, m, v, tmp, beta1, beta2)
    root_of = v if v_max is None else np.maximum(v_max, v, out=v_max)
    step(w, m, root_of, out, tmp, step_size, epsilon)


@elementwise(
    adamw_element,
    with_optional=amsgradw_element,
    slots=("m", "v"),
    optional={"v_max": "amsgrad"},
    scratch=1,
    derive=corrections,
    learning_rate=1e-3,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    weight_decay=1e-2,
    amsgrad=False,
)
def adamw(
    w: Array,
    dw: Array,
    out: Array,
    tmp: Array,
    *,
    m: Array,
    v: Array,
    v_max: Array | None,
    beta1: float,
    beta2: float,
    step_size: float,
    epsilon: float,
    weight_decay: float,
) -> None:
    """w <- (1 - lr wd) w - lr mhat / (sqrt(vhat) + eps): Adam with decoupled weight decay, of matrices only.

    The decay multiplies the weights and never enters m and v (that would be Adam with an L2 penalty: use `reg`).
    Settings: learning_rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-8, weight_decay 0.01, amsgrad False.
    State as adam. Loshchilov and Hutter, 2019, algorithm 2 with the learning rate on both terms. Equals
    torch.optim.AdamW whose biases are in a group with weight_decay=0.
    """
    moments(dw, m, v, tmp, beta1, beta2)
    root_of = v if v_max is None else np.maximum(v_max, v, out=v_max)
    np.multiply(w, 1 - weight_decay, out=out)
    step(out, m, root_of, out, tmp, step_size, epsilon)
