"""Convolution and pooling written as loops over windows: slow, and plain enough to be believed."""

from collections.abc import Iterator

import numpy as np


def places(x: np.ndarray, size, stride, padding) -> Iterator[tuple[int, int, slice, slice]]:
    """(i, j, rows, columns) of every window that fits into padded x."""
    height, width = x.shape[2] + 2 * padding[0], x.shape[3] + 2 * padding[1]
    for i, top in enumerate(range(0, height - size[0] + 1, stride[0])):
        for j, left in enumerate(range(0, width - size[1] + 1, stride[1])):
            yield i, j, slice(top, top + size[0]), slice(left, left + size[1])


def pad(x: np.ndarray, padding, value: float = 0.0) -> np.ndarray:
    (top, left) = padding
    return np.pad(x, ((0, 0), (0, 0), (top, top), (left, left)), constant_values=value)


def crop(x: np.ndarray, padding) -> np.ndarray:
    (top, left) = padding
    return x[:, :, top : x.shape[2] - top, left : x.shape[3] - left]


def _empty(x: np.ndarray, maps: int, where: list) -> np.ndarray:
    return np.empty((len(x), maps, where[-1][0] + 1, where[-1][1] + 1))


def conv2d(x, w, b, stride, padding):
    """out."""
    source, where = pad(x, padding), list(places(x, w.shape[2:], stride, padding))
    out = _empty(x, len(w), where)
    for i, j, rows, columns in where:
        for f, weight in enumerate(w):
            out[:, f, i, j] = np.sum(source[:, :, rows, columns] * weight, axis=(1, 2, 3)) + b[f]
    return out


def conv2d_gradients(dout, x, w, stride, padding):
    """dx, dw, db."""
    source = pad(x, padding)
    dsource, dw, db = np.zeros_like(source), np.zeros_like(w), np.zeros(len(w))
    for i, j, rows, columns in places(x, w.shape[2:], stride, padding):
        for n in range(len(x)):
            for f, weight in enumerate(w):
                dsource[n, :, rows, columns] += dout[n, f, i, j] * weight
                dw[f] += dout[n, f, i, j] * source[n, :, rows, columns]
                db[f] += dout[n, f, i, j]
    return crop(dsource, padding), dw, db


def pool(x, size, stride, padding, maximum: bool):
    """out."""
    source, where = pad(x, padding, -np.inf if maximum else 0.0), list(places(x, size, stride, padding))
    out = _empty(x, x.shape[1], where)
    for i, j, rows, columns in where:
        seen = source[:, :, rows, columns]
        out[:, :, i, j] = seen.max(axis=(2, 3)) if maximum else seen.mean(axis=(2, 3))
    return out


def pool_gradient(dout, x, size, stride, padding, maximum: bool):
    """dx; of equal values the first in row order has the gradient (NumPy's argmax)."""
    source = pad(x, padding, -np.inf if maximum else 0.0)
    dsource = np.zeros_like(source)
    for i, j, rows, columns in places(x, size, stride, padding):
        for n in range(len(x)):
            for c in range(x.shape[1]):
                part = dsource[n, c, rows, columns]
                if maximum:
                    at = np.unravel_index(np.argmax(source[n, c, rows, columns]), size)
                    part[at] += dout[n, c, i, j]
                else:
                    part += dout[n, c, i, j] / part.size
    return crop(dsource, padding)
