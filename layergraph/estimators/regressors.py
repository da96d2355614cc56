"""Regressors: one or more real targets a row, by half the squared error."""

from typing import Any, Self

from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from base.arrays import Array
from models import Graph

from .settings import MLP, TwoLayer
from .training import FLOATS, Trained
from .watching import with_callbacks


class Regressor(RegressorMixin, Trained):
    """What both regressors do.

    Attributes after `fit`: n_features_in_, params_ (name -> weights), net_ (the Graph), solver_ (the Solver),
    loss_history_ (each step), validation_loss_history_ and val_acc_history_ (R2; with early_stopping, else None),
    best_epoch_, n_iter_ (epochs). `score` is R2.
    """

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train anew on X (N, D) and y (N,) or (N, K); sample_weight (N,) weighs the rows in the loss.

        With early_stopping a `validation_fraction` of the rows is held out, training ends `patience` epochs after the
        last R2 better by `tol`, and the best weights stay. Scale y to a spread near 1, as X.
        """
        X, y = self._checked(X, y, reset=True)
        self._fit(X, y, sample_weight)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one more epoch on these rows; n calls on the same rows give the bits of `fit` with num_epochs=n.

        Raises ValueError with early_stopping.
        """
        self._refuse_early_stopping()
        X, y = self._checked(X, y, reset=not hasattr(self, "solver_"))
        columns = self._outputs(y)
        if hasattr(self, "solver_") and columns != self.net_.config()["params"][f"b{len(self._hidden()) + 1}"][0]:
            raise ValueError(f"y has {columns} columns, other than in the calls before.")
        self._partial_fit(X, y, sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """The values, (N,), or (N, K) for several targets."""
        scores = self._scores(X)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        X, y = validate_data(self, X, y, dtype=FLOATS, multi_output=True, y_numeric=True, reset=reset)
        return X, y.astype(X.dtype, copy=False)

    def _outputs(self, y: Array) -> int:
        return 1 if y.ndim == 1 else int(y.shape[1])

    def _fitted(self, net: Graph) -> dict[str, Any]:
        return {**super()._fitted(net), "n_features_in_": self.n_features_in_}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class TwoLayerRegressor(TwoLayer, Regressor):
    """A net of one hidden layer for real targets: affine - activation - affine; parameters as in TwoLayerClassifier."""


class MLPRegressor(MLP, Regressor):
    """The same with any number of hidden layers, `hidden_layer_sizes`; all else as in TwoLayerClassifier."""
