"""Regressors: one or several real targets, the squared loss."""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.model_selection import train_test_split

from base.arrays import Array

from .shapes import HiddenLayers, OneHiddenLayer
from .training import NetEstimator


class _Regressor(RegressorMixin, NetEstimator):
    """Targets (N,) or (N, K)."""

    _loss, _numeric = "squared", True

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One pass over these rows; n of them over the same rows end with the bits of `fit` with num_epochs=n.

        ValueError with early_stopping.
        """
        return self._partial_fit(X, y, sample_weight, first=not hasattr(self, "net_"))

    def predict(self, X: Any) -> Array:
        """The net's answers, (N,) or (N, K) as y was."""
        scores = self._scores(X)
        return scores[:, 0] if self._flat else scores

    def __sklearn_tags__(self) -> Any:
        """Several targets a row are welcome."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _shaped(self, y: Array) -> Array:
        return y

    def _start(self, y: Array) -> None:
        self._flat, self._outputs = y.ndim == 1, 1 if y.ndim == 1 else y.shape[1]

    def _targets(self, y: Array, dtype: Any) -> Array:
        return np.ascontiguousarray(y.reshape(len(y), -1), dtype)

    def _split(self, y: Array) -> tuple[Array, Array]:
        """Rows to train on and to watch."""
        rows = np.arange(len(y))
        train, val = train_test_split(rows, test_size=self.validation_fraction, random_state=self._seed)
        return train, val


class MLPRegressor(HiddenLayers, _Regressor):
    """A regressor of any number of hidden layers, squared error; its parameters: see `HiddenLayers`."""


class TwoLayerRegressor(OneHiddenLayer, _Regressor):
    """The course's two-layer net as a regressor: `hidden_dim` units; everything else as MLPRegressor."""
