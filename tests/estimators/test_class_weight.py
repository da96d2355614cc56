"""Weights of classes in the classifiers: by label, "balanced", as weights of rows would do it, and what is refused."""

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from layergraph import MLPClassifier, TwoLayerClassifier

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
Y = np.array(["few", "many"])[(X[:, 0] + 0.8 * RNG.normal(size=120) > -1.4).astype(int)]


def fitted(make=MLPClassifier, size=(6,), rows=None, **settings):
    return make(size, num_epochs=10, random_state=0, **settings).fit(X, Y, sample_weight=rows)


@pytest.mark.parametrize(("make", "size"), [(MLPClassifier, (6,)), (TwoLayerClassifier, 6)])
def test_weights_of_classes_are_weights_of_their_rows(make, size):
    by_class = fitted(make, size, class_weight={"few": 5.0})
    by_row = fitted(make, size, rows=np.where(Y == "few", 5.0, 1.0))
    np.testing.assert_allclose(by_class.predict_proba(X), by_row.predict_proba(X), rtol=1e-9)
    assert np.sum(by_class.predict(X) == "few") > np.sum(fitted(make, size).predict(X) == "few")


def test_balanced_is_the_inverse_of_the_counts():
    counts = {label: np.sum(label == Y) for label in ("few", "many")}
    weights = {label: len(Y) / (2 * count) for label, count in counts.items()}
    one, other = fitted(class_weight="balanced"), fitted(class_weight=weights)
    np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), rtol=1e-9)


def test_what_is_refused():
    with pytest.raises(ValueError, match="class_weight names 'none', which is not among the classes"):
        fitted(class_weight={"none": 2.0})
    with pytest.raises((ValueError, TypeError), match="class_weight"):
        fitted(class_weight="balance")
    with pytest.raises(ValueError, match="hidden_layer_sizes is '16'; expected units of each layer"):
        fitted(size="16")
    with pytest.raises(ValueError, match=r"of one-hot rows y.argmax\(axis=1\)"):
        MLPClassifier((4,)).fit(X, np.eye(2)[(Y == "few").astype(int)])
