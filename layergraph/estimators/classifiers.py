"""Classifiers: one class of two or more a row, by softmax and cross-entropy."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import column_or_1d, validate_data

from base.arrays import Array
from layers.losses.targets import softmax
from models import Graph

from .settings import MLP, TwoLayer
from .training import FLOATS, Trained
from .watching import with_callbacks


def _shown(labels: Any) -> str:
    """A label or an array of them as plain Python would write it."""
    return repr(labels.tolist() if hasattr(labels, "tolist") else labels)


class Classifier(ClassifierMixin, Trained):
    """What both classifiers do.

    Attributes after `fit`: classes_, n_features_in_, params_ (name -> weights), net_ (the Graph), solver_ (the Solver),
    loss_history_ (each step), validation_loss_history_ and val_acc_history_ (with early_stopping, else None),
    best_epoch_, n_iter_ (epochs).
    """

    _loss = "softmax"
    _task = "classes"

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train anew on X (N, D) and labels y (N,) of any kind; sample_weight (N,) weighs the rows in the loss.

        With early_stopping a stratified `validation_fraction` of the rows is held out, training ends `patience` epochs
        after the last accuracy better by `tol`, and the best weights stay. Raises ValueError for one class alone.
        """
        X, y = self._checked(X, y, reset=True)
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError(f"y holds the one class {_shown(self.classes_[0])} alone; a classifier needs two classes.")
        self._fit(X, np.searchsorted(self.classes_, y), sample_weight)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one more epoch on these rows; n calls on the same rows give the bits of `fit` with num_epochs=n.

        classes: all labels there will be, in the first call; by default those of y. Raises ValueError for labels that
        are not among them, and with early_stopping.
        """
        self._refuse_early_stopping()
        first = not hasattr(self, "solver_")
        X, y = self._checked(X, y, reset=first)
        if first:
            self.classes_ = unique_labels(y if classes is None else classes)
            if len(self.classes_) < 2:
                raise ValueError("a classifier needs two classes: pass all labels there will be as classes=[...].")
        elif classes is not None and not np.array_equal(unique_labels(classes), self.classes_):
            before = _shown(self.classes_)
            raise ValueError(f"`classes={classes!r}` is not the same as on last call to partial_fit: {before}")
        strange = np.setdiff1d(y, self.classes_)
        if len(strange):
            raise ValueError(f"y holds {_shown(strange[0])}, which is none of the classes {_shown(self.classes_)}.")
        self._partial_fit(X, np.searchsorted(self.classes_, y), sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """The label of each row, (N,)."""
        answers = self._scores(X).argmax(axis=1)
        labels: Array = self.classes_[answers]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, (N, C), in the order of `classes_`."""
        return softmax(self._scores(X))

    def predict_log_proba(self, X: Any) -> Array:
        """Logarithm of the probabilities, (N, C): scores less the log of the sum of their exponentials."""
        scores = self._scores(X)
        scores -= scores.max(axis=1, keepdims=True)
        logs: Array = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return logs

    def decision_function(self, X: Any) -> Array:
        """Scores (N, C); for two classes (N,), that of the second less that of the first."""
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        X, y = validate_data(self, X, y, dtype=FLOATS, multi_output=True, reset=reset)
        check_classification_targets(y)
        if y.ndim > 1 and y.shape[1] > 1:
            raise ValueError(
                f"y has {y.shape[1]} columns; expected one label a row. For several labels a row train models.mlp with"
                " loss='logistic' by solver.Solver."
            )
        return X, column_or_1d(y, warn=True)

    def _outputs(self, y: Array) -> int:
        return len(self.classes_)

    def _fitted(self, net: Graph) -> dict[str, Any]:
        return {**super()._fitted(net), "classes_": self.classes_, "n_features_in_": self.n_features_in_}


class TwoLayerClassifier(TwoLayer, Classifier):
    """A net of one hidden layer for one class of several a row: affine - activation - affine, softmax.

    hidden_dim: hidden units; activation, update_rule, lr_schedule: names that models and Solver know, `FILE.py:name`
    as well; learning_rate, batch_size, num_epochs, max_seconds: of the training; reg: 0.5 reg sum W^2; dropout: the
    share of hidden units dropped; early_stopping, validation_fraction, patience, tol: see `fit`; random_state: int,
    RandomState or None (other bits in every fit); verbose: 1 prints the Solver's lines. The dtype of X, float32 or
    float64, is that of all computation. Sparse X is refused with a TypeError.
    """


class MLPClassifier(MLP, Classifier):
    """The same with any number of hidden layers, `hidden_layer_sizes`; all else as in TwoLayerClassifier."""
