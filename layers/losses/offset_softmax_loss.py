"""Softmax with cross-entropy as some introductory texts write it: -log(p + d), with a small d against log(0).

The offset caps the loss at -log(d) and takes the gradient away from examples that are far off; the plain softmax_loss
needs no such guard.
"""

import math

import numpy as np

from base.arrays import Array

from ..arrays import check_labels, check_same_shape, require_floating
from ..draws import scores_and_labels
from ..registry import Layer, register
from ..scalars import Rows
from .targets import one_hot, softmax
from .weights import shares


def offset_label_row(x: Array, y: int, dx: Array, delta: float) -> float:
    """-log(p_y + delta), and p c - c onehot(y) with c = p_y / (p_y + delta)."""
    top = x[0]
    for c in range(1, len(x)):
        top = max(top, x[c])
    total = 0.0
    for c in range(len(x)):
        dx[c] = math.exp(x[c] - top)
        total += dx[c]
    shifted = dx[y] / total + delta
    share = dx[y] / total / shifted
    for c in range(len(x)):
        dx[c] = dx[c] / total * share
    dx[y] -= share
    return -math.log(shifted)


def offset_target_row(x: Array, y: Array, dx: Array, delta: float) -> float:
    """-sum y log(p + delta), and p sum(c) - c with c = y p / (p + delta)."""
    top = x[0]
    for c in range(1, len(x)):
        top = max(top, x[c])
    total = 0.0
    for c in range(len(x)):
        dx[c] = math.exp(x[c] - top)
        total += dx[c]
    loss, share = 0.0, 0.0
    for c in range(len(x)):
        dx[c] /= total
        loss -= y[c] * math.log(dx[c] + delta)
        share += y[c] * dx[c] / (dx[c] + delta)
    for c in range(len(x)):
        dx[c] = dx[c] * share - y[c] * dx[c] / (dx[c] + delta)
    return loss


def offset_softmax_loss(
    x: Array, y: Array, *, delta: float = 1e-7, sample_weight: Array | None = None, out: Array | None = None,
    need_dx: bool = True,
) -> tuple[np.floating, Array | None]:  # fmt: skip
    """loss = -1/N sum_n t log(p + delta) with p = softmax(x) along the classes.

    Scores x (N, C); y (N,) integer labels, or (N, C) one-hot or soft targets t. With c = t p / (p + delta) the gradient
    is dx = (p sum_c c - c) / N, for labels p_y / (p_y + delta) (p - onehot(y)) / N; `out` takes it.
    sample_weight w (N,): the mean over n becomes sum w_n (...) / sum w.
    Raises ValueError for labels outside 0..C-1, targets of another shape, and delta <= 0.
    Source: Saitoh, "Deep Learning from Scratch" (2016), chapter 4.
    """
    require_floating(x, "offset_softmax_loss")
    if not delta > 0:
        raise ValueError(f"delta is {delta!r}; expected a positive offset, as 1e-7")
    if np.ndim(y) == 2:
        check_same_shape(x, y, "offset_softmax_loss")
        t = y
    else:
        t = one_hot(check_labels(y, x.shape[1], rows=len(x)), x.shape[1], x.dtype.type)
    p = softmax(x)
    shifted = p + x.dtype.type(delta)
    share = shares(sample_weight, x)
    each = t * np.log(shifted)
    loss = -np.sum(each / x.dtype.type(len(x)) if share is None else each * share)
    if not need_dx:
        return loss, None
    c = t * p / shifted
    c = c / x.dtype.type(len(x)) if share is None else c * share
    dx = np.multiply(p, np.sum(c, axis=1, keepdims=True), out=out)
    dx -= c
    return loss, dx


def _numbers(delta: float = 1e-7) -> dict[str, float]:
    return {"delta": delta}


offset_softmax = register(
    Layer(
        "offset_softmax_loss", "loss", offset_softmax_loss, None, scores_and_labels, ("x",),
        structure="rows", targets=("labels", "one_hot"), link="softmax", settings=({}, {"delta": 0.1}),
        scalar=Rows(offset_label_row, offset_target_row, _numbers),
    )
)  # fmt: skip
