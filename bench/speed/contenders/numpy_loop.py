"""The training loop of the contenders in plain NumPy: random masks with replacement, `step` for each."""

from abc import abstractmethod

import numpy as np

from base.arrays import Array

from ..problem import Problem


class NumpyLoop:
    """A contender whose subclass has `reset` (the common start) and `step`."""

    problem: Problem
    X: Array

    @abstractmethod
    def reset(self) -> None:
        """The common start."""

    @abstractmethod
    def step(self, mask: Array) -> float:
        """One step on the rows `mask`, whose loss before the update is returned."""

    def losses(self, masks: Array) -> list[float]:
        """From the common start."""
        self.reset()
        return [self.step(mask) for mask in masks]

    def prepare(self, steps: int) -> int:
        """Rounds of `steps`."""
        self.steps, self.rng = steps, np.random.default_rng(3)
        return steps

    def round(self) -> None:
        """All masks of the round are drawn in one call."""
        for mask in self.rng.integers(0, len(self.X), (self.steps, self.problem.batch)):
            self.step(mask)
