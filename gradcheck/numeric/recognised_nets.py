"""Which two-layer net is it? Its parts are tried until they give the loss that the function gives, here and nearby."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from .column_updates import Net, RowLoss, hinge_rows, softmax_rows, squared_rows

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "identity": lambda z: z,
    "leaky_relu(0.01)": lambda z: np.where(z > 0, z, 0.01 * z),
    "leaky_relu(0.1)": lambda z: np.where(z > 0, z, 0.1 * z),
    "softplus": lambda z: np.logaddexp(0, z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "sin": np.sin,
    "square": lambda z: z * z,
}


class Recognised(NamedTuple):
    """A net, and the strength of its penalty: loss = data loss + strength * the sum of squares of both weights."""

    net: Net
    strength: float = 0.0


def recognise(
    params: Mapping[str, Array], X: Any, y: Any, loss: Callable[[Mapping[str, Array]], float]
) -> Recognised | None:
    """The two-layer net whose loss equals `loss` at `params` and nearby, None if it is none that we know."""
    matrices = [n for n, p in params.items() if p.ndim == 2]
    if len(matrices) != 2 or not isinstance(X, np.ndarray) or X.dtype.kind != "f" or X.ndim < 2:
        return None
    w1, w2 = matrices
    X = X.reshape(len(X), -1).astype(np.float64)
    if params[w1].shape[0] != X.shape[1] or params[w2].shape[0] != params[w1].shape[1]:
        return None
    vectors = [n for n in params if n not in matrices]
    first = next((n for n in vectors if params[n].size == params[w1].shape[1]), None)
    second = next((n for n in vectors if n != first and params[n].size == params[w2].shape[1]), None)
    if len(vectors) != (first is not None) + (second is not None):
        return None
    rng = np.random.default_rng(3)
    nearby = {n: p + 0.01 * np.std(p) * rng.standard_normal(p.shape) + 0.01 * (p.ndim < 2) for n, p in params.items()}
    spots = [(params, loss(params)), (nearby, loss(nearby))]
    hidden, last = (tuple(n for n in names if n is not None) for names in ((w1, first), (w2, second)))
    for activation in ACTIVATIONS.values():
        straight = _made_of_lines(activation)
        for row_loss, targets in _row_losses(np.asarray(y), len(X), params[w2].shape[1]):
            for divisor in (float(len(X)), 1.0, 0.5, 0.5 * len(X)):
                net = Net(X, targets, hidden, activation, last, row_loss, divisor, straight)
                if (strength := _strength(net, spots)) is not None:
                    return Recognised(net, strength)
    return None


def _made_of_lines(activation: Callable[[Array], Array]) -> bool:
    """Whether it consists of two lines through 0, as relu and leaky relu do: the slope is a / z."""
    ends = np.array([-1.0, 1.0])
    return np.array_equal(activation(2 * ends), 2 * activation(ends))


def _row_losses(y: Array, rows: int, classes: int) -> list[tuple[RowLoss, Array]]:
    """The losses that such targets admit, each with the targets as it takes them."""
    if y.shape == (rows,) and y.dtype.kind in "iu" and y.max() < classes:
        return [(softmax_rows(), y), (hinge_rows, y), (squared_rows, np.eye(classes)[y])]
    if y.shape == (rows, classes):
        found: list[tuple[RowLoss, Array]] = [(squared_rows, y.astype(np.float64))]
        if np.all(np.isin(y, (0, 1))) and np.all(y.sum(axis=1) == 1):
            found += [(softmax_rows(), y.argmax(axis=1)), (hinge_rows, y.argmax(axis=1))]
        return found
    return []


def _strength(net: Net, spots: list[tuple[Mapping[str, Array], float]]) -> float | None:
    """The strength of the penalty on both weights that explains the loss at both spots, 0 without one, else None."""
    weights = (net.hidden[0], net.last[0])
    rest = [value - float(np.sum(net.losses(net.layers(p)[2]))) / net.divisor for p, value in spots]
    squares = [sum(float(np.sum(p[n] ** 2)) for n in weights) for p, _ in spots]
    tight = [1e-11 * max(abs(value), 1e-3) for _, value in spots]
    if all(abs(r) <= t for r, t in zip(rest, tight, strict=True)):
        return 0.0
    strength = rest[0] / squares[0] if squares[0] else -1.0
    if strength <= 0 or abs(rest[1] - strength * squares[1]) > 10 * tight[1]:
        return None
    return strength
