"""Plain NumPy in the style of a course's first notebook: dicts of arrays, fresh arrays for every result."""

import numpy as np

from base.arrays import Array

from ..problem import BETA1, BETA2, EPSILON, MOMENTUM, Problem
from .numpy_loop import NumpyLoop


def loss_and_gradients(p: dict[str, Array], x: Array, y: Array) -> tuple[float, dict[str, Array]]:
    """The softmax loss of relu(x W1 + b1) W2 + b2 and all gradients, that of the input computed and thrown away."""
    hidden = np.maximum(0, x.dot(p["W1"]) + p["b1"])
    scores = hidden.dot(p["W2"]) + p["b2"]
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    rows = np.arange(len(x))
    loss = -np.mean(log_probs[rows, y])
    dscores = np.exp(log_probs)
    dscores[rows, y] -= 1
    dscores /= len(x)
    dhidden = dscores.dot(p["W2"].T) * (hidden > 0)
    dhidden.dot(p["W1"].T)
    grads = {"W1": x.T.dot(dhidden), "b1": np.sum(dhidden, axis=0)}
    grads |= {"W2": hidden.T.dot(dscores), "b2": np.sum(dscores, axis=0)}
    return float(loss), grads


class Course(NumpyLoop):
    """Its training loop: a random mask, a step, an update of each array in turn."""

    def __init__(self, problem: Problem, X: Array, y: Array, threads: int | None):
        self.problem, self.X, self.y = problem, X, y
        self.reset()

    def reset(self) -> None:
        """The common start."""
        self.params, self.t = self.problem.weights(), 0
        self.first = {name: np.zeros_like(w) for name, w in self.params.items()}
        self.second = {name: np.zeros_like(w) for name, w in self.params.items()}

    def step(self, mask: Array) -> float:
        """One step on the rows `mask`."""
        loss, grads = loss_and_gradients(self.params, self.X[mask], self.y[mask])
        self.t += 1
        for name in self.params:
            self.params[name] = self.updated(name, grads[name])
        return loss

    def updated(self, name: str, dw: Array) -> Array:
        """The next value of one array."""
        w, lr = self.params[name], self.problem.rate
        if self.problem.rule == "sgd":
            return w - lr * dw
        if self.problem.rule == "momentum":
            self.first[name] = MOMENTUM * self.first[name] - lr * dw
            return w + self.first[name]
        self.first[name] = BETA1 * self.first[name] + (1 - BETA1) * dw
        self.second[name] = BETA2 * self.second[name] + (1 - BETA2) * dw**2
        m, v = self.first[name] / (1 - BETA1**self.t), self.second[name] / (1 - BETA2**self.t)
        return w - lr * m / (np.sqrt(v) + EPSILON)


start = Course
