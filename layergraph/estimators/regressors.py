"""Regressors: one or several real targets, the squared loss."""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.model_selection import train_test_split

from base.arrays import Array

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


class MLPRegressor(_Regressor):
    """A regressor of any number of hidden layers: affine - activation - ... - affine, squared error.

    hidden_layer_sizes: units of each. activation: a registered one ("relu", "tanh", ...). update_rule: a name of
    `solver.rules` with this learning_rate (None: the rule's own). lr_schedule: as Solver's. batch_size: rows of a step
    (all, where there are fewer). num_epochs: passes over the data. reg: 0.5 reg sum W^2. dropout: share of hidden units
    dropped. early_stopping: watch validation_fraction of the rows, and end after `patience` epochs without a loss
    better by tol, with the best weights. max_seconds: of training. engine: see Solver; "auto"
    may end with other bits in `fit` than in `partial_fit`. random_state: of everything
    that is drawn. verbose: print what the Solver prints.

    After fit: n_features_in_, params_ (name -> array), net_, solver_, n_iter_ (epochs), loss_history_ (each
    step), validation_loss_history_, val_acc_history_ (with early_stopping, else empty), best_epoch_.
    """

    def __init__(
        self, hidden_layer_sizes: Any = (100,), *, activation: str = "relu", update_rule: str = "adam",
        learning_rate: float | None = 3e-3, lr_schedule: Any = None, batch_size: int = 32, num_epochs: int = 100,
        reg: float = 0.0, dropout: float = 0.0, early_stopping: bool = False, validation_fraction: float = 0.1,
        patience: int = 10, tol: float = 0.0, max_seconds: float | None = None, engine: str = "numpy",
        random_state: Any = None, verbose: bool = False,
    ):  # fmt: skip
        self.hidden_layer_sizes, self.activation, self.update_rule = hidden_layer_sizes, activation, update_rule
        self.learning_rate, self.lr_schedule, self.batch_size = learning_rate, lr_schedule, batch_size
        self.num_epochs, self.reg, self.dropout = num_epochs, reg, dropout
        self.early_stopping, self.validation_fraction = early_stopping, validation_fraction
        self.patience, self.tol, self.max_seconds = patience, tol, max_seconds
        self.engine, self.random_state, self.verbose = engine, random_state, verbose

    def _hidden(self) -> list[int]:
        return [int(units) for units in np.atleast_1d(self.hidden_layer_sizes)]


class TwoLayerRegressor(_Regressor):
    """The course's two-layer net as a regressor: `hidden_dim` units; everything else as MLPRegressor."""

    def __init__(
        self, hidden_dim: int = 100, *, activation: str = "relu", update_rule: str = "adam",
        learning_rate: float | None = 3e-3, lr_schedule: Any = None, batch_size: int = 32, num_epochs: int = 100,
        reg: float = 0.0, dropout: float = 0.0, early_stopping: bool = False, validation_fraction: float = 0.1,
        patience: int = 10, tol: float = 0.0, max_seconds: float | None = None, engine: str = "numpy",
        random_state: Any = None, verbose: bool = False,
    ):  # fmt: skip
        self.hidden_dim, self.activation, self.update_rule = hidden_dim, activation, update_rule
        self.learning_rate, self.lr_schedule, self.batch_size = learning_rate, lr_schedule, batch_size
        self.num_epochs, self.reg, self.dropout = num_epochs, reg, dropout
        self.early_stopping, self.validation_fraction = early_stopping, validation_fraction
        self.patience, self.tol, self.max_seconds = patience, tol, max_seconds
        self.engine, self.random_state, self.verbose = engine, random_state, verbose

    def _hidden(self) -> list[int]:
        return [int(self.hidden_dim)]
