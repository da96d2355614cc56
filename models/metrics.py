"""Measures of a prediction against targets, and the task that a model's loss and its targets make."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from base import measures
from base.arrays import Array
from base.measures import (
    classes as classes,
    hamming_loss as hamming_loss,
    r2 as r2,
    rmse as rmse,
    subset_accuracy as subset_accuracy,
)
from base.tasks import Task, as_task, choose, default, link_of
from layers.arrays import same_rows
from layers.registry import Layer


def accuracy(scores: ArrayLike, y: ArrayLike) -> float:
    """The share of rows whose answer is the target's.

    Scores (N, C): the largest, y labels (N,) or one-hot (N, C). One score a row, (N, 1) or (N,): yes where it is
    positive, y 0/1 or -1/+1.
    """
    scores, y = np.asarray(scores), np.asarray(y)
    same_rows(scores, y, "scores")
    one = scores.ndim == 1 or scores.shape[1] == 1
    return measures.sign_accuracy(scores, y) if one else measures.accuracy(scores, y)


def task_for(loss: Layer, columns: int, y: Array | None, known: Any = None) -> Task:
    """The task of a model with that loss and so many scores a row: `known` if given, else by the targets y.

    Without targets several scores stand for classes, and one for a yes or no (of a logistic loss) or a value.
    """
    if known is not None:
        return as_task(known)
    if y is not None:
        return choose((y,), columns, link_of(loss))
    return default(columns, link_of(loss))
