"""Softmax with cross-entropy, as one loss: its gradient is p - y, which two separate layers would lose to rounding."""

import numpy as np

from .draws import scores_and_labels
from .registry import Array, Layer, register
from .targets import check_labels, check_same_shape


def softmax_loss(
    x: Array, y: Array, *, out: Array | None = None, need_dx: bool = True
) -> tuple[np.floating, Array | None]:
    """loss = 1/N sum_n -log p[n, y_n] with p = softmax(x) along the classes.

    Scores x (N, C); y (N,) integer labels, or (N, C) one-hot or soft targets t with loss = -1/N sum t log p.
    dx = (p - onehot(y)) / N, for soft targets (p sum_c t - t) / N; `out` takes it. Finite for |x| up to a quarter of
    the largest float: the maximum is subtracted and the loss is taken from the scores, never from log(p).
    Raises ValueError for labels outside 0..C-1 and targets of another shape. Source: Bishop (2006), section 4.3.4.
    """
    p = np.subtract(x, np.maximum.reduce(x, axis=1, keepdims=True), out=out)
    if y.ndim == 2:
        check_same_shape(x, y, "softmax_loss")
        return _soft(p, y, need_dx)
    return _hard(p, (np.arange(len(x)), check_labels(y, x.shape[1])), need_dx)


def _hard(p: Array, at: tuple[Array, Array], need_dx: bool) -> tuple[np.floating, Array | None]:
    """Labels: the other classes are summed apart, so that loss and gradient keep their digits where p[n, y_n] is 1."""
    n, at_target = len(p), p[at]
    np.exp(p, out=p)
    p[at] = 0
    rest = np.add.reduce(p, axis=1)
    loss = np.add.reduce((np.log1p(rest + np.expm1(at_target)) - at_target) / n)
    if not need_dx:
        return loss, None
    p[at] = -rest
    p /= ((rest + np.exp(at_target)) * n)[:, None]
    return loss, p


def _soft(p: Array, y: Array, need_dx: bool) -> tuple[np.floating, Array | None]:
    n, weight, at_target = len(p), np.sum(y, axis=1), np.sum(y * p, axis=1)
    np.exp(p, out=p)
    total = np.add.reduce(p, axis=1)
    loss = np.add.reduce((weight * np.log(total) - at_target) / n)
    if not need_dx:
        return loss, None
    p *= (weight / total / n)[:, None]
    p -= y / p.dtype.type(n)
    return loss, p


softmax = register(
    Layer(
        "softmax_loss", "loss", softmax_loss, None, scores_and_labels, ("x",),
        structure="rows", targets=("labels", "one_hot"),
    )
)  # fmt: skip
