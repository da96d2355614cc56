"""Differences of a net's loss by every weight through its structure: affine, or affine - activation - affine.

Moving one weight by h moves one column of (pre-)activations by h x[n, i], and only in the rows n whose input is not 0;
the scores follow by a rank-one term. That is O(N C) a parameter instead of a whole forward, O(N (D H + H C)).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from base.arrays import Array

Function = Callable[[Array], Array]
RowLoss = Callable[[Array, Array], Array]  # scores (C, P) and the targets of these P examples -> losses (P,)
BLOCK = 4_000_000  # scores held at once


@dataclass
class Net:
    """The parts of a net whose loss is the sum of row losses over `divisor`; a penalty is the caller's.

    X: (N, D) inputs
    targets: what `row_loss` compares the scores with, one entry an example
    hidden: the names of the first weight and bias, () where there is no hidden layer
    activation: z -> a, element by element
    last: the names of the weight and bias that give the scores
    straight: follow the line that a relu-like activation is on where a step would carry it over its kink at 0
    """

    X: Array
    targets: Array
    hidden: tuple[str, ...]
    activation: Function
    last: tuple[str, ...]
    row_loss: RowLoss
    divisor: float
    straight: bool = False

    def layers(self, params: Mapping[str, Array]) -> tuple[Array, Array, Array]:
        """Pre-activations z (N, H), a (N, H) and scores (C, N), so that sums over classes run along the batch."""
        z = _affine(params, self.hidden, self.X) if self.hidden else self.X
        a = self.activation(z) if self.hidden else z
        return z, a, np.ascontiguousarray(_affine(params, self.last, a).T)

    def losses(self, scores: Array) -> Array:
        """The loss of every example, (N,)."""
        return self.row_loss(scores, self.targets)


def slopes(net: Net, params: Mapping[str, Array], h: float) -> dict[str, Array]:
    """Name -> (L(p + h) - L(p - h)) / 2h for every parameter p, in its shape."""
    found = _zeros(net, params)
    for name, j, i, _, above, below in _moved(net, params, h):
        found[name][:, j] += np.bincount(i, above - below, len(found[name]))
    return {n: (g / (2 * h * net.divisor)).reshape(params[n].shape) for n, g in found.items()}


def slopes_and_bends(net: Net, params: Mapping[str, Array], h: float) -> dict[str, tuple[Array, Array]]:
    """Name -> (slope as above, bend (L(p + h) + L(p - h) - 2 L(p)) / h) for every parameter p.

    With `straight`, a pre-activation of exactly 0 lies on no line, and what depends on it is NaN.
    """
    slope, bend = _zeros(net, params), _zeros(net, params)
    rest = net.losses(net.layers(params)[2])
    for name, j, i, n, above, below in _moved(net, params, h):
        slope[name][:, j] += np.bincount(i, above - below, len(slope[name]))
        bend[name][:, j] += np.bincount(i, above + below - 2 * rest[n], len(bend[name]))
    unit = h * net.divisor
    return {
        n: ((slope[n] / (2 * unit)).reshape(p.shape), (bend[n] / unit).reshape(p.shape))
        for n, p in params.items()
        if n in slope
    }


def _affine(params: Mapping[str, Array], names: tuple[str, ...], x: Array) -> Array:
    out: Array = x @ params[names[0]]
    return out + params[names[1]].reshape(1, -1) if len(names) > 1 else out


def _zeros(net: Net, params: Mapping[str, Array]) -> dict[str, Array]:
    """A matrix for each parameter: a bias is a weight of one input that is always 1."""
    return {
        name: np.zeros((1 if k else len(params[name]), params[name].size if k else params[name].shape[1]))
        for names in (net.hidden, net.last)
        for k, name in enumerate(names)
    }


Moved = tuple[str, int, Array, Array, Array, Array]


def _moved(net: Net, params: Mapping[str, Array], h: float) -> Iterator[Moved]:
    """(name, column j, inputs i, examples n, losses at p + h, at p - h): an entry for each n that weight i, j moves."""
    z, a, scores = net.layers(params)
    ones = np.ones((len(net.X), 1))
    for name, inputs in zip(net.last, (a, ones), strict=False):
        for n, i in _blocks(inputs, len(scores)):
            move, kept, targets = h * inputs[n, i], scores[:, n], net.targets[n]
            for c in range(len(scores)):
                moved = kept.copy()
                moved[c] = kept[c] + move
                above = net.row_loss(moved, targets)
                moved[c] = kept[c] - move
                yield name, c, i, n, above, net.row_loss(moved, targets)
    for name, inputs in zip(net.hidden, (net.X, ones), strict=False):
        w = params[net.last[0]]
        for n, i in _blocks(inputs, len(scores)):
            move = h * inputs[n, i]
            for j in range(len(w)):
                up, down = _steps(net, z[:, j], n, move)
                live = np.flatnonzero((up != 0) | (down != 0))  # a unit at rest moves nothing
                kept, targets = scores[:, n[live]], net.targets[n[live]]
                above, below = (
                    net.row_loss(kept + np.multiply.outer(w[j], step[live]), targets) for step in (up, down)
                )
                yield name, j, i[live], n[live], above, below


def _blocks(inputs: Array, classes: int) -> Iterator[tuple[Array, Array]]:
    """(examples, inputs) of the entries that are not 0, in parts for which the scores fit into memory."""
    n, i = np.nonzero(inputs)
    size = max(1, BLOCK // classes)
    for start in range(0, len(n), size):
        yield n[start : start + size], i[start : start + size]


def _steps(net: Net, z: Array, n: Array, move: Array) -> tuple[Array, Array]:
    """How far the activation of one unit goes when its pre-activation z[n] moves up and down by `move`."""
    a = net.activation(z.copy())
    changes = []
    for step in (move, -move):
        change = net.activation(z[n] + step) - a[n]
        if net.straight:
            over = np.flatnonzero(z[n] * (z[n] + step) <= 0)
            with np.errstate(divide="ignore", invalid="ignore"):  # z = 0: NaN on purpose
                change[over] = step[over] * (a / z)[n[over]]
        changes.append(change)
    return changes[0], changes[1]


def softmax_rows(delta: float = 0.0) -> RowLoss:
    """-log(p_y + delta) for integer labels y."""

    def rows(scores: Array, y: Array) -> Array:
        z = scores - np.max(scores, axis=0)
        at_label = z[y, np.arange(len(y))]
        np.exp(z, out=z)
        total = np.sum(z, axis=0)
        loss: Array = -np.log(np.exp(at_label) / total + delta) if delta else np.log(total) - at_label
        return loss

    return rows


def hinge_rows(scores: Array, y: Array) -> Array:
    """sum_j max(0, s_j - s_y + 1), j != y, for integer labels y."""
    return np.asarray(np.maximum(0, scores - scores[y, np.arange(len(y))] + 1).sum(axis=0) - 1)


def squared_rows(scores: Array, targets: Array) -> Array:
    """1/2 |s - t|^2 for targets t (P, C)."""
    return np.asarray(0.5 * ((scores - targets.T) ** 2).sum(axis=0))
