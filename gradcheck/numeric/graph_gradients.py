"""Centred differences for every weight of a graph with up to one hidden layer, by column updates.

This is what training by numeric differentiation uses: the values of the plain loop, two losses a parameter, up to
rounding.
"""

from typing import Any

import numpy as np

from base.arrays import Array

from .column_updates import Net, slopes, softmax_rows

AFFINE = ("affine", "linear")


def numeric_gradients(model: Any, X: Array, y: Array, h: float) -> dict[str, Array] | None:
    """(L(p + h) - L(p - h)) / 2h for every parameter p, or None for a net or a loss whose structure is not known here.

    model: a graph (nodes, params, loss_layer, reg, l1); X (N, D), y labels (N,). The values are those of the plain
    loop over all parameters up to rounding; the loss by rows is compared with the model's own before it is used.
    """
    if y.ndim != 1 or model.dtype != np.float64:
        return None
    net = _net(model, np.asarray(X, np.float64).reshape(len(X), -1), y)
    if net is None:
        return None
    scores = net.layers(model.params)[2]
    own = float(model.loss_layer.forward(scores.T, y, need_dx=False, **model.loss_settings)[0])
    if not abs(own - float(np.mean(net.losses(scores)))) <= 1e-10 * max(1.0, abs(own)):
        return None
    found = slopes(net, model.params, h)
    return {name: found[name] + _penalty(model, name, h) for name in model.params}


def _net(model: Any, X: Array, y: Array) -> Net | None:
    """The chain affine (- activation - affine) with a softmax loss that the model is, or None."""
    nodes: tuple[Any, ...] = getattr(model, "nodes", ())
    kinds = [node.layer.name if node.layer.name in AFFINE else node.layer.structure for node in nodes]
    chained = all(node.inputs == ((nodes[i - 1].name,) if i else ("x",)) for i, node in enumerate(nodes))
    loss = getattr(getattr(model, "loss_layer", None), "name", None)
    if not chained or any(kind not in AFFINE for kind in kinds[::2]):
        return None
    if loss not in ("softmax_loss", "offset_softmax_loss"):
        return None
    rows = softmax_rows(model.loss_settings.get("delta", 1e-7) if loss == "offset_softmax_loss" else 0.0)
    if len(kinds) == 1:
        return Net(X, y, (), lambda z: z, nodes[0].params, rows, len(X))
    if len(kinds) == 3 and kinds[1] == "elementwise" and not nodes[1].layer.noisy:
        layer, settings = nodes[1].layer, dict(nodes[1].settings)
        return Net(X, y, nodes[0].params, lambda z: layer.forward(z, **settings)[0], nodes[2].params, rows, len(X))
    return None


def _penalty(model: Any, name: str, h: float) -> Array | float:
    """The centred difference of 0.5 reg w^2 + l1 |w|, for matrices."""
    w = model.params[name]
    if w.ndim < 2:
        return 0.0
    penalty: Array | float = model.reg * w if model.reg else 0.0
    return penalty + model.l1 * (np.abs(w + h) - np.abs(w - h)) / (2 * h) if model.l1 else penalty
