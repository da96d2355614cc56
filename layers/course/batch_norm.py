"""Batch normalisation as a course's notebooks call it: settings and running statistics in one dict."""

from collections.abc import Callable, MutableMapping
from typing import Any

import numpy as np

from base.arrays import Array

from ..norms.batch_norm import batch_norm_backward, batch_norm_forward
from .mode import mode_of


def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: MutableMapping[str, Any]) -> tuple[Array, Any]:
    """out, cache of x (N, D); bn_param holds mode, and perhaps eps (1e-5), momentum (0.9), running_mean, running_var.

    "train": statistics of the batch, and running = momentum running + (1 - momentum) batch, with the biased variance,
    is written back into bn_param; both start at 0, as in the course. "test": by the running statistics.
    """
    return with_running_statistics(batch_norm_forward, x, gamma, beta, bn_param)


def batchnorm_backward(dout: Array, cache: Any) -> tuple[Array | None, Array, Array]:
    """dx, dgamma, dbeta."""
    return batch_norm_backward(dout, cache)


def with_running_statistics(
    forward: Callable[..., tuple[Array, Any]], x: Array, gamma: Array, beta: Array, bn_param: MutableMapping[str, Any]
) -> tuple[Array, Any]:
    """`batchnorm_forward` for any of our forwards that takes `stats`; x has its features, or channels, in axis 1."""
    mode = mode_of(bn_param, "bn_param")
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running = tuple(
        bn_param.get(name, np.zeros_like(x, shape=x.shape[1:2])) for name in ("running_mean", "running_var")
    )
    if mode == "test":
        out, cache = forward(x, gamma, beta, eps=eps, stats=(running[0], running[1]))
    else:
        out, cache = forward(x, gamma, beta, eps=eps)
        running = tuple(momentum * old + (1 - momentum) * new for old, new in zip(running, cache[3:5], strict=True))
    bn_param["running_mean"], bn_param["running_var"] = running
    return out, cache
