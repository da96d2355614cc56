"""Averages of the weights along the way, exponential (EMA) or uniform (Polyak), evaluated in place of the last ones."""

from collections.abc import Mapping

import numpy as np

from base.arrays import Array

from .parameters import Parameters


class Average:
    """After step n: a <- a + (1 - decay) (w - a), with a = w at n = 1 (EMA), or a <- a + (w - a) / n ("polyak").

    Polyak and Juditsky, 1992, for the uniform average. The EMA is that of torch.optim.swa_utils.AveragedModel.
    """

    def __init__(self, parameters: Parameters, kind: float | str):
        self.parameters, self.kind, self.count = parameters, kind, 0
        self.vector, self._difference = np.zeros_like(parameters.vector), np.empty_like(parameters.vector)

    def advance(self) -> float:
        """Count one step; the share of its weights in the average."""
        self.count += 1
        if self.count == 1:
            return 1.0
        return 1 / self.count if self.kind == "polyak" else 1 - float(self.kind)

    def update(self) -> None:
        """Take in the weights after a step."""
        rate = self.advance()
        if self.count == 1:
            self.vector[...] = self.parameters.vector
            return
        np.subtract(self.parameters.vector, self.vector, out=self._difference)
        np.multiply(self._difference, rate, out=self._difference)
        np.add(self.vector, self._difference, out=self.vector)

    def weights(self) -> dict[str, Array] | None:
        """Name -> averaged array (a view), once there is one."""
        return self.parameters.split(self.vector) if self.count else None

    def restore(self, count: int, arrays: Mapping[str, Array]) -> None:
        """Continue from saved averages, name -> array of each parameter."""
        self.count, self.vector = count, self.parameters.join(arrays)
