"""Schedule-free SGD and AdamW: no decay schedule, because an average of the iterates is what counts.

Three points: z takes the steps, x is their weighted average and the point to evaluate, w = (1 - beta) z + beta x is
where the gradient is taken and what the model holds in training. The solver evaluates and keeps x by itself.
"""

import math
from collections.abc import Mapping

from ..protocols import Config
from .elementwise import elementwise


def _share(config: Config) -> float:
    """The weight of the new z in x: lr_max^2 / sum of all lr_max^2 so far (1 / t at a constant learning rate)."""
    config["lr_max"] = max(config["lr_max"], config["learning_rate"])
    weight = config["lr_max"] ** 2
    config["weight_sum"] += weight
    return weight / config["weight_sum"] if config["weight_sum"] else 0.0


def _sgd_numbers(config: Config) -> Mapping[str, float]:
    share, lr = _share(config), config["learning_rate"]
    return {"rate": lr, "beta": config["momentum"], "share": share, "weight_decay": lr * config["weight_decay"]}


@elementwise(
    slots=("z", "x"),
    starts_at_w=("z", "x"),
    evaluates_at="x",
    counters={"lr_max": 0.0, "weight_sum": 0.0},
    derive=_sgd_numbers,
    learning_rate=1.0,
    momentum=0.9,
    weight_decay=0.0,
)
def schedule_free_sgd(
    w: float, dw: float, z: float, x: float, rate: float, beta: float, share: float, weight_decay: float
) -> tuple[float, float, float]:
    """z <- z - lr (dw + wd w);  x <- (1 - c) x + c z;  w <- (1 - beta) z + beta x,  c = lr_max^2 / sum lr_max^2.

    Settings: learning_rate 1, momentum (beta) 0.9, weight_decay 0 (of matrices, taken at w). State: z, x, t, lr_max,
    weight_sum. Defazio et al., 2024, algorithm 1; evaluate x, not w. Warm-up: lr_schedule={"name": "constant",
    "warmup": steps}. A decay schedule defeats the purpose.
    """
    z = z - dw * rate - w * weight_decay
    x = x + (z - x) * share
    return z + (x - z) * beta, z, x


def _adamw_numbers(config: Config) -> Mapping[str, float]:
    beta2, lr, share = config["beta2"], config["learning_rate"], _share(config)
    root = math.sqrt(1 - beta2 ** config["t"])
    return {
        "step_size": lr * root,
        "beta1": config["beta1"],
        "beta2": beta2,
        "epsilon": config["epsilon"] * root,
        "share": share,
        "weight_decay": lr * config["weight_decay"],
    }


@elementwise(
    slots=("z", "x", "v"),
    starts_at_w=("z", "x"),
    evaluates_at="x",
    counters={"lr_max": 0.0, "weight_sum": 0.0},
    derive=_adamw_numbers,
    learning_rate=2.5e-3,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    weight_decay=0.0,
)
def schedule_free_adamw(
    w: float,
    dw: float,
    z: float,
    x: float,
    v: float,
    step_size: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    share: float,
    weight_decay: float,
) -> tuple[float, float, float, float]:
    """v <- beta2 v + (1 - beta2) dw^2;  z <- z - lr (dw / (sqrt(vhat) + eps) + wd w);  x, w as in schedule_free_sgd.

    vhat = v / (1 - beta2^t); beta1 takes the place of beta. Settings: learning_rate 0.0025, beta1 0.9, beta2 0.999,
    epsilon 1e-8, weight_decay 0 (of matrices, taken at w). State: z, x, v, t, lr_max, weight_sum. Defazio et al., 2024.
    """
    v = v * beta2 + dw * dw * (1 - beta2)
    z = z - dw / (math.sqrt(v) + epsilon) * step_size - w * weight_decay
    x = x + (z - x) * share
    return z + (x - z) * beta1, z, x, v
