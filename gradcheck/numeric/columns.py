"""Centred differences for every weight of a net with up to one hidden layer, through its structure.

Moving one weight changes one column of pre-activations, and only in the rows whose input is not 0: all else is kept.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

RowLoss = Callable[[Array, Array], Array]
AFFINE = ("affine", "linear")


class Net(NamedTuple):
    """The parts of a chain affine (- activation - affine): names of the weights and biases, and the activation."""

    hidden: tuple[str, ...]  # () where there is no hidden layer
    activation: Callable[[Array], Array] | None
    last: tuple[str, ...]


def numeric_gradients(model: Any, X: Array, y: Array, h: float) -> dict[str, Array] | None:
    """(L(p + h) - L(p - h)) / 2h for every parameter p, or None for a net or a loss whose structure is not known here.

    model: a graph (nodes, params, loss_layer, reg, l1); X (N, D), y labels (N,). The values are those of the plain
    loop over all parameters up to rounding; the loss by rows is compared with the model's own before it is used.
    """
    net, rows = _net(model), _row_loss(model)
    if net is None or rows is None or y.ndim != 1 or model.dtype != np.float64:
        return None
    x = np.asarray(X, np.float64).reshape(len(X), -1)
    z = _affine(model, net.hidden, x) if net.hidden else None
    a = x if z is None or net.activation is None else net.activation(z)
    scores = np.ascontiguousarray(_affine(model, net.last, a).T)  # (C, N): sums over classes run along the batch
    own = float(model.loss_layer.forward(scores.T, y, need_dx=False, **model.loss_settings)[0])
    if not abs(own - float(np.mean(rows(scores, y)))) <= 1e-10 * max(1.0, abs(own)):
        return None
    grads = {}
    for name, inputs in _inputs(model, net.last, a):
        grads[name] = _last_layer(scores, inputs, y, rows, h)
    for name, inputs in _inputs(model, net.hidden, x):
        grads[name] = _hidden_layer(model.params[net.last[0]], net.activation, z, scores, inputs, y, rows, h)
    shaped = {name: grads[name].reshape(array.shape) for name, array in model.params.items()}
    return {name: _with_penalty(model, name, gradient, h) for name, gradient in shaped.items()}


def _net(model: Any) -> Net | None:
    """The chain that the model is, or None."""
    nodes: tuple[Any, ...] = getattr(model, "nodes", ())
    kinds = [node.layer.name if node.layer.name in AFFINE else node.layer.structure for node in nodes]
    chained = all(node.inputs == ((nodes[i - 1].name,) if i else ("x",)) for i, node in enumerate(nodes))
    if not chained or any(kind not in AFFINE for kind in kinds[::2]):
        return None
    if len(kinds) == 1:
        return Net((), None, nodes[0].params)
    if len(kinds) == 3 and kinds[1] == "elementwise" and not nodes[1].layer.noisy:
        layer, settings = nodes[1].layer, dict(nodes[1].settings)
        return Net(nodes[0].params, lambda z: layer.forward(z, **settings)[0], nodes[2].params)
    return None


def _row_loss(model: Any) -> RowLoss | None:
    """scores (C, P), labels (P,) -> losses (P,): -log(p_y + delta) for the softmax losses, else None."""
    name = getattr(getattr(model, "loss_layer", None), "name", None)
    if name not in ("softmax_loss", "offset_softmax_loss"):
        return None
    delta = model.loss_settings.get("delta", 1e-7) if name == "offset_softmax_loss" else 0.0

    def rows(scores: Array, y: Array) -> Array:
        z = scores - np.max(scores, axis=0)
        at_label = z[y, np.arange(len(y))]
        np.exp(z, out=z)
        total = np.sum(z, axis=0)
        loss: Array = -np.log(np.exp(at_label) / total + delta) if delta else np.log(total) - at_label
        return loss

    return rows


def _affine(model: Any, names: tuple[str, ...], x: Array) -> Array:
    out: Array = x @ model.params[names[0]]
    return out + model.params[names[1]] if len(names) > 1 else out


def _inputs(model: Any, names: tuple[str, ...], x: Array) -> list[tuple[str, Array]]:
    """Each parameter of a layer with what it is multiplied by: the layer's input for w, ones for b."""
    return list(zip(names, (x, np.ones((len(x), 1))), strict=False))


def _last_layer(scores: Array, inputs: Array, y: Array, rows: RowLoss, h: float) -> Array:
    """Gradient (D, C): moving w[i, c] adds h inputs[:, i] to the scores of class c."""
    n, i = np.nonzero(inputs)
    move, kept, labels = h * inputs[n, i], scores[:, n], y[n]
    gradient = np.empty((inputs.shape[1], len(scores)))
    for c in range(len(scores)):
        moved = kept.copy()
        moved[c] = kept[c] + move
        change = rows(moved, labels)
        moved[c] = kept[c] - move
        change -= rows(moved, labels)
        gradient[:, c] = np.bincount(i, change, inputs.shape[1])
    return gradient / (2 * h * len(y))


def _hidden_layer(
    w: Array, activation: Any, z: Any, scores: Array, inputs: Array, y: Array, rows: RowLoss, h: float
) -> Array:
    """Gradient (D, H): moving w1[i, j] moves unit j, and with it the scores along w[j]; units at rest are left out."""
    n, i = np.nonzero(inputs)
    move = h * inputs[n, i]
    gradient = np.empty((inputs.shape[1], z.shape[1]))
    for j in range(z.shape[1]):
        before, at = z[n, j], activation(z[:, j].copy())[n]
        above, below = activation(before + move) - at, activation(before - move) - at
        moved = np.flatnonzero((above != 0) | (below != 0))
        kept, labels = scores[:, n[moved]], y[n[moved]]
        change = rows(kept + np.multiply.outer(w[j], above[moved]), labels)
        change -= rows(kept + np.multiply.outer(w[j], below[moved]), labels)
        gradient[:, j] = np.bincount(i[moved], change, inputs.shape[1])
    return gradient / (2 * h * len(y))


def _with_penalty(model: Any, name: str, gradient: Array, h: float) -> Array:
    """The gradient with the centred difference of 0.5 reg w^2 + l1 |w| added, for matrices."""
    w = model.params[name]
    if w.ndim < 2:
        return gradient
    if model.reg:
        gradient = gradient + model.reg * w
    if model.l1:
        gradient = gradient + model.l1 * (np.abs(w + h) - np.abs(w - h)) / (2 * h)
    return gradient
