"""The two shapes of net that an estimator may have, each with the constructor that scikit-learn reads."""

from typing import Any

import numpy as np


class HiddenLayers:
    """Any number of hidden layers: affine - activation - ... - affine.

    hidden_layer_sizes: units of each. activation: a registered one ("relu", "tanh", ...). update_rule: a name of
    `solver.rules` with this learning_rate (None: the rule's own). lr_schedule: as Solver's. batch_size: rows of a step
    (all, where there are fewer). num_epochs: passes over the data. reg: 0.5 reg sum W^2. dropout: share of hidden units
    dropped. early_stopping: watch validation_fraction of the rows, and end after `patience` epochs without an accuracy
    (a loss, for real targets) better by tol, with the best weights. max_seconds: of training. engine: see Solver;
    "auto" may end with other bits in `fit` than in `partial_fit`. random_state: of everything that is drawn. verbose:
    print what the Solver prints.

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
        if isinstance(self.hidden_layer_sizes, str):
            raise ValueError(
                f"hidden_layer_sizes is {self.hidden_layer_sizes!r}; expected units of each layer, as (100, 50)"
            )
        return [int(units) for units in np.atleast_1d(self.hidden_layer_sizes)]


class OneHiddenLayer:
    """One hidden layer of `hidden_dim` units, the course's two-layer net; everything else as HiddenLayers."""

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
