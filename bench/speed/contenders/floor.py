"""The floor: the five matrix products of a step alone, by NumPy into arrays that exist, and nothing else."""

import numpy as np

from base.arrays import Array

from ..problem import Problem


class Floor:
    """x W1, h W2, h' ds, ds W2', x' dh with arbitrary values; the gradient of the input is not among them."""

    def __init__(self, problem: Problem, X: Array, y: Array, threads: int | None):
        rng, weights = np.random.default_rng(2), problem.weights()
        n = problem.batch
        self.W1, self.W2 = weights["W1"], weights["W2"]
        self.x = X[:n].copy()
        self.h, self.ds = (rng.standard_normal((n, m)).astype(problem.dtype) for m in self.W2.shape)
        self.out = [np.empty(shape, problem.dtype) for shape in (self.h.shape, self.ds.shape, self.W2.shape)]
        self.dh, self.dW1 = np.empty_like(self.h), np.empty_like(self.W1)

    def losses(self, masks: Array) -> list[float]:
        """None: products alone have no loss."""
        return []

    def prepare(self, steps: int) -> int:
        """Rounds of `steps`."""
        self.steps = steps
        return steps

    def round(self) -> None:
        """The products, `steps` times."""
        product, (hidden, scores, dW2) = np.matmul, self.out
        for _ in range(self.steps):
            product(self.x, self.W1, out=hidden)
            product(self.h, self.W2, out=scores)
            product(self.h.T, self.ds, out=dW2)
            product(self.ds, self.W2.T, out=self.dh)
            product(self.x.T, self.dh, out=self.dW1)


start = Floor
