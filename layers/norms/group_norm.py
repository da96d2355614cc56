"""Group normalisation: in each image, each group of channels centred and scaled by its own statistics."""

from typing import Any

import numpy as np

from base.arrays import Array

from ..registry import Layer, register
from .images import draw_images, require_channels
from .standardise import standardise, sum_of_products, through_statistics

OVER = (2, 3, 4)  # of (N, groups, channels of a group, H, W)


def group_norm_forward(
    x: Array, gamma: Array, beta: Array, *, groups: int, eps: float = 1e-5, out: Array | None = None
) -> tuple[Array, Any]:
    """out = gamma xhat + beta with xhat = (x - mean) / sqrt(var + eps), mean and (biased) variance of a group.

    x (N, C, H, W), gamma and beta (C,) -> out (N, C, H, W). A group is C / groups channels that follow one another,
    with all their pixels, in one image. groups=1 is layer normalisation of the image (with gamma per channel),
    groups=C instance normalisation. The same in training and in evaluation.
    Raises ValueError where shapes do not fit or `groups` does not divide C. Source: Wu and He (2018), section 3.1.
    """
    require_channels("group_norm", x, gamma, beta)
    _require_divisor(groups, x.shape[1])
    split = _split(x, groups)
    xhat, inverse_std, _, _ = standardise(split, OVER, eps)
    xhat = xhat.reshape(x.shape)
    out = np.multiply(xhat, gamma[:, None, None], out=out)
    out += beta[:, None, None]
    return out, (xhat, gamma, inverse_std, groups)


def group_norm_backward(
    dout: Array, cache: Any, *, out: tuple[Array | None, ...] | None = None, need_dx: bool = True
) -> tuple[Array | None, Array, Array]:
    """dgamma = sum dout xhat, dbeta = sum dout, dx = (g - mean(g) - xhat mean(g xhat)) / std with g = dout gamma.

    The sums are over N, H and W, the means over each group of each image: they are the paths through the mean and the
    variance. Source: the chain rule on `group_norm_forward`.
    """
    xhat, gamma, inverse_std, groups = cache
    dx, dgamma, dbeta = out or (None, None, None)
    dgamma = sum_of_products(dout, xhat, (0, 2, 3), dgamma)
    dbeta = np.add.reduce(dout, axis=(0, 2, 3), out=dbeta)
    if not need_dx:
        return None, dgamma, dbeta
    g, xhat = _split(dout * gamma[:, None, None], groups), _split(xhat, groups)
    sums = sum_of_products(g, xhat, OVER), np.add.reduce(g, axis=OVER)
    into = np.empty(dout.shape, dout.dtype) if dx is None else dx
    through_statistics(g, xhat, *sums, inverse_std, OVER, _split(into, groups))
    return into, dgamma, dbeta


def _split(x: Array, groups: int) -> Array:
    """x (N, C, H, W) as (N, groups, C / groups, H, W), always a view: an axis in two needs no copy."""
    n, channels, height, width = x.shape
    return x.reshape(n, groups, channels // groups, height, width)


def _require_divisor(groups: int, channels: int) -> None:
    if not isinstance(groups, int | np.integer) or isinstance(groups, bool):
        raise TypeError(f"groups is {groups!r}; expected a whole number that divides the {channels} channels")
    if groups < 1 or channels % groups:
        divisors = ", ".join(str(g) for g in range(1, channels + 1) if channels % g == 0)
        raise ValueError(f"groups is {groups}; expected a divisor of the {channels} channels: {divisors}")


group_norm = register(
    Layer(
        "group_norm", "norm", group_norm_forward, group_norm_backward, draw_images, ("x", "gamma", "beta"),
        ("gamma", "beta"), structure="rows", settings=({"groups": 2}, {"groups": 1}),
    )
)  # fmt: skip
