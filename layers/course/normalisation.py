"""Layer, spatial batch and group normalisation as a course's notebooks call them: settings in a dict."""

from collections.abc import Mapping, MutableMapping
from typing import Any

import numpy as np

from base.arrays import Array

from ..norms.group_norm import group_norm_backward, group_norm_forward
from ..norms.layer_norm import layer_norm_backward, layer_norm_forward
from ..norms.spatial_batch_norm import spatial_batch_norm_backward, spatial_batch_norm_forward
from .batch_norm import with_running_statistics


def layernorm_forward(x: Array, gamma: Array, beta: Array, ln_param: Mapping[str, Any]) -> tuple[Array, Any]:
    """out, cache of x (N, D), each row by its own statistics; ln_param holds perhaps eps (1e-5)."""
    return layer_norm_forward(x, gamma, beta, eps=ln_param.get("eps", 1e-5))


def layernorm_backward(dout: Array, cache: Any) -> tuple[Array | None, Array, Array]:
    """dx, dgamma, dbeta."""
    return layer_norm_backward(dout, cache)


def spatial_batchnorm_forward(
    x: Array, gamma: Array, beta: Array, bn_param: MutableMapping[str, Any]
) -> tuple[Array, Any]:
    """out, cache of x (N, C, H, W), gamma and beta (C,); bn_param as in batchnorm_forward."""
    return with_running_statistics(spatial_batch_norm_forward, x, gamma, beta, bn_param)


def spatial_batchnorm_backward(dout: Array, cache: Any) -> tuple[Array | None, Array, Array]:
    """dx, dgamma, dbeta."""
    return spatial_batch_norm_backward(dout, cache)


def spatial_groupnorm_forward(
    x: Array,
    gamma: Array,
    beta: Array,
    G: int,
    gn_param: Mapping[str, Any],
) -> tuple[Array, Any]:
    """out, cache of x (N, C, H, W) in G groups of channels; gn_param holds perhaps eps (1e-5).

    gamma and beta are (C,), or (1, C, 1, 1) as in the course: the backward gives them in their shape.
    """
    flat = [np.reshape(a, -1) if a.shape == (1, a.size, 1, 1) else a for a in (gamma, beta)]
    out, cache = group_norm_forward(x, *flat, groups=G, eps=gn_param.get("eps", 1e-5))
    return out, (gamma.shape, beta.shape, cache)


def spatial_groupnorm_backward(dout: Array, cache: Any) -> tuple[Array | None, Array, Array]:
    """dx, dgamma, dbeta, the latter two in the shapes of gamma and beta."""
    gamma_shape, beta_shape, inner = cache
    dx, dgamma, dbeta = group_norm_backward(dout, inner)
    return dx, dgamma.reshape(gamma_shape), dbeta.reshape(beta_shape)
