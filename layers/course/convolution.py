"""Convolution and max pooling as a course's notebooks call them: stride and padding in one dict.

The course has each of them twice, `_naive` as loops and `_fast` compiled; here both names are the same function.
"""

from collections.abc import Mapping
from typing import Any

from base.arrays import Array

from ..activations.relu import relu_backward, relu_forward
from ..spatial.conv2d import conv2d_backward, conv2d_forward
from ..spatial.max_pool2d import max_pool2d_backward, max_pool2d_forward


def conv_forward(x: Array, w: Array, b: Array, conv_param: Mapping[str, Any]) -> tuple[Array, Any]:
    """out, cache of x (N, C, H, W), w (F, C, HH, WW), b (F,); conv_param holds stride and pad, as in `conv2d_forward`.

    Raises KeyError where conv_param has not both.
    """
    stride, pad = _values(conv_param, "conv_param", "stride", "pad")
    return conv2d_forward(x, w, b, stride=stride, padding=pad)


def conv_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """dx, dw, db."""
    dx, dw, db = conv2d_backward(dout, cache)
    return dx, dw, db  # type: ignore[return-value]  # none is None: dx is asked for, and there is a bias


def max_pool_forward(x: Array, pool_param: Mapping[str, Any]) -> tuple[Array, Any]:
    """out, cache of x (N, C, H, W); pool_param holds pool_height, pool_width and stride, as in `max_pool2d_forward`.

    Raises KeyError where pool_param has not all three.
    """
    height, width, stride = _values(pool_param, "pool_param", "pool_height", "pool_width", "stride")
    return max_pool2d_forward(x, size=(height, width), stride=stride)


def max_pool_backward(dout: Array, cache: Any) -> Array:
    """dx; among equal values the first in row order has the gradient."""
    dx: Array = max_pool2d_backward(dout, cache)
    return dx


def conv_relu_forward(x: Array, w: Array, b: Array, conv_param: Mapping[str, Any]) -> tuple[Array, Any]:
    """Convolution, then relu."""
    a, conv_cache = conv_forward(x, w, b, conv_param)
    out, relu_cache = relu_forward(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """dx, dw, db."""
    conv_cache, relu_cache = cache
    return conv_backward(relu_backward(dout, relu_cache), conv_cache)


def conv_relu_pool_forward(
    x: Array, w: Array, b: Array, conv_param: Mapping[str, Any], pool_param: Mapping[str, Any]
) -> tuple[Array, Any]:
    """Convolution, relu, then max pooling."""
    a, conv_cache = conv_relu_forward(x, w, b, conv_param)
    out, pool_cache = max_pool_forward(a, pool_param)
    return out, (conv_cache, pool_cache)


def conv_relu_pool_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """dx, dw, db."""
    conv_cache, pool_cache = cache
    return conv_relu_backward(max_pool_backward(dout, pool_cache), conv_cache)


def _values(settings: Mapping[str, Any], name: str, *keys: str) -> list[Any]:
    missing = [key for key in keys if key not in settings]
    if missing:
        raise KeyError(f"{name} has no {', '.join(map(repr, missing))}; it takes {', '.join(keys)}")
    return [settings[key] for key in keys]


conv_forward_naive = conv_forward_fast = conv_forward
conv_backward_naive = conv_backward_fast = conv_backward
max_pool_forward_naive = max_pool_forward_fast = max_pool_forward
max_pool_backward_naive = max_pool_backward_fast = max_pool_backward
