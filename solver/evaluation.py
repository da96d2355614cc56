"""Measures a model on data without changing anything: loss and accuracy, in blocks, without gradients if possible."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from base.arrays import Array

from .inputs.data import Data, check_labels
from .inputs.model import check_follows
from .inputs.returns import check_pair, check_scores, scalar
from .parameters import Parameters
from .protocols import Model


def evaluate(model: Model, X: Array, y: Array, batch_size: int = 100) -> tuple[float, float]:
    """(loss, accuracy) on X, y.

    With `model.evaluate` the loss is the data loss. Of other models it is the mean of `loss(X, y)[0]` over batches,
    penalty included, on a copy of the model, so that running averages and the like stay as they are.
    """
    if hasattr(model, "evaluate"):
        loss, accuracy = model.evaluate(X, y)
        return float(loss), float(accuracy)
    total = right = 0.0
    with undisturbed(model) as twin:
        for start in range(0, len(X), batch_size):
            rows = slice(start, start + batch_size)
            Xb, yb = X[rows], y[rows]
            right += float(np.sum(_hits(np.asarray(twin.loss(Xb)), yb)))
            answer = twin.loss(Xb, yb)
            check_pair(answer)
            total += scalar(answer[0]) * len(yb)
    return total / len(X), right / len(X)


def accuracy(model: Model, X: Array, y: Array, batch_size: int) -> float:
    """Share of rows whose largest score is at the label."""
    if hasattr(model, "evaluate"):
        return float(model.evaluate(X, y)[1])
    with undisturbed(model) as twin:
        blocks = range(0, len(X), batch_size)
        hits = [_hits(np.asarray(twin.loss(X[i : i + batch_size])), y[i : i + batch_size]) for i in blocks]
    return float(np.mean(np.concatenate(hits)))


def check_before_training(parameters: Parameters, data: Data) -> None:
    """Before training: scores of the right shape, labels that fit them, and a loss that follows the parameters.

    The last is asked of adopted models only. Raises TypeError or ValueError.
    """
    model, native = parameters.model, parameters.native
    X, y = data.X_val[:2], data.y_val[:2]  # of one row alone some models squeeze the scores
    with contextlib.nullcontext(model) if native else undisturbed(model) as twin:
        scores = check_scores(twin.loss(X), len(X))
        if scores.ndim == 2:
            check_labels(data, scores.shape[1], getattr(getattr(model, "loss_layer", None), "targets", None))
        if not native:
            check_follows(model, twin, parameters.layout, X, y)


def _hits(scores: Array, y: Array) -> Array:
    if scores.ndim < 2 or (y.ndim == 1 and y.dtype.kind == "f"):
        return np.full(len(y), np.nan)  # real targets: no accuracy
    truth = y.argmax(axis=1) if y.ndim == 2 else y
    hits: Array = scores.argmax(axis=1) == truth
    return hits


@contextlib.contextmanager
def undisturbed(model: Model) -> Iterator[Any]:
    """A copy of a model of others, and NumPy's global stream restored afterwards: both may change in its `loss`."""
    state = np.random.get_state()  # noqa: NPY002  course models draw their dropout masks from the global stream
    try:
        yield _copied(model)
    finally:
        np.random.set_state(state)  # noqa: NPY002


def _copied(model: Model) -> Model:
    try:
        return copy.deepcopy(model)
    except Exception:  # a model may hold anything: a file, a lock; then it is measured itself
        return model
