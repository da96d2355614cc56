"""Classifiers: class labels of any kind, softmax on the scores."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy.special import log_softmax
from sklearn.base import ClassifierMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from base.arrays import Array
from layers import softmax

from .shapes import HiddenLayers, OneHiddenLayer
from .training import NetEstimator


class _Classifier(ClassifierMixin, NetEstimator):
    """Labels are encoded as 0..C-1 in the order of `classes_`."""

    classes_: Array
    class_weight: Any
    _loss, _numeric = "softmax", False

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """One pass over these rows; n of them over the same rows end with the bits of `fit` with num_epochs=n.

        classes: all labels there are, at the first call (default: those in y). ValueError for others later on, and with
        early_stopping.
        """
        first = not hasattr(self, "net_")
        if classes is not None:
            classes = np.unique(classes)
            if not first and not np.array_equal(classes, self.classes_):
                raise ValueError(f"classes is {classes}; the first call of partial_fit had {self.classes_}")
        self._given = classes if first else self.classes_
        return self._partial_fit(X, y, sample_weight, first)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new net on X (N, D) and labels y (N,); see the class for when it ends. Returns self."""
        self._given = None
        super().fit(X, y, sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """The most probable class (N,) of each row."""
        best = self._scores(X).argmax(axis=1)
        found: Array = self.classes_[best]
        return found

    def predict_proba(self, X: Any) -> Array:
        """Probabilities (N, C), columns in the order of `classes_`."""
        return softmax(self._scores(X))

    def predict_log_proba(self, X: Any) -> Array:
        """Their logarithms, finite where a probability would round to 0."""
        log: Array = log_softmax(self._scores(X), axis=1)
        return log

    def decision_function(self, X: Any) -> Array:
        """Scores (N, C); for two classes (N,), positive where the second is more probable."""
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def _shaped(self, y: Array) -> Array:
        check_classification_targets(y)
        if y.ndim == 2:
            if y.shape[1] > 1:
                raise ValueError(
                    f"y has shape {y.shape}; expected one label a row, (N,): of one-hot rows y.argmax(axis=1)"
                )
            y = column_or_1d(y, warn=True)
        return y

    def _start(self, y: Array) -> None:
        self.classes_ = np.unique(y) if self._given is None else self._given
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs two classes or more; y holds 1 class, {self.classes_.tolist()[0]!r}"
            )
        self._outputs = len(self.classes_)

    def _targets(self, y: Array, dtype: Any) -> Array:
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(f"y holds {unknown.tolist()[0]!r}, which is not among the classes {self.classes_}")
        return np.searchsorted(self.classes_, y)

    def _weight_of_classes(self, y: Array) -> Any:
        """By the classes as the net knows them, those that these rows have."""
        if not isinstance(self.class_weight, Mapping):
            return self.class_weight
        strange = [label for label in self.class_weight if label not in self.classes_]
        if strange:
            raise ValueError(f"class_weight names {strange[0]!r}, which is not among the classes {self.classes_}")
        there = set(np.unique(self._targets(y, None)).tolist())
        known = {int(np.searchsorted(self.classes_, label)): one for label, one in self.class_weight.items()}
        return {label: weight for label, weight in known.items() if label in there}

    def _split(self, y: Array) -> tuple[Array, Array]:
        """Rows to train on and to watch, each with its share of every class where there are rows enough."""
        watched = int(np.ceil(self.validation_fraction * len(y)))
        counts = np.unique(y, return_counts=True)[1]
        shared = y if counts.min() > 1 and len(counts) <= min(watched, len(y) - watched) else None
        train, val = train_test_split(
            np.arange(len(y)), test_size=self.validation_fraction, stratify=shared, random_state=self._seed
        )
        return train, val


class MLPClassifier(HiddenLayers, _Classifier):
    """A classifier of any number of hidden layers, softmax and cross-entropy; its parameters: see `HiddenLayers`.

    class_weight: "balanced", or a dict, label -> weight, 1 for those that it leaves out; times sample_weight. After fit
    also classes_.
    """

    def __init__(
        self, hidden_layer_sizes: Any = (100,), *, activation: str = "relu", update_rule: str = "adam",
        learning_rate: float | None = 3e-3, lr_schedule: Any = None, batch_size: int = 32, num_epochs: int = 100,
        reg: float = 0.0, dropout: float = 0.0, early_stopping: bool = False, validation_fraction: float = 0.1,
        patience: int = 10, tol: float = 0.0, max_seconds: float | None = None, engine: str = "numpy",
        random_state: Any = None, verbose: bool = False, class_weight: Any = None,
    ):  # fmt: skip
        super().__init__(
            hidden_layer_sizes, activation=activation, update_rule=update_rule, learning_rate=learning_rate,
            lr_schedule=lr_schedule, batch_size=batch_size, num_epochs=num_epochs, reg=reg, dropout=dropout,
            early_stopping=early_stopping, validation_fraction=validation_fraction, patience=patience, tol=tol,
            max_seconds=max_seconds, engine=engine, random_state=random_state, verbose=verbose,
        )  # fmt: skip
        self.class_weight = class_weight


class TwoLayerClassifier(OneHiddenLayer, _Classifier):
    """The course's two-layer net as a classifier: `hidden_dim` units; everything else as MLPClassifier."""

    def __init__(
        self, hidden_dim: int = 100, *, activation: str = "relu", update_rule: str = "adam",
        learning_rate: float | None = 3e-3, lr_schedule: Any = None, batch_size: int = 32, num_epochs: int = 100,
        reg: float = 0.0, dropout: float = 0.0, early_stopping: bool = False, validation_fraction: float = 0.1,
        patience: int = 10, tol: float = 0.0, max_seconds: float | None = None, engine: str = "numpy",
        random_state: Any = None, verbose: bool = False, class_weight: Any = None,
    ):  # fmt: skip
        super().__init__(
            hidden_dim, activation=activation, update_rule=update_rule, learning_rate=learning_rate,
            lr_schedule=lr_schedule, batch_size=batch_size, num_epochs=num_epochs, reg=reg, dropout=dropout,
            early_stopping=early_stopping, validation_fraction=validation_fraction, patience=patience, tol=tol,
            max_seconds=max_seconds, engine=engine, random_state=random_state, verbose=verbose,
        )  # fmt: skip
        self.class_weight = class_weight
