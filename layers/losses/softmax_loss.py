"""Softmax with cross-entropy, as one loss: its gradient is p - y, which two separate layers would lose to rounding."""

import math

import numpy as np

from base.arrays import Array

from ..arrays import check_labels, check_same_shape, require_floating
from ..draws import scores_and_labels
from ..registry import Layer, register
from ..scalars import Rows
from .targets import one_hot
from .weights import shares


def softmax_label_row(x: Array, y: int, dx: Array) -> float:
    """-log p_y and p - onehot(y); the other classes are summed apart, to keep the digits where p_y is 1."""
    top: float = x[0]
    for c in range(1, len(x)):
        top = max(top, x[c])
    others = 0.0
    for c in range(len(x)):
        dx[c] = math.exp(x[c] - top)
        if c != y:
            others += dx[c]
    at_target: float = x[y] - top
    total = others + math.expm1(at_target)  # less 1
    for c in range(len(x)):
        dx[c] /= total + 1
    dx[y] = -others / (total + 1)
    return math.log1p(total) - at_target


def softmax_target_row(x: Array, y: Array, dx: Array) -> float:
    """-sum y log p and p sum(y) - y."""
    top = x[0]
    for c in range(1, len(x)):
        top = max(top, x[c])
    total, weight, at_target = 0.0, 0.0, 0.0
    for c in range(len(x)):
        dx[c] = math.exp(x[c] - top)
        total += dx[c]
        weight += y[c]
        if y[c] != 0:  # a class without a target may be ruled out by -inf
            at_target += y[c] * (x[c] - top)
    for c in range(len(x)):
        dx[c] = dx[c] * (weight / total) - y[c]
    return weight * math.log(total) - at_target


def softmax_loss(
    x: Array, y: Array, *, sample_weight: Array | None = None, out: Array | None = None, need_dx: bool = True
) -> tuple[np.floating, Array | None]:
    """loss = 1/N sum_n -log p[n, y_n] with p = softmax(x) along the classes.

    Scores x (N, C); y (N,) integer labels, or (N, C) one-hot or soft targets t with loss = -1/N sum t log p.
    dx = (p - onehot(y)) / N, for soft targets (p sum_c t - t) / N; `out` takes it. The maximum is subtracted, and the
    loss is taken from the scores, never from log(p): right for all finite x, and for -inf, which rules a class out;
    infinite where the true loss exceeds the largest float.
    sample_weight w (N,): the mean over n becomes sum w_n (...) / sum w, in loss and gradient.
    Raises ValueError for labels outside 0..C-1 and targets of another shape. Source: Bishop (2006), section 4.3.4.
    """
    require_floating(x, "softmax_loss")
    share = None if sample_weight is None else shares(sample_weight, x[:, 0])
    z = x.T.copy()  # (C, N): sums and maxima over a few classes are vectorised along the batch
    with np.errstate(over="ignore"):  # a score that is lower by more than the largest float: exp(-inf) = 0 is right
        z -= np.maximum.reduce(z, axis=0)
        if getattr(y, "ndim", 1) == 2:
            check_same_shape(x, y, "softmax_loss")
            return _soft(x, z, y.T, share, out, need_dx)
        return _hard(x, z, check_labels(y, x.shape[1], rows=len(x)), share, out, need_dx)


def _hard(
    x: Array, z: Array, y: Array, share: Array | None, out: Array | None, need_dx: bool
) -> tuple[np.floating, Array | None]:
    """Labels: the other classes are summed apart, so that loss and gradient keep their digits where p[n, y_n] is 1."""
    n = len(y)
    at = np.multiply(y, n, dtype=np.intp)
    at += np.arange(n)
    flat = z.reshape(-1)  # z[y[n], n] as flat[at]: one index is cheaper than two
    at_target = flat[at]
    np.exp(z, out=z)
    target = np.expm1(at_target)
    flat[at] = target
    total = np.add.reduce(z, axis=0)  # less 1, so that log1p keeps the digits of a small loss
    log_total = np.log1p(total)
    loss = _mean(log_total - at_target, share)
    if not math.isfinite(loss):
        loss = _scaled_down(x, one_hot(y, x.shape[1], x.dtype).T, log_total, share)
    if not need_dx:
        return loss, None
    flat[at] = target - total  # minus the sum over the other classes
    total += 1
    if share is None:
        total *= n
    else:
        z *= share
    return loss, np.divide(z, total, out=None if out is None else out.T).T


def _soft(
    x: Array, z: Array, y: Array, share: Array | None, out: Array | None, need_dx: bool
) -> tuple[np.floating, Array | None]:
    n, weight = z.shape[1], np.add.reduce(y, axis=0)
    with np.errstate(invalid="ignore"):  # 0 times -inf, which `_scaled_down` leaves out
        at_target = np.add.reduce(y * z, axis=0)
    np.exp(z, out=z)
    total = np.add.reduce(z, axis=0)
    log_total = weight * np.log(total)
    loss = _mean(log_total - at_target, share)
    if not math.isfinite(loss):
        loss = _scaled_down(x, y, log_total, share)
    if not need_dx:
        return loss, None
    z *= weight / total / n if share is None else weight / total * share
    pull = y / z.dtype.type(n) if share is None else y * share
    return loss, np.subtract(z, pull, out=None if out is None else out.T).T


def _mean(each: Array, share: Array | None) -> np.floating:
    mean: np.floating
    if share is None:
        mean = np.add.reduce(each / len(each))
    else:
        with np.errstate(invalid="ignore"):  # an infinite loss of weight 0, which `_scaled_down` makes finite
            mean = np.add.reduce(each * share)
    return mean


def _scaled_down(x: Array, t: Array, log_total: Array, share: Array | None) -> np.floating:
    """The loss where x - max x overflows or t is 0 at -inf: of a power of two less, only where there is a target."""
    scale = 2 ** math.ceil(math.log2(1 + np.max(np.add.reduce(t, axis=0), initial=1)))  # 2 for labels: no row overflows
    low = x.T / scale
    low -= np.maximum.reduce(low, axis=0)
    at_target = np.add.reduce(np.multiply(t, low, where=t != 0, out=np.zeros(low.shape, np.result_type(t, low))))
    loss: np.floating = scale * _mean(log_total / scale - at_target, share)
    return loss


softmax = register(
    Layer(
        "softmax_loss", "loss", softmax_loss, None, scores_and_labels, ("x",),
        structure="rows", targets=("labels", "one_hot"), link="softmax",
        scalar=Rows(softmax_label_row, softmax_target_row),
    )
)  # fmt: skip
