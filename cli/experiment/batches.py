"""What the settings ask of batches beyond drawing rows: all rows at once, or distorted ones."""

from collections.abc import Mapping
from typing import Any

import numpy as np

import mnist
from solver.sampling import Batch, Gather

from .settings import TrainSettings


def gather(settings: TrainSettings, data: Mapping[str, Any], shape: tuple[int, ...]) -> "Whole | Distorted | None":
    """Solver's `gather` for the settings, or None; images have `shape` (height, width)."""
    whole = Whole(data["X_train"], data["y_train"]) if settings.full_batch else None
    if not settings.distort:
        return whole
    if settings.standardise or settings.scale == "raw":
        raise ValueError("distort needs pixels in 0..1, where the background is 0: leave scale and standardise out")
    rows = len(data["X_train"]) if whole else settings.batch
    within = whole or Gather(data["X_train"], data["y_train"], rows)
    if len(shape) != 2:
        raise ValueError(f"distort needs grey images (height, width); rows of these data have the shape {shape}")
    distortion = mnist.Distortion(shape=(shape[0], shape[1]), **settings.distort)
    return Distorted(within, mnist.Ahead(distortion, settings.seed, rows))


class Whole:
    """Every batch is the whole training set in its own order: full-batch gradient descent without copies."""

    def __init__(self, X: Any, y: Any):
        self.batch = Batch(X, y)

    def __call__(self, rows: Any, step: int) -> Batch:
        """All rows, whatever was drawn."""
        return self.batch


class Distorted:
    """Rows gathered by `within`, then distorted by the fields of the step, which are made one step ahead.

    The fields depend on seed and step alone, so a resumed run sees the same images.
    """

    def __init__(self, within: Gather | Whole, ahead: mnist.Ahead):
        self.within, self.ahead = within, ahead
        self.out: Any = None

    def __call__(self, rows: Any, step: int) -> Batch:
        """The rows, distorted; the arrays hold until the next call."""
        X, y = self.within(rows, step)
        if self.out is None:
            self.out = np.empty((self.ahead.n, *X.shape[1:]), X.dtype)
        return Batch(self.ahead.fields(step).apply(X, out=self.out[: len(X)]), y)
