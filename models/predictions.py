"""What a net says of rows: answers, probabilities and measures, by the task that its loss and the targets make."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array
from base.tasks import CLASSES, Task
from layers.activations.sigmoid import sigmoid_forward
from layers.arrays import same_rows
from layers.losses.targets import softmax
from layers.losses.weights import row_weights
from layers.registry import Layer

from .metrics import task_for
from .node import takes


class Predictions:
    """The part of a Graph that evaluates; see there."""

    loss_layer: Layer
    loss_settings: dict[str, Any]
    task: str | None = None

    def _scores(self, X: ArrayLike) -> Iterator[tuple[slice, Array]]:
        raise NotImplementedError

    def _targets(self, y: ArrayLike, scores: Array) -> Array:
        raise NotImplementedError

    def evaluate(self, X: ArrayLike, y: ArrayLike, *, sample_weight: ArrayLike | None = None) -> tuple[float, float]:
        """(data loss without penalties, measure of the task) on X, y: deterministic, in blocks, without gradients.

        The measure is accuracy for classes and for one yes-or-no score, subset accuracy for several of them a row, and
        R2 for real targets, see `measures`. sample_weight (N,) weighs the rows in both.
        """
        loss, measure, *_ = self.measures(X, y, sample_weight=sample_weight).values()
        return loss, measure

    def measures(
        self, X: ArrayLike, y: ArrayLike, *, task: str | Task | None = None, sample_weight: ArrayLike | None = None
    ) -> dict[str, float]:
        """{"loss": data loss, the measure of the task, what is shown beside it} on X, y.

        "accuracy"; or "subset_accuracy" and "hamming_loss"; or "r2" and "rmse". task: "classes", "binary", "multilabel"
        or "real" instead of the one that the net was trained for or that y and loss make. ValueError for weights that
        are not one for each row, negative, not finite, or all 0.
        """
        y = np.asarray(y)
        same_rows(np.asarray(X), y)
        w = None if sample_weight is None else _checked_weights(np.asarray(sample_weight), y)
        loss, scores = self._loss_and_scores(X, y, w)
        chosen = task_for(self.loss_layer, _columns(scores), y, task or self.task)
        return {"loss": loss, **chosen.values(scores, y, w)}

    def predict(self, X: ArrayLike, *, threshold: float = 0.5) -> Array:
        """The answer to each row of X, in blocks of rows, by the task that the net was trained for.

        One of C classes: the one with the largest score, (N,). A yes or no: 1 where the probability is above
        `threshold`, else 0, (N,); several of them a row: (N, C). Real targets: the values, (N,) or (N, C).
        """
        least = _logit(threshold)
        answers = []
        for _, scores in self._scores(X):
            task = task_for(self.loss_layer, _columns(scores), None, self.task)
            answers.append(task.decide(scores, least))
        return np.concatenate(answers)

    def predict_proba(self, X: ArrayLike) -> Array:
        """Probabilities (N, C): of the classes; of no and yes (N, 2) for one logistic score; of each yes for several.

        The softmax of the scores, or their sigmoid; where each row has one class of C, the sigmoids are divided by
        their sum. ValueError for a loss whose scores are no probabilities: svm, squared.
        """
        link = self.loss_layer.link
        if link not in ("softmax", "sigmoid"):
            raise ValueError(
                f"scores under {self.loss_layer.name} are no probabilities: train with loss='softmax' (one class a row)"
                " or loss='logistic' (yes or no)."
            )
        return np.concatenate([self._probabilities(scores, link) for _, scores in self._scores(X)])

    def accuracy(self, X: ArrayLike, y: ArrayLike, *, threshold: float = 0.5) -> float:
        """The measure of the task on X, y: the share of rows answered as the target says, or R2 for real targets.

        threshold: of the probability of a yes, as in `predict`.
        """
        y = np.asarray(y)
        same_rows(np.asarray(X), y)
        scores = np.concatenate([np.array(scores) for _, scores in self._scores(X)])
        task = task_for(self.loss_layer, _columns(scores), y, self.task)
        return next(iter(task.values(scores if task is CLASSES else scores - _logit(threshold, task), y).values()))

    def _probabilities(self, scores: Array, link: str) -> Array:
        if link == "softmax":
            return softmax(scores)
        yes: Array = sigmoid_forward(scores)[0]
        if _columns(scores) == 1:
            yes = yes.reshape(-1, 1)
            return np.concatenate([1 - yes, yes], axis=1)
        task = task_for(self.loss_layer, _columns(scores), None, self.task)
        return yes / yes.sum(axis=1, keepdims=True) if task is CLASSES else yes

    def _loss_and_scores(self, X: ArrayLike, y: Array, w: Array | None) -> tuple[float, Array]:
        """The data loss, blocks weighed by their rows (or weights), and copies of the scores."""
        layer, settings = self.loss_layer, dict(self.loss_settings)
        if takes(layer.forward, "need_dx"):
            settings["need_dx"] = False
        averaged, total, kept = "sum" not in self.loss_settings.get("reduction", "mean"), 0.0, []
        whole = float(len(y) if w is None else np.sum(w))
        for rows, scores in self._scores(X):
            share = len(scores) / len(y) if w is None else float(np.sum(w[rows])) / whole
            more = {} if w is None else self.weighing(w[rows])
            loss = layer.forward(scores, self._targets(y[rows], scores), **settings, **more)[0]
            total += float(loss) * (share if averaged else 1.0)
            kept.append(np.array(scores))
        return total, np.concatenate(kept)

    def weighing(self, sample_weight: ArrayLike) -> dict[str, Any]:
        """The keyword that hands weights of rows to the loss; ValueError where the loss takes none."""
        if not takes(self.loss_layer.forward, "sample_weight"):
            raise ValueError(f"{self.loss_layer.name} takes no sample_weight: give it that keyword to weigh its rows.")
        return {"sample_weight": sample_weight}


def _columns(scores: Array) -> int:
    """Scores a row."""
    return scores.size // len(scores)


def _logit(threshold: float, task: Task | None = None) -> float:
    """The score at which the probability is `threshold`; a task without probabilities has no threshold to move."""
    if not 0 < threshold < 1:
        raise ValueError(f"threshold is {threshold!r}; expected a probability between 0 and 1")
    return 0.0 if task is not None and task.name == "real" else math.log(threshold / (1 - threshold))


def _checked_weights(w: Array, y: Array) -> Array:
    """Weights of the rows; ValueError where they are none, or leave nothing to measure."""
    row_weights(w, y)
    if not w.any():
        raise ValueError("sample_weight is 0 for every row, so there is nothing to measure: give some row a weight.")
    return w
