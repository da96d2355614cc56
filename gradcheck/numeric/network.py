"""Numeric gradients of a whole two-layer net, every weight, by column updates instead of whole forwards.

Changing W1[i, j] by h changes only column j of the pre-activation, by h x[:, i]; hence the scores by a rank-one term.
That
is O(N C) a parameter instead of O(N (D H + H C)). It trusts a forward that was derived anew, so callers audit it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from base.arrays import Array

from ..diagnosis.pre_activations import ACTIVATIONS

RowLoss = Callable[[Array], Array]  # scores (..., N, C) -> losses (..., N)
Function = Callable[[Array], Array]
H = 1e-4
BLOCK = 400_000  # entries of perturbed scores held at once


@dataclass
class TwoLayer:
    """scores = act(X W1 + b1) W2 + b2 and loss = mean (or sum) of row losses + strength * sum of squares of
    `decayed`."""

    names: tuple[str, str | None, str, str | None]  # W1, b1, W2, b2; None where there is no bias
    X: Array
    activation: Function
    row_loss: RowLoss
    divisor: float
    strength: float = 0.0
    decayed: tuple[str, ...] = ()


def gradients(net: TwoLayer, params: Mapping[str, Array], h: float = H) -> dict[str, tuple[Array, Array]]:
    """Name -> (numeric gradient, bound) of every parameter, central differences with a Richardson pair."""
    coarse, fine = (differences(net, params, step) for step in (h, h / 2))
    noise = rounding(net, scores(net, params)) / h
    result = {}
    for n, (wide, wide_bend) in coarse.items():
        narrow, bend = fine[n]
        # A smooth function bends half as much at half the step. What does not has a kink within the step, and one at
        # the very centre shows in no other way: both steps are wrong by the same half of the jump.
        kinked = (np.abs(bend) > 20 * noise) & (np.abs(bend) > 0.6 * np.abs(wide_bend))
        bound = np.abs(narrow - wide) / 3 + noise + np.where(kinked, np.abs(bend), 0.0)
        result[n] = (4 * narrow - wide) / 3, np.where(np.isnan(bound), np.inf, bound)
    return result


def rounding(net: TwoLayer, s: Array) -> float:
    """How far rounding may move the loss: by the size of its rows, and by one ulp of every score.

    A row whose loss is nearly 0 is a difference of larger numbers, log(1 + tiny): the ulp of the 1 counts, not its own.
    """
    eps = np.finfo(np.float64).eps
    rows = net.row_loss(s)
    rng = np.random.default_rng(5)
    moves = [np.abs(net.row_loss(s * (1 + eps * rng.choice((-1.0, 1.0), s.shape))) - rows) for _ in range(4)]
    return float(np.sum(8 * eps * np.maximum(np.abs(rows), rows > 0) + 2 * np.max(moves, axis=0)) / net.divisor)


def scores(net: TwoLayer, params: Mapping[str, Array]) -> Array:
    """The scores (N, C)."""
    _, a = _hidden(net, params)
    return np.asarray(a @ params[net.names[2]] + _bias(params, net.names[3]))


def numeric(net: TwoLayer, params: Mapping[str, Array], h: float = H) -> dict[str, Array]:
    """Name -> (f(p + h) - f(p - h)) / 2h for every parameter; what training by numeric differentiation needs."""
    return {n: slope for n, (slope, _) in differences(net, params, h).items()}


def differences(net: TwoLayer, params: Mapping[str, Array], h: float = H) -> dict[str, Array]:
    """Name -> (2, *shape): the central difference, and the bend (f(p + h) + f(p - h) - 2 f(p)) / h.

    Where a step would carry a pre-activation over a kink, the branch it is on is continued; where it is exactly on the
    kink (z = 0), no branch is the right one and the result is NaN.
    """
    w1, b1, w2, b2 = net.names
    z, a = _hidden(net, params)
    s = scores(net, params)
    found = {w1: _first(net, params, z, a, s, h), w2: _columns(net, s, a, h)}
    if b1 is not None:
        ones = np.ones((len(z), 1))
        moved = [_moved(net, s, z[:, j], a[:, j], params[w2][j], ones, h)[:, 0] for j in range(z.shape[1])]
        found[b1] = np.stack(moved, axis=1).reshape(2, *params[b1].shape)
    if b2 is not None:
        found[b2] = _columns(net, s, np.ones((len(s), 1)), h).reshape(2, *params[b2].shape)
    for name in net.decayed:  # the derivative of a sum of squares needs no difference
        found[name][0] += 2 * net.strength * params[name]
    return found


def _hidden(net: TwoLayer, params: Mapping[str, Array]) -> tuple[Array, Array]:
    z = net.X @ params[net.names[0]] + _bias(params, net.names[1])
    return z, net.activation(z)


def _bias(params: Mapping[str, Array], name: str | None) -> Array | float:
    return 0.0 if name is None else params[name].reshape(1, -1)


def _first(net: TwoLayer, params: Mapping[str, Array], z: Array, a: Array, s: Array, h: float) -> Array:
    used = np.flatnonzero(np.any(net.X != 0, axis=0))  # a pixel that is 0 in every row has no gradient
    gradient = np.zeros((2, *params[net.names[0]].shape))
    X = np.ascontiguousarray(net.X[:, used])
    for j in range(z.shape[1]):
        gradient[:, used, j] = _moved(net, s, z[:, j], a[:, j], params[net.names[2]][j], X, h)
    return gradient


def _moved(net: TwoLayer, s: Array, z: Array, a: Array, out: Array, X: Array, h: float) -> Array:
    """(2, D) when column z of the pre-activations moves by h X[:, i], for every i at once: see `differences`."""
    step = h * X.T  # (D, N)
    up, down = _branch(net.activation, z, a, step), _branch(net.activation, z, a, -step)
    plus, minus = np.empty((2, len(step), len(z)))
    size = max(1, BLOCK // max(s.size, 1))
    for start in range(0, len(step), size):
        part = slice(start, start + size)
        plus[part] = net.row_loss(s + up[part, :, None] * out)
        minus[part] = net.row_loss(s + down[part, :, None] * out)
    return _slope_and_bend(net, plus, minus, s, h)


def _branch(activation: Function, z: Array, a: Array, step: Array) -> Array:
    """act(z + step) - a, (D, N). Where a step passes 0, relu and leaky relu go on along the line they are on."""
    change = activation(z + step) - a
    ends = np.array([-1.0, 1.0])
    if np.array_equal(activation(2 * ends), 2 * activation(ends)):  # made of lines through 0: slope = a / z
        rows, columns = np.nonzero((z * (z + step) <= 0) & (step != 0))
        with np.errstate(divide="ignore", invalid="ignore"):  # z = 0: NaN on purpose
            change[rows, columns] = step[rows, columns] * (a / z)[columns]
    return np.asarray(change)


def _slope_and_bend(net: TwoLayer, plus: Array, minus: Array, s: Array, h: float) -> Array:
    """Both differences of the row losses (..., N), taken before the rows are summed."""
    slope = np.sum(plus - minus, axis=-1) / 2
    bend = np.sum((plus - (base := net.row_loss(s))) + (minus - base), axis=-1)
    return np.stack([slope, bend]) / (h * net.divisor)


def _columns(net: TwoLayer, s: Array, a: Array, h: float) -> Array:
    """(2, H, C) by the second weight: W2[j, c] moves score c by h a[:, j]."""
    gradient = np.empty((2, a.shape[1], s.shape[1]))
    for c in range(s.shape[1]):
        plus, minus = (np.repeat(s[None], a.shape[1], axis=0) for _ in range(2))
        plus[:, :, c] += h * a.T
        minus[:, :, c] -= h * a.T
        gradient[:, :, c] = _slope_and_bend(net, net.row_loss(plus), net.row_loss(minus), s, h)
    return gradient


def softmax_rows(y: Array) -> RowLoss:
    """-log p_y per row for integer labels y (N,)."""
    rows = np.arange(len(y))

    def loss(s: Array) -> Array:
        s = s - s.max(axis=-1, keepdims=True)
        return np.asarray(np.log(np.exp(s).sum(axis=-1)) - s[..., rows, y])

    return loss


def hinge_rows(y: Array, margin: float = 1.0) -> RowLoss:
    """sum_j max(0, s_j - s_y + margin) per row."""
    rows = np.arange(len(y))
    return lambda s: np.asarray(np.maximum(0, s - s[..., rows, y][..., None] + margin).sum(axis=-1) - margin)


def squared_rows(t: Array) -> RowLoss:
    """1/2 |s - t|^2 per row for targets (N, C)."""
    return lambda s: np.asarray(0.5 * ((s - t) ** 2).sum(axis=-1))


def recognise(
    params: Mapping[str, Array], X: Any, y: Any, loss: Callable[[Mapping[str, Array]], float]
) -> TwoLayer | None:
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
    for activation in ACTIVATIONS.values():
        for row_loss in _row_losses(np.asarray(y), len(X), params[w2].shape[1]):
            for divisor in (float(len(X)), 1.0, 0.5, 0.5 * len(X)):
                net = TwoLayer((w1, first, w2, second), X, activation, row_loss, divisor)
                if (found := _penalised(net, spots)) is not None:
                    return found
    return None


def _row_losses(y: Array, rows: int, classes: int) -> list[RowLoss]:
    if y.shape == (rows,) and y.dtype.kind in "iu" and y.max() < classes:
        onehot = np.eye(classes)[y]
        return [softmax_rows(y), hinge_rows(y), squared_rows(onehot)]
    if y.shape == (rows, classes):
        found = [squared_rows(y.astype(np.float64))]
        if np.all(np.isin(y, (0, 1))) and np.all(y.sum(axis=1) == 1):
            found += [softmax_rows(y.argmax(axis=1)), hinge_rows(y.argmax(axis=1))]
        return found
    return []


def _penalised(net: TwoLayer, spots: list[tuple[Mapping[str, Array], float]]) -> TwoLayer | None:
    """The net with the strength of its penalty on both weights, if that explains the loss at both spots."""
    weights = (net.names[0], net.names[2])
    rest = [value - float(np.sum(net.row_loss(scores(net, p)))) / net.divisor for p, value in spots]
    squares = [sum(float(np.sum(p[n] ** 2)) for n in weights) for p, _ in spots]
    tight = [1e-11 * max(abs(value), 1e-3) for _, value in spots]
    if all(abs(r) <= t for r, t in zip(rest, tight, strict=True)):
        return net
    strength = rest[0] / squares[0] if squares[0] else -1.0
    if strength <= 0 or abs(rest[1] - strength * squares[1]) > 10 * tight[1]:
        return None
    return TwoLayer(net.names, net.X, net.activation, net.row_loss, net.divisor, strength, weights)
