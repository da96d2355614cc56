"""Sigmoid with cross-entropy, as one loss on logits; each column is a yes-or-no question of its own."""

import math

import numpy as np

from base.arrays import Array

from ..activations.sigmoid import sigmoid_forward
from ..arrays import check_same_shape, require_floating
from ..draws import sizes
from ..registry import Layer, register
from ..scalars import Rows
from .weights import shares


def logistic_row(x: Array, y: Array, dx: Array) -> float:
    """sum max(x, 0) - x y + log(1 + exp(-|x|)), and sigmoid(x) - y."""
    loss = 0.0
    for c in range(len(x)):
        loss += max(x[c], 0.0) - x[c] * y[c] + math.log1p(math.exp(-abs(x[c])))
        dx[c] = 1 / (1 + math.exp(-x[c])) - y[c]
    return loss


def logistic_loss(
    x: Array, y: Array, *, sample_weight: Array | None = None, out: Array | None = None, need_dx: bool = True
) -> tuple[np.floating, Array | None]:
    """loss = 1/N sum -(y log s + (1 - y) log(1 - s)) with s = sigmoid(x), dx = (s - y) / N.

    Logits x and targets y in [0, 1], of one shape (N, C) or (N,); summed over C, averaged over N, with sample_weight w
    (N,) as sum w_n (...) / sum w. Targets -1 and +1 are taken for 0 and 1. Computed as
    max(x, 0) - x y + log1p(exp(-|x|)), which is right for every finite x; infinite where the true loss exceeds the
    largest float. `out` takes dx.
    Raises ValueError for shapes that differ, and for other targets. Source: Nielsen, ch. 3, eq. 63.
    """
    require_floating(x, "logistic_loss")
    check_same_shape(x, y, "logistic_loss")
    y = in_unit(y)
    share = shares(sample_weight, x)
    each = np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))
    with np.errstate(over="ignore"):
        loss = np.sum(each / len(x) if share is None else each * share)
    if not need_dx:
        return loss, None
    dx, _ = sigmoid_forward(x, out=out)
    dx -= y
    if share is None:
        dx /= len(x)
    else:
        dx *= share
    return loss, dx


def in_unit(y: Array) -> Array:
    """The targets within 0..1: those that are, or -1 and +1 as 0 and 1; else ValueError."""
    low, high = np.min(y, initial=0), np.max(y, initial=1)
    if not (low < 0 or high > 1):  # NaN ends in the loss
        return y
    if np.all((y == -1) | (y == 1)):
        return y > 0
    raise ValueError(f"logistic_loss takes targets from 0 to 1, or -1 and +1; got values {np.min(y)}..{np.max(y)}.")


def _draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    (c,) = sizes(rng, n, 1)
    return 2 * rng.standard_normal((n, c)), rng.integers(2, size=(n, c)).astype(float)


logistic = register(
    Layer(
        "logistic_loss", "loss", logistic_loss, None, _draw, ("x",),
        structure="rows", targets=("one_hot", "real"), link="sigmoid", scalar=Rows(None, logistic_row),
    )
)  # fmt: skip
