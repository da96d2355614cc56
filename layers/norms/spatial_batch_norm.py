"""Spatial batch normalisation: each channel centred and scaled by its statistics over the batch and all pixels."""

from typing import Any

from base.arrays import Array

from ..registry import Layer, register
from .batch_norm import batch_norm_stats, scaled_by_batch, through_batch
from .images import draw_images, require_channels

OVER = (0, 2, 3)  # the rows of the batch and the pixels


def spatial_batch_norm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5,
    stats: tuple[Array, Array] | None = None, out: Array | None = None,
) -> tuple[Array, Any]:  # fmt: skip
    """out = gamma xhat + beta with xhat = (x - mean) / sqrt(var + eps), per channel, over N, H and W.

    x (N, C, H, W), gamma and beta (C,) -> out (N, C, H, W): batch normalisation of the (N H W, C) matrix whose rows
    are the pixels. stats=(mean, var), both (C,), are given constants, as evaluation wants; nothing is updated here.
    Raises ValueError where shapes do not fit. Source: Ioffe and Szegedy (2015), section 3.2.
    """
    require_channels("spatial_batch_norm", x, gamma, beta)
    return scaled_by_batch(x, gamma, beta, OVER, eps, stats, out)


def spatial_batch_norm_backward(
    dout: Array, cache: Any, *, out: tuple[Array | None, ...] | None = None, need_dx: bool = True
) -> tuple[Array | None, Array, Array]:
    """dgamma = sum dout xhat, dbeta = sum dout, dx = gamma / std (dout - dbeta / M - xhat dgamma / M), M = N H W.

    Sums are over N, H and W. With given statistics the two subtracted terms, the paths through mean and variance, are
    absent. Source: the chain rule, as for `batch_norm_backward`.
    """
    return through_batch(dout, cache, OVER, out, need_dx)


spatial_batch_norm = register(
    Layer(
        "spatial_batch_norm", "norm", spatial_batch_norm_forward, spatial_batch_norm_backward, draw_images,
        ("x", "gamma", "beta"), ("gamma", "beta"), state={"mean": 0.0, "var": 1.0}, stats=batch_norm_stats,
        pixels=True,
    )
)  # fmt: skip
