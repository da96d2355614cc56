"""Batch normalisation and dropout as a course's notebooks call them: settings and running statistics in one dict.

`from layers.course import batchnorm_forward` on top of our layers. In a notebook of CS231n (2017 and later) only the
import line changes.
"""

from collections.abc import MutableMapping
from typing import Any

import numpy as np

from base.arrays import Array

from . import dropout as ours
from .batch_norm import batch_norm_backward, batch_norm_forward

MODES = ("train", "test")


def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: MutableMapping[str, Any]) -> tuple[Array, Any]:
    """out, cache of x (N, D); bn_param holds mode, and perhaps eps (1e-5), momentum (0.9), running_mean, running_var.

    "train": statistics of the batch, and running = momentum running + (1 - momentum) batch, with the biased variance,
    is written back into bn_param; both start at 0, as in the course. "test": by the running statistics.
    """
    mode = _mode(bn_param, "bn_param")
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running = tuple(bn_param.get(name, np.zeros(x.shape[1], x.dtype)) for name in ("running_mean", "running_var"))
    if mode == "test":
        out, cache = batch_norm_forward(x, gamma, beta, eps=eps, stats=(running[0], running[1]))
    else:
        out, cache = batch_norm_forward(x, gamma, beta, eps=eps)
        running = tuple(momentum * old + (1 - momentum) * new for old, new in zip(running, cache[3:5], strict=True))
    bn_param["running_mean"], bn_param["running_var"] = running
    return out, cache


def batchnorm_backward(dout: Array, cache: Any) -> tuple[Array | None, Array, Array]:
    """dx, dgamma, dbeta."""
    return batch_norm_backward(dout, cache)


def dropout_forward(x: Array, dropout_param: MutableMapping[str, Any]) -> tuple[Array, Any]:
    """out, cache of x; dropout_param holds p, mode and perhaps seed.

    p is the probability of keeping an entry, as in the course since 2018 (before, it was that of dropping one: pass
    1 - p). "train": inverted dropout, mask / p; "test": x itself. Where there is a seed, the mask comes from it, the
    same each time; else from fresh entropy. The mask's bits are our generator's, not those of NumPy's global stream.
    """
    mode = _mode(dropout_param, "dropout_param")
    if "p" not in dropout_param:
        raise KeyError("dropout_param has no 'p', the probability of keeping an entry")
    if mode == "test":
        out, mask = ours.dropout_forward(x, keep=dropout_param["p"])
    else:
        rng = np.random.default_rng(dropout_param.get("seed"))
        out, mask = ours.dropout_forward(x, keep=dropout_param["p"], rng=rng)
    return out, (dropout_param, mask)


def dropout_backward(dout: Array, cache: Any) -> Array:
    """dx = dout mask / p in "train", dout in "test"."""
    dx: Array = ours.dropout_backward(dout, cache[1])
    return dx


def _mode(settings: MutableMapping[str, Any], name: str) -> str:
    mode = settings.get("mode")
    if mode not in MODES:
        raise ValueError(f"{name}['mode'] is {mode!r}; expected one of {', '.join(MODES)}")
    return str(mode)
