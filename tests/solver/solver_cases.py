"""Small models and data for the solver's tests: a course-style model of separate arrays, and one over a flat vector."""

from typing import Any

import numpy as np
import pytest

import models
from solver import Solver


def softmax_data(rows: int = 150, features: int = 12, classes: int = 3, dtype: Any = np.float64) -> dict[str, Any]:
    """A learnable problem: labels are the argmax of a linear map; four fifths for training."""
    rng = np.random.default_rng(5)
    X = rng.standard_normal((rows, features)).astype(dtype)
    y = (X @ rng.standard_normal((features, classes))).argmax(axis=1)
    cut = rows * 4 // 5
    return {"X_train": X[:cut], "y_train": y[:cut], "X_val": X[cut:], "y_val": y[cut:]}


def flat_net(dtype: Any = np.float64, **settings: Any) -> models.Graph:
    """A net of three layers over one flat vector."""
    return models.mlp([12, 7, 6, 3], dtype=dtype, rng=1, **settings)


class CourseNet:
    """A linear softmax classifier as a course would write it: a dict of arrays and a loss."""

    def __init__(self, features: int = 12, classes: int = 3, dtype: Any = np.float64, reg: float = 0.0):
        rng = np.random.default_rng(3)
        W = (0.1 * rng.standard_normal((features, classes))).astype(dtype)
        self.params = {"W1": W, "b1": np.zeros(classes, dtype)}
        self.reg = reg

    def loss(self, X, y=None):
        W, b = self.params["W1"], self.params["b1"]
        scores = X @ W + b
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.log(p[rows, y]).mean() + 0.5 * self.reg * np.sum(W * W)
        p[rows, y] -= 1
        p /= len(y)
        return loss, {"W1": X.T @ p + self.reg * W, "b1": p.sum(axis=0)}


def quiet(model: Any, data: dict[str, np.ndarray] | None = None, **settings: Any) -> Solver:
    """A Solver that prints nothing, on the data above."""
    settings = {"batch_size": 20, "num_epochs": 5, "num_train_samples": 30, "verbose": False, **settings}
    return Solver(model, softmax_data() if data is None else data, **settings)


def refused(error, message, model=None, data=None, **settings):
    """A Solver with these arguments, or its training, must raise `error` with `message` in its text."""
    with pytest.raises(error) as caught:
        quiet(model or CourseNet(), data, **settings).train()
    text = caught.value.args[0]
    assert message in text, text


def complaint(error: type[Exception], call: Any, *arguments: Any, **named: Any) -> str:
    """What `call` says when it raises that error."""
    with pytest.raises(error) as caught:
        call(*arguments, **named)
    return str(caught.value.args[0])


def weights(model: Any) -> np.ndarray:
    """All weights of a model as one vector, to compare bits."""
    return np.concatenate([np.ravel(model.params[name]) for name in sorted(model.params)])


def timeless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a history without their seconds."""
    return [{key: value for key, value in row.items() if "seconds" not in key} for row in rows]


class SaveAt:
    """Saves the run after the given steps."""

    def __init__(self, folder, steps):
        self.folder, self.steps = folder, set(steps)

    def on_step(self, solver, logs):
        if logs["step"] in self.steps:
            solver.save(self.folder / f"{logs['step']}.npz")
