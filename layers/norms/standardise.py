"""The mathematics that all normalisations share: x standardised over some of its axes, and the gradient through that.

Statistics have the axes that are not in `over`; which axes those are is all in which the layers differ: the rows of a
batch, the rows and pixels of a channel, the features of a row, the channels and pixels of a group.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from base.arrays import Array

AXES = "abcdefghijklmnopqrstuvwxyz"


class Standardised(NamedTuple):
    """xhat, and the statistics, which are without the axes `over`."""

    xhat: Array
    inverse_std: Array
    mean: Array
    var: Array


def standardise(x: Array, over: tuple[int, ...], eps: float, stats: tuple[Array, Array] | None = None) -> Standardised:
    """xhat = (x - mean) / sqrt(var + eps), mean and biased variance over the axes `over`, or given as stats."""
    mean = np.add.reduce(x, axis=over) / count(x, over) if stats is None else stats[0]
    xhat = np.subtract(x, spread(mean, over), order="C")
    var = sum_of_products(xhat, xhat, over) / count(x, over) if stats is None else stats[1]
    inverse_std = 1 / np.sqrt(var + x.dtype.type(eps))
    xhat *= spread(inverse_std, over)
    return Standardised(xhat, inverse_std, mean, var)


def through_statistics(
    d: Array, xhat: Array, d_xhat: Array, d_sum: Array, scale: Array, over: tuple[int, ...], out: Array | None
) -> Array:
    """scale (d - mean(d) - xhat mean(d xhat)): the gradient by x, by way of xhat, of the variance and of the mean.

    d_xhat and d_sum are the sums of d xhat and of d over the axes `over`.
    """
    n = count(d, over)
    out = np.add(d, xhat * spread(d_xhat / -n, over), out=out)
    out -= spread(d_sum / n, over)
    out *= spread(scale, over)
    return out


def sum_of_products(a: Array, b: Array, over: Sequence[int], out: Array | None = None) -> Array:
    """The sum of a b over the axes `over`, without an array of products."""
    axes = AXES[: a.ndim]
    kept = "".join(axis for i, axis in enumerate(axes) if i not in over)
    products: Array = np.einsum(f"{axes},{axes}->{kept}", a, b, out=out)
    return products


def count(x: Array, over: Sequence[int]) -> int:
    """How many numbers a statistic is made of."""
    return math.prod(x.shape[axis] for axis in over)


def spread(statistic: Array, over: tuple[int, ...]) -> Array:
    """A statistic with axes of length 1 at `over`, to be broadcast along them."""
    return statistic if over == (0,) else np.expand_dims(statistic, over)
