"""The multiclass support vector machine loss (hinge loss of Weston and Watkins)."""

import math

import numpy as np

from base.arrays import Array

from ..arrays import check_labels, require_floating
from ..draws import scores_and_labels
from ..registry import Layer, register
from ..scalars import Rows
from .weights import shares


def svm_row(x: Array, y: int, dx: Array, margin: float) -> float:
    """The sum of the positive hinges x_c - x_y + margin, and how often each score counts in it."""
    loss, count = 0.0, 0.0
    for c in range(len(x)):
        hinge = x[c] - x[y] + margin
        if c == y or hinge <= 0:
            dx[c] = 0.0
        else:
            dx[c] = 1.0
            loss += hinge
            count += 1
    dx[y] = -count
    return loss


def svm_loss(
    x: Array, y: Array, *, margin: float = 1.0, sample_weight: Array | None = None, out: Array | None = None,
    need_dx: bool = True,
) -> tuple[np.floating, Array | None]:  # fmt: skip
    """loss = 1/N sum_n sum_{j != y_n} max(0, x[n, j] - x[n, y_n] + margin).

    Scores x (N, C), integer labels y (N,). With M[n, j] = [j != y_n and the hinge is positive] the gradient is
    dx[n, j] = M[n, j] / N and dx[n, y_n] = -sum_j M[n, j] / N; at the hinge's kink it is 0. `out` takes dx.
    sample_weight w (N,): the mean over n becomes sum w_n (...) / sum w.
    Right for all finite x; infinite where the true loss exceeds the largest float.
    Raises ValueError for labels outside 0..C-1. Source: Weston and Watkins (1999); CS231n notes, linear classification.
    """
    require_floating(x, "svm_loss")
    at = np.arange(len(x)), check_labels(y, x.shape[1], rows=len(x))
    share = shares(sample_weight, x)
    with np.errstate(over="ignore", invalid="ignore"):  # scores apart by more than the largest float, of weight 0 too
        hinge = _hinges(x, at, margin, out)
        loss = _mean(hinge, share)
        if not math.isfinite(loss):
            loss = 2 * _mean(_hinges(x / 2, at, margin / 2), share)
    if not need_dx:
        return loss, None
    dx = np.sign(hinge, out=hinge)  # 1 where the hinge is positive, 0 elsewhere
    dx[at] = -np.add.reduce(dx, axis=1)
    if share is None:
        dx /= len(x)
    else:
        dx *= share
    return loss, dx


def _hinges(x: Array, at: tuple[Array, Array], margin: float, out: Array | None = None) -> Array:
    hinge = np.subtract(x, x[at][:, None], out=out)
    hinge += margin
    hinge[at] = 0
    return np.maximum(hinge, 0, out=hinge)


def _mean(hinge: Array, share: Array | None) -> np.floating:
    # Divided first: the sum of a whole batch could overflow.
    mean: np.floating = np.sum(hinge / len(hinge) if share is None else hinge * share)
    return mean


def _numbers(margin: float = 1.0) -> dict[str, float]:
    return {"margin": margin}


svm = register(
    Layer(
        "svm_loss", "loss", svm_loss, None, scores_and_labels, ("x",),
        structure="rows", targets=("labels",), settings=({}, {"margin": 0.5}),
        scalar=Rows(svm_row, None, _numbers),
    )
)  # fmt: skip
