"""A net with fewer outputs than classes: each class has a code word, and the nearest one is the answer."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array
from base.tasks import CLASSES, Task, as_task
from layers.arrays import check_labels

from .graph import BLOCK, Graph


def binary_code(classes: int) -> Array:
    """Class k as the binary digits of k, lowest first: (C, bits), so ten classes need four outputs instead of ten."""
    bits = max(1, int(classes - 1).bit_length())
    return (np.arange(classes)[:, None] >> np.arange(bits) & 1).astype(float)


class Coded:
    """`model` trained on the code words (C, K) of the labels; its scores (N, C) say how near each word is.

    The scores are -||output - word||^2, so that argmax, accuracy and pictures work as for any classifier. model: a
    Graph with K outputs whose loss takes targets (N, K). Labels y (N,) outside 0..C-1 are a ValueError.
    """

    def __init__(self, model: Graph, code: Array):
        self.model, self.code = model, np.asarray(code, model.dtype)

    def loss(self, X: ArrayLike, y: ArrayLike | None = None, **options: Any) -> Any:
        """`loss(X, y)` -> (loss, grads) against the code words of the labels y; `loss(X)` -> scores (N, C)."""
        return self._nearness(self.model.loss(X)) if y is None else self.model.loss(X, self._words(y), **options)

    def measures(
        self, X: ArrayLike, y: ArrayLike, *, task: str | Task | None = None, sample_weight: ArrayLike | None = None
    ) -> dict[str, float]:
        """{"loss": data loss, "accuracy": share of rows whose nearest code word is that of the label} on X, y."""
        X, y = np.asarray(X), np.asarray(y)
        w = None if sample_weight is None else np.asarray(sample_weight)
        loss = self.model.evaluate(X, self._words(y), sample_weight=w)[0]
        scores = np.concatenate([self.loss(X[at : at + BLOCK]) for at in range(0, len(y), BLOCK)])
        return {"loss": loss, **as_task(task or CLASSES).values(scores, y, w)}

    def evaluate(self, X: ArrayLike, y: ArrayLike, *, sample_weight: ArrayLike | None = None) -> tuple[float, float]:
        """(data loss, share of rows whose nearest code word is that of the label)."""
        loss, accuracy = self.measures(X, y, sample_weight=sample_weight).values()
        return loss, accuracy

    def predict(self, X: ArrayLike) -> Array:
        """The label (N,) of the nearest code word."""
        X = np.asarray(X)
        blocks = (X[at : at + BLOCK] for at in range(0, len(X), BLOCK))
        return np.concatenate([np.argmax(self.loss(block), axis=1) for block in blocks])

    def accuracy(self, X: ArrayLike, y: ArrayLike) -> float:
        """The share of rows whose nearest code word is that of the label."""
        return self.evaluate(X, y)[1]

    def predict_proba(self, X: ArrayLike) -> Array:
        """Raises ValueError: how near a code word is, is no probability."""
        raise ValueError(
            f"the nearness of {len(self.code)} code words is no probability: train a net with an output for each class"
        )

    def _words(self, y: ArrayLike) -> Array:
        return self.code[check_labels(np.asarray(y), len(self.code))]

    def _nearness(self, outputs: Array) -> Array:
        words = np.sum(self.code**2, axis=1)
        nearness: Array = 2 * outputs @ self.code.T - words - np.sum(outputs**2, axis=1, keepdims=True)
        return nearness

    def __getattr__(self, name: str) -> Any:
        if name in ("model", "__deepcopy__", "__setstate__", "config"):  # a description would forget the code
            raise AttributeError(name)
        return getattr(self.model, name)
