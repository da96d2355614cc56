"""What the estimators share: a net from `models.mlp`, trained by `solver.Solver`; `fit` and `partial_fit`."""

import copy
import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, check_random_state, validate_data

from base.arrays import Array
from models import Graph, mlp
from solver import Solver, streams

from .watching import CallbackSupportMixin, Watch

FLOATS = (np.float64, np.float32)  # kept as they come; anything else becomes float64


class Trained(CallbackSupportMixin, BaseEstimator):
    """An estimator around one net; subclasses say what the targets are."""

    _loss = "squared"
    _task = "real"

    net_: Graph
    solver_: Solver

    @property
    def params_(self) -> Any:
        """Name -> array of weights, in the net's one vector."""
        return self.net_.params

    def _hidden(self) -> tuple[int, ...]:
        raise NotImplementedError

    def _outputs(self, y: Array) -> int:
        raise NotImplementedError

    def _fit(self, X: Array, y: Array, sample_weight: Any) -> None:
        """Train anew for `num_epochs` epochs on checked X and encoded y."""
        weights = self._weights(X, sample_weight)
        seed = self._seed()
        data = self._split(X, y, weights, seed)
        net = self._net(data["X_train"], y, seed)
        watch = Watch(self, X, y, self.num_epochs, lambda: self._fitted(net))
        self._forget()
        solver = self._solver(net, data, seed, [watch])
        try:
            solver.train()
            solver.settings.callbacks = []  # copies of the estimator take the Solver along
            self.net_, self.solver_ = net, solver
            self._keep(0)
            watch.close()
        finally:
            watch.release()

    def _partial_fit(self, X: Array, y: Array, sample_weight: Any) -> None:
        """Train for one more epoch, on these rows: where it left off, the random streams too."""
        weights = self._weights(X, sample_weight)
        data = self._rows(X, y, weights)
        if hasattr(self, "solver_"):
            self.solver_.replace_data(data)
        else:
            seed = self._seed()
            self.net_ = self._net(data["X_train"], y, seed)
            self.solver_ = self._solver(self.net_, data, seed, [])
        known = len(self.solver_.loss_history)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "the schedule was laid out for", UserWarning)
            self.solver_.train(self.solver_.epoch + 1)
        self._keep(known)

    def _refuse_early_stopping(self) -> None:
        if self.early_stopping:
            raise ValueError(
                "early_stopping=True has no meaning in partial_fit, which trains for one epoch on all rows it is given:"
                " call fit, or set early_stopping=False and stop by your own validation rows."
            )

    def _weights(self, X: Array, given: Any) -> Array | None:
        """One weight for each row, checked; None where all weigh the same."""
        if given is None:
            return None
        weights: Array = _check_sample_weight(given, X, dtype=np.float64, ensure_non_negative=True)
        if not np.any(weights > 0):
            raise ValueError("sample_weight is 0 for every row: there is nothing to learn from.")
        return weights

    def _seed(self) -> int:
        if self.random_state is None:
            return int(np.random.SeedSequence().entropy) % 2**32  # type: ignore[arg-type]
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _net(self, X: Array, y: Array, seed: int) -> Graph:
        return mlp(
            [X.shape[1], *self._hidden(), self._outputs(y)],
            activation=self.activation,
            loss=self._loss,
            reg=self.reg,
            dropout=self.dropout,
            dtype=X.dtype,
            rng=streams(seed).initialisation,
        )

    def _rows(self, X: Array, y: Array, weights: Array | None) -> dict[str, Any]:
        """Data for the Solver; rows of weight 0 are left out, and those of training stand in for validation."""
        more = {}
        if weights is not None:
            kept = weights > 0
            X, y, more = X[kept], y[kept], {"sample_weight": weights[kept]}
        return {"X_train": X, "y_train": y, "X_val": X, "y_val": y, **more}

    def _split(self, X: Array, y: Array, weights: Array | None, seed: int) -> dict[str, Any]:
        """With early stopping, a part of the rows for validation, of each class alike."""
        if not self.early_stopping:
            return self._rows(X, y, weights)
        stratify = y if self._task == "classes" else None
        some = np.arange(len(X)) if weights is None else np.flatnonzero(weights > 0)
        train, val = train_test_split(
            some,
            test_size=self.validation_fraction,
            random_state=seed,
            stratify=None if stratify is None else stratify[some],
        )
        data = self._rows(X[train], y[train], None if weights is None else weights[train])
        return {**data, "X_val": X[val], "y_val": y[val]}

    def _solver(self, net: Graph, data: dict[str, Any], seed: int, callbacks: list[Any]) -> Solver:
        return Solver(
            net,
            data,
            update_rule=self.update_rule,
            optim_config={"learning_rate": self.learning_rate},
            lr_schedule=self.lr_schedule,
            batch_size=self.batch_size,
            num_epochs=self.num_epochs,
            sampling="epoch",
            seed=seed,
            num_val_samples=None if self.early_stopping else 1000,
            patience=self.patience if self.early_stopping else None,
            min_delta=self.tol,
            restore_best=self.early_stopping,
            max_seconds=self.max_seconds,
            callbacks=callbacks,
            engine="numpy",  # the compiled engine adds in another order, and `fit` would differ from `partial_fit`
            task=self._task,
            verbose=bool(self.verbose),
            progress="lines" if self.verbose else "none",
        )

    def _forget(self) -> None:
        for name in ("solver_", "net_", "loss_history_"):
            self.__dict__.pop(name, None)

    def _keep(self, known: int) -> None:
        """What the Solver has seen, as attributes; `known` losses of it are kept already."""
        solver = self.solver_
        self.loss_history_ = [*getattr(self, "loss_history_", []), *solver.loss_history[known:]]
        self.n_iter_ = solver.epoch
        self.best_epoch_ = solver.epoch
        self.validation_loss_history_ = self.val_acc_history_ = None
        if self.early_stopping:
            self.best_epoch_ = round(solver.run.best.step / solver.steps_per_epoch)
            self.validation_loss_history_ = [row["val_loss"] for row in solver.history.rows]
            self.val_acc_history_ = list(solver.val_acc_history)

    def _fitted(self, net: Graph) -> dict[str, Any]:
        """Attributes with which a copy predicts as this one would now."""
        return {"net_": copy.deepcopy(net)}

    def _scores(self, X: Any) -> Array:
        """The net's scores (N, C) of checked rows."""
        check_is_fitted(self, "net_")
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        return np.concatenate([np.array(scores) for _, scores in self.net_._scores(X)])

    def __getstate__(self) -> dict[str, Any]:
        """Copies and files of an estimator hold one row of the training data, not all: `partial_fit` brings its own."""
        state: dict[str, Any] = super().__getstate__()
        if "solver_" in state:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # of that one row's scale
                light = copy.deepcopy(self.solver_)
                row = slice(0, 1)
                light.replace_data({name: part[row] for name, part in light.data._asdict().items() if part is not None})
            state = {**state, "solver_": light, "net_": light.model}
        return state
