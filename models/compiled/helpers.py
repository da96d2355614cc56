"""Plain functions that a compiled step calls; their text goes into the step's own file.

They are written like the other definitions, in Python with numbers that take the dtype of the arrays. Arrays are
two-dimensional, rows are examples.
"""

import math

from base.arrays import Array


def finite(array: Array, largest: float) -> bool:
    """Whether all of `array` is finite."""
    good = True
    for i in range(len(array)):
        good &= abs(array[i]) <= largest
    return good


def squares(array: Array) -> float:
    """The sum of squares, in float64."""
    total = float(0)
    for i in range(len(array)):
        total += float(array[i]) * float(array[i])
    return total


def absolutes(array: Array) -> float:
    """The sum of magnitudes, in float64."""
    total = float(0)
    for i in range(len(array)):
        total += float(abs(array[i]))
    return total


def flush(array: Array, least: float) -> None:
    """Set to 0 what is so small that it would end in denormals, as `solver.rules.elementwise.flush_denormals`."""
    for i in range(len(array)):
        if abs(array[i]) < least:
            array[i] = 0


def move_average(average: Array, w: Array, rate: float) -> None:
    """a <- a + rate (w - a)."""
    for i in range(len(w)):
        average[i] += (w[i] - average[i]) * rate


def limit_columns(w: Array, norms: Array, limit: float) -> None:
    """Scale each column of w to a norm of at most `limit`; `norms` is scratch."""
    for j in range(w.shape[1]):
        norms[j] = 0
    for n in range(w.shape[0]):
        for j in range(w.shape[1]):
            norms[j] += w[n, j] * w[n, j]
    for j in range(w.shape[1]):
        norm = math.sqrt(norms[j])
        norms[j] = limit / norm if norm > limit else 1
    for n in range(w.shape[0]):
        for j in range(w.shape[1]):
            w[n, j] *= norms[j]


def normalise(x: Array, gamma: Array, beta: Array, eps: float, xhat: Array, stats: Array, out: Array) -> None:
    """out = gamma xhat + beta, xhat = (x - mean) / sqrt(var + eps); stats: mean, var, 1 / sqrt(var + eps)."""
    rows = float(x.shape[0])
    for j in range(x.shape[1]):
        stats[0, j], stats[1, j] = 0, 0
    for n in range(x.shape[0]):
        for j in range(x.shape[1]):
            stats[0, j] += x[n, j]
    for j in range(x.shape[1]):
        stats[0, j] /= rows
    for n in range(x.shape[0]):
        for j in range(x.shape[1]):
            xhat[n, j] = x[n, j] - stats[0, j]
            stats[1, j] += xhat[n, j] * xhat[n, j]
    for j in range(x.shape[1]):
        stats[1, j] /= rows
        stats[2, j] = 1 / math.sqrt(stats[1, j] + eps)
    for n in range(x.shape[0]):
        for j in range(x.shape[1]):
            xhat[n, j] *= stats[2, j]
            out[n, j] = xhat[n, j] * gamma[j] + beta[j]


def normalise_backward(
    d: Array, gamma: Array, xhat: Array, stats: Array, sums: Array, d_gamma: Array, d_beta: Array
) -> None:
    """Add to d_gamma and d_beta, and turn d, the gradient of the output, into that of the input; `sums` is scratch."""
    rows = float(d.shape[0])
    for j in range(d.shape[1]):
        sums[0, j], sums[1, j] = 0, 0
    for n in range(d.shape[0]):
        for j in range(d.shape[1]):
            sums[0, j] += d[n, j] * xhat[n, j]
            sums[1, j] += d[n, j]
    for j in range(d.shape[1]):
        d_gamma[j] += sums[0, j]
        d_beta[j] += sums[1, j]
        sums[0, j] /= rows
        sums[1, j] /= rows
    for n in range(d.shape[0]):
        for j in range(d.shape[1]):
            d[n, j] = (d[n, j] - xhat[n, j] * sums[0, j] - sums[1, j]) * gamma[j] * stats[2, j]


def track(mean: Array, var: Array, stats: Array, rows: int, momentum: float) -> None:
    """Move the running statistics towards those of the batch, the variance with N - 1 for N; not for one row."""
    if rows == 1:
        return
    unbiased = rows / (rows - 1)
    for j in range(len(mean)):
        mean[j] += (stats[0, j] - mean[j]) * momentum
        var[j] += (stats[1, j] * unbiased - var[j]) * momentum
