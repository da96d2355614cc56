"""What the settings ask of batches beyond drawing rows: all rows at once, or distorted ones."""

from typing import Any

import numpy as np

import mnist
from solver import Solver
from solver.sampling import Batch

from .settings import TrainSettings


def attach(settings: TrainSettings, solver: Solver, shape: tuple[int, int]) -> None:
    """Give the solver the gather that the settings ask for; images have `shape` (height, width)."""
    if settings.full_batch:
        solver.gather = Whole(solver.data.X_train, solver.data.y_train)  # type: ignore[assignment]
    if settings.distort:
        if settings.standardise or settings.scale == "raw":
            raise ValueError("distort needs pixels in 0..1, where the background is 0: leave scale and standardise out")
        distortion = mnist.Distortion(shape=shape, **settings.distort)
        solver.gather = Distorted(solver, distortion)  # type: ignore[assignment]
    if settings.loss_every:
        solver.gather = Remembered(solver.gather)  # type: ignore[assignment]


class Whole:
    """Every batch is the whole training set in its own order: full-batch gradient descent without copies."""

    def __init__(self, X: Any, y: Any):
        self.batch = Batch(X, y)

    def __call__(self, mask: Any) -> Batch:
        """All rows, whatever was drawn."""
        return self.batch


class Distorted:
    """Rows gathered as before, then distorted by the fields of the solver's step, which are made one step ahead.

    The fields depend on seed and step alone, so a resumed run sees the same images.
    """

    def __init__(self, solver: Solver, distortion: mnist.Distortion):
        self.solver, self.gather = solver, solver.gather
        self.ahead = mnist.Ahead(distortion, solver.settings.seed, solver.sampler.batch)
        self.out = np.empty((solver.sampler.batch, *solver.data.X_train.shape[1:]), solver.data.X_train.dtype)

    def __call__(self, mask: Any) -> Batch:
        """The rows `mask`, distorted; the arrays hold until the next call."""
        X, y = self.gather(mask)
        return Batch(self.ahead.fields(self.solver.step).apply(X, out=self.out[: len(X)]), y)


class Remembered:
    """Any gather, with its last batch kept for those who want to look at it after the update."""

    def __init__(self, gather: Any):
        self.gather = gather
        self.last = Batch(np.empty(0), np.empty(0))

    def __call__(self, mask: Any) -> Batch:
        """The batch of the gather within."""
        self.last = self.gather(mask)
        return self.last
