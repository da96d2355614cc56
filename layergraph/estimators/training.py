"""What classifiers and regressors share: parameters of the constructor, and training by the Solver."""

import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from base.arrays import Array
from models import Graph, mlp
from solver import Solver, streams
from solver.checkpoint import resume

from .watching import CallbackSupportMixin, Watch, with_callbacks

DTYPES = (np.float64, np.float32)  # the first is what other dtypes become


class NetEstimator(CallbackSupportMixin, BaseEstimator):
    """An estimator whose `_start(y)` and `_targets(y)` say what the net's outputs are."""

    solver_: Solver

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new net on X (N, D) and y for `num_epochs` passes, or until early stopping; returns self.

        sample_weight (N,): the loss is the mean weighted by them. Raises ValueError for data that do not fit.
        """
        X, y, weights = self._checked(X, y, sample_weight, reset=True)
        self._start(y)
        net = self._net(X)
        watch = Watch(self, X, y, self.num_epochs, lambda: self._fitted(net))
        self.__dict__.pop("solver_", None)  # a callback may copy the estimator in the middle
        solver = self._solver(net, X, y, weights, [watch])
        try:
            self._train(solver, None)
            solver.settings.callbacks = []  # copies take the Solver along
            watch.close()
        finally:
            watch.release()
        return self

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, first: bool) -> Self:
        """One more pass, over these rows."""
        if self.early_stopping:
            raise ValueError(
                "partial_fit cannot stop early, for it sees one portion at a time: set early_stopping=False, or use fit"
            )
        X, y, weights = self._checked(X, y, sample_weight, reset=first)
        if first:
            self._start(y)
        before = None if first else self._parts()
        solver = self._solver(self._net(X) if first else self.net_, X, y, weights)
        if before is not None:
            resume.restore_on_other_data(solver.run, before)
        self._train(solver, solver.epoch + 1)
        return self

    def _checked(self, X: Any, y: Any, sample_weight: Any, reset: bool) -> tuple[Array, Array, Array | None]:
        X, y = validate_data(self, X, y, dtype=DTYPES, reset=reset, multi_output=True, y_numeric=self._numeric)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=X.dtype)
        return np.ascontiguousarray(X), self._shaped(y), weights

    def _net(self, X: Array) -> Graph:
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        sizes = [X.shape[1], *self._hidden(), self._outputs]
        return mlp(
            sizes, activation=self.activation, loss=self._loss, reg=self.reg, dropout=self.dropout, dtype=X.dtype,
            rng=streams(self._seed).initialisation,
        )  # fmt: skip

    def _solver(self, net: Graph, X: Array, y: Array, weights: Array | None, callbacks: Sequence[Any] = ()) -> Solver:
        """The Solver of a run; without early stopping a single row is watched, which costs nothing."""
        targets = self._targets(y, X.dtype)
        train, val = self._split(y) if self.early_stopping else (slice(None), slice(1))
        data = {"X_train": X[train], "y_train": targets[train], "X_val": X[val], "y_val": targets[val]}
        if weights is not None:
            data["sample_weight"] = weights[train]
        rows = len(data["X_train"])
        return Solver(
            net, data, update_rule=self.update_rule, optim_config=self._config(), lr_schedule=self.lr_schedule,
            batch_size=min(self.batch_size, rows), num_epochs=self.num_epochs, sampling="epoch", seed=self._seed,
            patience=self.patience if self.early_stopping else None, min_delta=self.tol, max_seconds=self.max_seconds,
            restore_best=self.early_stopping, num_train_samples=1, verbose=bool(self.verbose), engine=self.engine,
            callbacks=callbacks, class_weight=self._weight_of_classes(y),
        )  # fmt: skip

    def _weight_of_classes(self, y: Array) -> Any:
        """What the Solver takes as class_weight; only classifiers have one."""
        return None

    def _config(self) -> dict[str, Any]:
        return {} if self.learning_rate is None else {"learning_rate": self.learning_rate}

    def _train(self, solver: Solver, epochs: int | None) -> None:
        with np.errstate(all="ignore"):  # what overflows ends in the Solver's own error
            solver.train(epochs)
        self.solver_, self.net_ = solver, solver.model
        self.params_ = dict(solver.model.params)
        self.n_iter_, self.loss_history_ = solver.epoch, list(solver.loss_history)
        self.validation_loss_history_ = solver.history.column("val_loss") if self.early_stopping else []
        self.val_acc_history_ = solver.val_acc_history if self.early_stopping else []
        self.best_epoch_ = solver.run.best.step // solver.steps_per_epoch if self.early_stopping else solver.epoch

    def _fitted(self, net: Graph) -> dict[str, Any]:
        """Attributes with which a copy of the estimator predicts as this one would now, for callbacks."""
        known = ("classes_", "_flat", "_outputs", "n_features_in_", "feature_names_in_")
        return {"net_": copy.deepcopy(net), **{name: vars(self)[name] for name in known if name in vars(self)}}

    def _parts(self) -> resume.Parts:
        """Where training stands, without the data."""
        return resume.parts(self.solver_.run) if hasattr(self, "solver_") else self._state

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a file holds: the net and where training stands, not the data that it has seen."""
        state: dict[str, Any] = dict(super().__getstate__())
        if "solver_" in state:
            state["_state"] = resume.parts(state.pop("solver_").run)
        return state

    def _scores(self, X: Any) -> Array:
        """The net's outputs (N, K) for X."""
        check_is_fitted(self, "net_")
        X = validate_data(self, X, dtype=DTYPES, reset=False)
        scores: Array = np.array(self.net_.loss(X.astype(self.net_.dtype, copy=False)))
        return scores
