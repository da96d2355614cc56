"""The quadratic cost, under each of the conventions that the texts use, by name."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from base.arrays import Array

from ..arrays import check_same_shape, require_floating
from ..draws import sizes
from ..registry import Layer, register
from ..scalars import Rows
from .weights import row_weights, shares

# name -> (factor of the sum of squares, whether it is divided by N)
REDUCTIONS = {"half_mean": (0.5, True), "mean": (1.0, True), "half_sum": (0.5, False), "sum": (1.0, False)}


def squared_row(x: Array, y: Array, dx: Array, factor: float) -> float:
    """factor sum (x - y)^2 and 2 factor (x - y)."""
    loss = 0.0
    for c in range(len(x)):
        difference = x[c] - y[c]
        loss += factor * (difference * difference)
        dx[c] = 2 * factor * difference
    return loss


def squared_loss(
    x: Array, y: Array, *, reduction: str = "half_mean", sample_weight: Array | None = None, out: Array | None = None,
    need_dx: bool = True,
) -> tuple[np.floating, Array | None]:  # fmt: skip
    """loss = c sum (x - y)^2, dx = 2 c (x - y), over all entries.

    x and y (N, C) or (N,), of one shape (ValueError otherwise: (N,) against (N, 1) would broadcast to (N, N)).
    c by `reduction`: "half_mean" 1/(2N) (Nielsen, ch. 1), "mean" 1/N, "half_sum" 1/2, "sum" 1. `out` takes dx.
    sample_weight w (N,) multiplies the squares of row n; the means then divide by sum w in place of N.
    """
    require_floating(x, "squared_loss")
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction is {reduction!r}; expected one of {', '.join(REDUCTIONS)}")
    check_same_shape(x, y, "squared_loss")
    factor, averaged = REDUCTIONS[reduction]
    weights = None
    if sample_weight is not None:
        weights = shares(sample_weight, x) if averaged else row_weights(sample_weight, x)
    elif averaged:
        factor = factor / len(x)
    with np.errstate(over="ignore", invalid="ignore"):  # a square above the largest float, of weight 0 too
        difference = np.subtract(x, y, out=out, dtype=x.dtype)
        loss = _sum_of_squares(difference, weights, factor)
        if not math.isfinite(loss):  # squares and their sum overflow before the mean does
            loss = _scaled(difference, weights, factor)
    if not need_dx:
        return loss, None
    if weights is not None:
        difference *= weights
    difference *= 2 * factor
    return loss, difference


def _sum_of_squares(difference: Array, weights: Array | None, factor: float) -> np.floating:
    square = difference * difference
    total: np.floating = factor * np.sum(square if weights is None else square * weights)
    return total


def _scaled(difference: Array, weights: Array | None, factor: float) -> np.floating:
    """The loss in float64, of differences divided by the largest, which then multiplies twice."""
    largest = np.max(np.abs(difference)).astype(np.float64)
    if not math.isfinite(largest):
        loss = largest
    else:
        loss = largest * (largest * _sum_of_squares(difference / largest, weights, factor))
    rounded: np.floating = loss.astype(difference.dtype)
    return rounded


def _numbers(reduction: str = "half_mean") -> dict[str, float]:
    return {"factor": REDUCTIONS[reduction][0]}


def _averaged(settings: Mapping[str, Any]) -> bool:
    return REDUCTIONS[settings.get("reduction", "half_mean")][1]


def _draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    (c,) = sizes(rng, n, 1)
    return rng.standard_normal((n, c)), rng.standard_normal((n, c))


squared = register(
    Layer(
        "squared_loss", "loss", squared_loss, None, _draw, ("x",), structure="rows", targets=("one_hot", "real"),
        link="identity", settings=tuple({"reduction": name} for name in REDUCTIONS),
        scalar=Rows(None, squared_row, _numbers, _averaged),
    )
)  # fmt: skip
