"""scikit-learn's MLPClassifier: its own fitting loop over shuffled mini-batches, without penalty and early stopping."""

import warnings
from typing import Any

import numpy as np

from base.arrays import Array

from ..problem import BETA1, BETA2, CLASSES, EPSILON, MOMENTUM, Problem, UnavailableError

EPOCHS = 4  # of a round: what `fit` does once before its loop is shared by them


class Sklearn:
    """A round is a `fit` of a few epochs over just as many rows as make the steps."""

    def __init__(self, problem: Problem, X: Array, y: Array, threads: int | None):
        try:
            from sklearn.neural_network import MLPClassifier
        except ImportError:
            raise UnavailableError("scikit-learn is not installed") from None
        self.problem, self.X, self.y, self.kind = problem, X, y, MLPClassifier

    def net(self, epochs: int) -> Any:
        """A classifier that holds the common start and goes on from there with the next `fit`."""
        p = self.problem
        net = self.kind(
            (p.hidden,), solver="adam" if p.rule == "adam" else "sgd", alpha=0.0, batch_size=p.batch,
            learning_rate_init=p.rate, momentum=MOMENTUM if p.rule == "momentum" else 0.0, nesterovs_momentum=False,
            beta_1=BETA1, beta_2=BETA2, epsilon=EPSILON, max_iter=epochs, tol=0.0,
            n_iter_no_change=10**6, random_state=0,
        )  # fmt: skip
        net.partial_fit(self.X[: p.batch], self.y[: p.batch], classes=np.arange(CLASSES))
        weights = p.weights()
        for name, arrays in (("W", net.coefs_), ("b", net.intercepts_)):
            for i, array in enumerate(arrays, start=1):
                array[...] = weights[f"{name}{i}"]
        del net._optimizer  # it has taken a step; the next call makes a new one
        return net

    def losses(self, masks: Array) -> list[float]:
        """From the common start, by `partial_fit` on one batch after the other."""
        net = self.net(1)
        return [float(net.partial_fit(self.X[mask], self.y[mask]).loss_) for mask in masks]

    def prepare(self, steps: int) -> int:
        """Rows for `steps` batches in EPOCHS epochs."""
        epochs = min(EPOCHS, steps)
        rows = np.random.default_rng(3).integers(0, len(self.X), steps // epochs * self.problem.batch)
        rows[:CLASSES] = [np.flatnonzero(self.y == label)[0] for label in range(CLASSES)]  # `fit` wants all
        self.running = self.net(epochs).set_params(warm_start=True)
        self.inputs, self.labels = self.X[rows], self.y[rows]
        return steps // epochs * epochs

    def round(self) -> None:
        """One `fit`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.running.fit(self.inputs, self.labels)


start = Sklearn
