"""NumPy written out: the calls of our step in one function, for this net alone, without checks, names and choices.

What it takes less than layergraph is the price of being modular; what it takes more than the floor is NumPy's.
"""

import numpy as np

from base.arrays import Array

from ..problem import BETA1, BETA2, CLASSES, EPSILON, INPUTS, MOMENTUM, Problem
from .numpy_loop import NumpyLoop


class WrittenOut(NumpyLoop):
    """One flat vector each for weights, gradient and state; every result goes into an array that exists."""

    def __init__(self, problem: Problem, X: Array, y: Array, threads: int | None):
        self.problem, self.X, self.y = problem, X, y
        n, hidden, self.dtype = problem.batch, problem.hidden, np.dtype(problem.dtype)
        self.x, self.labels = np.empty((n, INPUTS), self.dtype), np.empty(n, y.dtype)
        self.h, self.dh, self.slope = (np.empty((n, hidden), self.dtype) for _ in range(3))
        self.scores, self.z = np.empty((n, CLASSES), self.dtype), np.empty((CLASSES, n), self.dtype)
        self.zeros, self.ones, self.columns = np.zeros(hidden, self.dtype), np.ones(n, self.dtype), np.arange(n)
        self.reset()

    def reset(self) -> None:
        """The common start."""
        given, self.t = self.problem.weights(), 0
        names = ("W1", "W2", "b1", "b2")
        self.w = np.concatenate([given[name].reshape(-1) for name in names])
        self.g, self.first, self.second, self.tmp = (np.zeros_like(self.w) for _ in range(4))
        ends = np.cumsum([given[name].size for name in names])[:-1]
        self.weights, self.gradients = (
            [part.reshape(given[name].shape) for part, name in zip(np.split(vector, ends), names, strict=True)]
            for vector in (self.w, self.g)
        )

    def loss(self, mask: Array) -> float:
        """The loss of the rows `mask`; the gradient is then in `g`."""
        (W1, W2, b1, b2), (dW1, dW2, db1, db2) = self.weights, self.gradients
        x, h, dh, z, n = self.x, self.h, self.dh, self.z, len(mask)
        self.X.take(mask, axis=0, out=x, mode="clip")
        self.y.take(mask, out=self.labels, mode="clip")
        np.matmul(x, W1, out=h)
        np.add(h, b1, out=h)
        np.maximum(h, self.zeros, out=h)
        np.matmul(h, W2, out=self.scores)
        np.add(self.scores, b2, out=self.scores)
        np.subtract(self.scores.T, np.maximum.reduce(self.scores.T, axis=0), out=z)
        at = self.labels * n + self.columns
        flat = z.reshape(-1)
        at_target = flat[at]
        np.exp(z, out=z)
        total = np.add.reduce(z, axis=0)
        loss = float((np.add.reduce(np.log(total)) - np.add.reduce(at_target)) / n)
        total *= n
        z /= total
        flat[at] -= self.dtype.type(1 / n)
        np.matmul(h.T, z.T, out=dW2)
        np.matmul(self.ones, z.T, out=db2)
        np.matmul(z.T, W2.T, out=dh)
        np.greater(h, 0, out=self.slope)
        np.multiply(dh, self.slope, out=dh)
        np.matmul(x.T, dh, out=dW1)
        np.matmul(self.ones, dh, out=db1)
        return loss

    def step(self, mask: Array) -> float:
        """One step on the rows `mask`, whose loss before the update is returned."""
        loss, rate = self.loss(mask), self.problem.rate
        w, g, m, v, tmp = self.w, self.g, self.first, self.second, self.tmp
        self.t += 1
        if self.problem.rule == "adam":
            np.multiply(m, BETA1, out=m)
            np.multiply(g, 1 - BETA1, out=tmp)
            np.add(m, tmp, out=m)
            np.multiply(v, BETA2, out=v)
            np.multiply(g, g, out=tmp)
            np.multiply(tmp, 1 - BETA2, out=tmp)
            np.add(v, tmp, out=v)
            root = np.sqrt(1 - BETA2**self.t)
            np.sqrt(v, out=tmp)
            np.add(tmp, EPSILON * root, out=tmp)
            np.divide(m, tmp, out=tmp)
            np.multiply(tmp, rate * root / (1 - BETA1**self.t), out=tmp)
            np.subtract(w, tmp, out=w)
            return loss
        np.multiply(g, rate, out=tmp)
        if self.problem.rule == "momentum":
            np.multiply(m, MOMENTUM, out=m)
            np.subtract(m, tmp, out=m)
            np.add(w, m, out=w)
        else:
            np.subtract(w, tmp, out=w)
        return loss


start = WrittenOut
