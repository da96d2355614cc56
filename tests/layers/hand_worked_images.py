"""Values worked by hand for convolution, pooling and flattening; `hand_worked` names them with all the others."""

from typing import Any

import numpy as np

from layers import Layer


def close(seen: Any, wanted: Any) -> None:
    np.testing.assert_allclose(seen, wanted, rtol=1e-14, atol=1e-15)


def conv2d(layer: Layer) -> None:
    """A filter [[1, 2], [0, -1]] at the four places of a 3 x 3 image, and at every second one of it with a margin."""
    x, w = np.arange(1.0, 10).reshape(1, 1, 3, 3), np.array([[[[1.0, 2.0], [0.0, -1.0]]]])
    bias = [np.array([10.0])] if "b" in layer.params else []
    out, cache = layer.forward(x, w, *bias)
    close(out - (10 if bias else 0), [[[[0, 2], [6, 8]]]])
    dx, dw, *db = layer.backward(np.array([[[[1.0, 0.0], [0.0, 2.0]]]]), cache)
    close(dx, [[[[1, 2, 0], [0, 1, 4], [0, 0, -2]]]])
    close(dw, [[[[11, 14], [20, 23]]]])
    close(db, [[3]] if bias else [])
    out, cache = layer.forward(x, w, stride=2, padding=1)
    close(out, [[[[-1, -3], [1, 8]]]])
    close(layer.backward(np.ones((1, 1, 2, 2)), cache)[0], [[[[-1, 0, -1], [2, 1, 2], [-1, 0, -1]]]])


POOLED = np.array([[[[1.0, 5, 2, 0], [3, 3, 8, 2], [7, 2, 6, 6], [0, 1, 1, 3]]]])


def max_pool2d(layer: Layer) -> None:
    """Of two values that are equal the first in row order has the gradient; a margin is never the maximum."""
    out, cache = layer.forward(POOLED)
    close(out, [[[[5, 8], [7, 6]]]])
    dx = layer.backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), cache)
    close(dx, [[[[0, 1, 0, 0], [0, 0, 2, 0], [3, 0, 4, 0], [0, 0, 0, 0]]]])
    out, cache = layer.forward(POOLED, size=3, stride=1)
    close(out, [[[[8, 8], [8, 8]]]])
    close(layer.backward(np.ones((1, 1, 2, 2)), cache), 4 * (POOLED == 8))
    out, cache = layer.forward(np.full((1, 1, 3, 3), -1.0), padding=1)
    close(out, [[[[-1, -1], [-1, -1]]]])
    close(layer.backward(np.ones((1, 1, 2, 2)), cache), [[[[1, 1, 0], [1, 1, 0], [0, 0, 0]]]])


def average_pool2d(layer: Layer) -> None:
    """The zeros of a margin count; what no window sees has no gradient."""
    out, cache = layer.forward(POOLED)
    close(out, [[[[3, 3], [2.5, 4]]]])
    dx = layer.backward(np.array([[[[4.0, 8.0], [12.0, 16.0]]]]), cache)
    close(dx, [[[[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]]])
    out, cache = layer.forward(POOLED, padding=1)
    close(out, [[[[0.25, 1.75, 0], [2.5, 4.75, 2], [0, 0.5, 0.75]]]])
    out, cache = layer.forward(POOLED, size=3, stride=2)
    close(out, [[[[37 / 9]]]])
    close(layer.backward(np.array([[[[9.0]]]]), cache)[0, 0], np.outer([1, 1, 1, 0], [1, 1, 1, 0]))


def flatten(layer: Layer) -> None:
    x = np.arange(1.0, 17).reshape(2, 2, 2, 2)
    out, cache = layer.forward(x)
    close(out, [np.arange(1, 9), np.arange(9, 17)])
    close(layer.backward(out, cache), x)


IMAGES = {check.__name__: check for check in (conv2d, max_pool2d, average_pool2d, flatten)}
IMAGES["conv2d_without_bias"] = conv2d
