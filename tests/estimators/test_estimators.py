"""The estimators by scikit-learn's own checks, and what those do not ask: exact portions, weights, copies."""

import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the estimators are scikit-learn's")

from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from layergraph import MLPClassifier, MLPRegressor, TwoLayerClassifier, TwoLayerRegressor

RNG = np.random.default_rng(0)
X = RNG.standard_normal((90, 6))
LABELS = np.array(["ant", "bee", "cat"])[np.argmax(X[:, :3], axis=1)]
REAL = X @ RNG.standard_normal((6, 2))


@parametrize_with_checks([MLPClassifier(), MLPRegressor(), TwoLayerClassifier(), TwoLayerRegressor()])
def test_scikit_learns_own_checks(estimator, check):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="X_train holds values|all values of X_train|X_val holds|Estimator")
        check(estimator)


def weights(estimator):
    return np.concatenate([array.ravel() for array in estimator.params_.values()])


@pytest.mark.parametrize("rule", ["adam", "sgd_momentum", "schedule_free_sgd"])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_portions_of_one_pass_are_the_run_bit_for_bit(kind, rule):
    y = LABELS if kind is MLPClassifier else REAL
    settings = {"update_rule": rule, "learning_rate": 0.05, "random_state": 3, "dropout": 0.2, "lr_schedule": "cosine"}
    whole = kind((8,), num_epochs=5, **settings).fit(X, y)
    portions = kind((8,), num_epochs=5, **settings)
    for _ in range(2):
        portions.partial_fit(X, y)
    portions = pickle.loads(pickle.dumps(portions))
    for _ in range(3):
        portions.partial_fit(X, y)
    assert np.array_equal(weights(portions), weights(whole))
    assert portions.loss_history_ == whole.loss_history_
    assert portions.n_iter_ == whole.n_iter_ == 5


def test_a_pickled_estimator_answers_alike_and_does_not_carry_the_data():
    fitted = MLPClassifier((4,), num_epochs=2, random_state=0).fit(np.tile(X, (200, 1)), np.tile(LABELS, 200))
    text = pickle.dumps(fitted)
    assert len(text) < 100_000
    assert np.array_equal(pickle.loads(text).predict_proba(X), fitted.predict_proba(X))


def test_labels_come_back_and_probabilities_belong_to_them():
    net = MLPClassifier((16,), num_epochs=150, random_state=1).fit(X, LABELS)
    assert net.score(X, LABELS) > 0.95
    assert list(net.classes_) == ["ant", "bee", "cat"]
    p = net.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(np.log(p), net.predict_log_proba(X), atol=1e-9)
    assert np.array_equal(net.classes_[p.argmax(axis=1)], net.predict(X))


def test_two_classes_have_one_decision():
    net = TwoLayerClassifier(8, num_epochs=100, random_state=1).fit(X, X[:, 0] > 0)
    assert np.array_equal(net.decision_function(X) > 0, net.predict(X))


def test_a_weight_of_two_is_a_row_twice():
    settings = {"num_epochs": 30, "batch_size": 1000, "random_state": 0, "update_rule": "sgd", "learning_rate": 0.5}
    twice = np.r_[np.arange(90), np.arange(30)]
    one = MLPClassifier((5,), **settings).fit(X, LABELS, sample_weight=np.where(np.arange(90) < 30, 2.0, 1.0))
    two = MLPClassifier((5,), **settings).fit(X[twice], LABELS[twice])
    np.testing.assert_allclose(weights(one), weights(two), rtol=1e-8)


def test_early_stopping_ends_with_the_best_weights():
    net = MLPClassifier((16,), early_stopping=True, patience=3, num_epochs=500, random_state=0).fit(X, LABELS)
    assert net.n_iter_ < 500
    assert net.best_epoch_ <= net.n_iter_
    assert len(net.validation_loss_history_) == net.n_iter_ + 1
    with pytest.raises(ValueError, match="partial_fit cannot stop early"):
        net.partial_fit(X, LABELS)


def test_float32_stays_and_several_targets_come_back():
    net = MLPRegressor((16,), num_epochs=200, random_state=0).fit(X.astype(np.float32), REAL)
    assert net.net_.dtype == np.float32
    assert net.predict(X.astype(np.float32)).shape == REAL.shape
    assert net.score(X.astype(np.float32), REAL) > 0.9
    assert TwoLayerRegressor(4, num_epochs=2).fit(X, REAL[:, 0]).predict(X).shape == (90,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MLPClassifier().fit(X, np.zeros(90)), "needs two classes or more; y holds 1 class"),
        (lambda: MLPClassifier().partial_fit(X, LABELS, ["ant", "bee"]), "y holds 'cat', which is not among"),
        (lambda: MLPClassifier().fit(X, np.eye(3)[RNG.integers(0, 3, 90)]), "one label a row"),
        (lambda: MLPClassifier(activation="rule").fit(X, LABELS), "unknown activation 'rule'"),
        (lambda: MLPClassifier(update_rule="adan").fit(X, LABELS), "unknown update rule 'adan'"),
        (lambda: MLPRegressor((0,)).fit(X, REAL), "expected two or more positive integers"),
    ],
)
def test_what_does_not_fit_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_searches_pipelines_and_cross_validation_take_them():
    images, labels = load_digits(return_X_y=True)
    images, labels = images[:400], labels[:400]
    model = make_pipeline(StandardScaler(), MLPClassifier((16,), num_epochs=40, random_state=0))
    assert cross_val_score(clone(model), images, labels, cv=2).mean() > 0.85
    search = GridSearchCV(model, {"mlpclassifier__learning_rate": [1e-5, 3e-3]}, cv=2).fit(images, labels)
    assert search.best_params_ == {"mlpclassifier__learning_rate": 3e-3}
