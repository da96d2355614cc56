"""How the scores of a graph depend on its input: the backward loop carried on to the pixels, in evaluation."""

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array

from .. import propagation
from ..graph import Graph


def input_gradient(model: Graph, X: ArrayLike, dscores: ArrayLike) -> Array:
    """dX (N, ...) = sum_c dscores[n, c] d scores[n, c] / d X[n], in evaluation: without noise, by running statistics.

    X (N, ...) as `loss` takes it, dscores (N, C): for the score of class c of each row, 1 there and 0 elsewhere.
    Raises ValueError for dscores of another shape than the scores, and for a net of indices, which have no gradient.
    Source: Simonyan, Vedaldi and Zisserman (2013).
    """
    if model.takes_indices:
        raise ValueError("this net takes indices into a table: they have no gradient")
    workspace = propagation.Workspace(model._steps, model.params, model._shared)
    x = model._inputs(X)
    values, caches = propagation.forward(workspace.forward, model.state, x)
    last = model.nodes[-1].name
    dscores = np.asarray(dscores, model.dtype)
    if dscores.shape != values[last].shape:
        raise ValueError(f"dscores has shape {dscores.shape}; expected that of the scores, {values[last].shape}")
    gradients = {last: dscores}
    for node, cache in zip(reversed(model.nodes), reversed(caches), strict=True):
        if node.name not in gradients or node.layer.backward is None:
            continue
        found = node.layer.backward(gradients.pop(node.name), cache)
        found = found if isinstance(found, propagation.SEVERAL) else (found,)
        for name, gradient in zip(node.differentiated, found, strict=False):  # those of the parameters follow
            gradients[name] = gradients[name] + gradient if name in gradients else gradient
    dx: Array = gradients["x"].reshape(x.shape) / model.dtype.type(model.input_scale)
    return dx
