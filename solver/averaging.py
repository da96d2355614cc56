"""Averages of the weights along the way, exponential (EMA) or uniform (Polyak), evaluated in place of the last ones."""

import numpy as np

from base.arrays import Array

from .parameters import FLAT, Parameters


class Average:
    """After step n: a <- a + (1 - decay) (w - a), with a = w at n = 1 (EMA), or a <- a + (w - a) / n ("polyak").

    Polyak and Juditsky, 1992, for the uniform average. The EMA is that of torch.optim.swa_utils.AveragedModel.
    """

    def __init__(self, parameters: Parameters, kind: float | str):
        self.parameters, self.kind, self.count = parameters, kind, 0
        self.units = [unit.name for unit in parameters.units(whole=True)]
        self.arrays: dict[str, Array] = {}
        self._scratch: dict[str, Array] = {}

    def update(self) -> None:
        """Take in the weights after a step."""
        self.count += 1
        rate = 1 / self.count if self.kind == "polyak" else 1 - float(self.kind)
        for name in self.units:
            w = self.parameters[name]
            if self.count == 1:
                self.arrays[name] = w.copy()
                self._scratch[name] = np.empty_like(w)
                continue
            average, difference = self.arrays[name], self._scratch.setdefault(name, np.empty_like(w))
            np.subtract(w, average, out=difference)
            np.multiply(difference, rate, out=difference)
            np.add(average, difference, out=average)

    def weights(self) -> dict[str, Array] | None:
        """Name -> averaged array (a view), once there is one."""
        if not self.count:
            return None
        return self.parameters.split(self.arrays[FLAT]) if self.parameters.flat else self.arrays

    def restore(self, count: int, arrays: dict[str, Array]) -> None:
        """Continue from saved averages, name -> array of each parameter."""
        self.count = count
        self.arrays = {FLAT: self.parameters.join(arrays)} if self.parameters.flat else dict(arrays)
