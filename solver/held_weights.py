"""Which weights the model holds: those in training, those that count in an evaluation, or the best ones at the end.

Running statistics (`model.state`) travel with the parameters.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from base.arrays import Array

from .averaging import Average
from .parameters import Parameters
from .update import Updater


class Weights(NamedTuple):
    """Copies of a model's parameters and running statistics, by name."""

    params: dict[str, Array]
    state: dict[str, Array]


class HeldWeights:
    """Swaps weights in and out of a model; `training` is what training goes on from while the model holds others."""

    def __init__(self, parameters: Parameters, updater: Updater, average: Average | None):
        self.parameters, self.updater, self.average = parameters, updater, average
        self.training: Weights | None = None

    def copy(self) -> Weights:
        """Copies of what the model holds now."""
        state = getattr(self.parameters.model, "state", None) or {}
        return Weights(self.parameters.copy(), {name: np.array(array, copy=True) for name, array in state.items()})

    def load(self, params: Mapping[str, Array], state: Mapping[str, Array]) -> None:
        """Let the model hold copies of these."""
        self.parameters.load(params)
        for name, array in state.items():
            self.parameters.model.state[name][...] = array  # type: ignore[attr-defined]

    def evaluated(self) -> dict[str, Array] | None:
        """Name -> weights to evaluate where they are not the trained ones: an average, or the rule's own point."""
        weights = self.average.weights() if self.average is not None else None
        return weights if weights is not None else self.updater.evaluation_weights()

    @contextmanager
    def evaluation_point(self) -> Iterator[None]:
        """Within it the model holds the weights that count; afterwards those of training again, bit for bit."""
        weights = self.evaluated()
        if weights is None:
            yield
            return
        with self.holding(Weights(weights, {})):
            yield

    @contextmanager
    def holding(self, weights: Weights) -> Iterator[None]:
        """Within it the model holds these weights and running statistics; its own come back afterwards."""
        own = self.copy()
        try:
            self.load(*weights)
            yield
        finally:
            self.load(own.params, {name: own.state[name] for name in weights.state})

    def rest(self, best: Weights | None) -> None:
        """Leave `best` in the model (None: the weights that count at the last step), and remember those of training."""
        last = self.evaluated()
        chosen = best if best is not None else Weights(last, {}) if last is not None else None
        if chosen is not None and self.training is None:
            self.training = self.copy()
            self.load(*chosen)

    def wake(self) -> None:
        """Put the weights of training back."""
        if self.training is not None:
            self.load(*self.training)
            self.training = None

    def last(self) -> Weights:
        """Copies of the weights that count at the last step, whatever the model holds."""
        training = self.training or self.copy()
        weights = self.evaluated() or training.params
        return Weights({name: np.array(array, copy=True) for name, array in weights.items()}, training.state)
