"""Numeric gradients of a whole model: central differences of loss(X, y) along each entry of the flat vector."""

from typing import Any

import numpy as np

STEP = 6e-6


def gradient(model: Any, X: Any, y: Any, **keywords: Any) -> np.ndarray:
    """The gradient by the flat vector, two losses an entry; the parameters are restored."""
    flat, found = model.params.flat, np.empty(model.params.flat.shape)
    for i, value in enumerate(flat.copy()):
        losses = []
        for h in (STEP, -STEP):
            flat[i] = value + h
            losses.append(model.loss(X, y, **keywords)[0])
        flat[i] = value
        found[i] = (losses[0] - losses[1]) / (2 * STEP)
    return found


def check(model: Any, X: Any, y: Any, tolerance: float = 1e-7, **keywords: Any) -> None:
    """The model's own gradient agrees with the numeric one, relative to its norm."""
    _, grads = model.loss(X, y, **keywords)
    numeric = gradient(model, X, y, **keywords)
    scale = max(float(np.linalg.norm(numeric)), 1e-3)
    assert np.linalg.norm(grads.flat - numeric) <= tolerance * scale, np.abs(grads.flat - numeric) / scale
