"""The task that loss and targets make, its measures by hand, and the answers of a net: classes, yes or no, values."""

import numpy as np
import pytest

import layers
from base.tasks import TASKS, as_task, choose
from models import Coded, accuracy, binary_code, from_config, hamming_loss, mlp, r2, rmse, subset_accuracy
from models.metrics import task_for

LABELS = np.array([0, 2, 1, 2])
MANY = np.array([[1, 1, 0], [0, 0, 0], [1, 0, 1]])
X = np.random.default_rng(0).standard_normal((8, 3))


@pytest.mark.parametrize(
    ("loss", "columns", "y", "task"),
    [
        ("softmax", 3, LABELS, "classes"),
        ("svm", 3, LABELS, "classes"),
        ("softmax", 3, np.full((2, 3), 1 / 3), "classes"),
        ("logistic", 3, layers.one_hot(LABELS, 3), "classes"),
        ("logistic", 3, LABELS, "classes"),
        ("logistic", 3, np.full((2, 3), 1 / 3), "classes"),
        ("logistic", 3, MANY, "multilabel"),
        ("logistic", 3, 2.0 * MANY - 1, "multilabel"),
        ("logistic", 1, np.array([0, 1, 1]), "binary"),
        ("logistic", 1, np.array([[0.3], [0.9]]), "binary"),
        ("squared", 1, np.array([0, 1, 1]), "real"),
        ("squared", 3, layers.one_hot(LABELS, 3), "classes"),
        ("squared", 3, 2 * layers.one_hot(LABELS, 3) - 1, "classes"),  # LeCun's targets
        ("squared", 3, np.array([[0.1, 2.0, 3.0], [1.0, 2.0, 2.5]]), "real"),
    ],
)
def test_the_task_follows_from_loss_and_targets(loss, columns, y, task):
    assert task_for(layers.get(f"{loss}_loss"), columns, y).name == task


@pytest.mark.parametrize(
    ("columns", "y", "task"),
    [
        (1, np.array([0, 1]), "binary"),
        (1, np.array([[-1.0], [1.0]]), "binary"),
        (1, np.array([0.0, 0.5]), "real"),
        (1, np.array([1, 2, 3]), "real"),
        (3, LABELS, "classes"),
        (3, layers.one_hot(LABELS, 3), "classes"),
        (3, MANY.astype(bool), "multilabel"),
        (2, np.array([[0.5, 0.5], [0.2, 0.8]]), "classes"),
        (2, np.array([[1.5, 0.5], [0.2, 3.8]]), "real"),
    ],
)
def test_of_a_model_whose_loss_nobody_knows_the_targets_tell(columns, y, task):
    assert choose((y,), columns).name == task


def test_the_part_of_the_data_that_says_more_decides():
    """A few rows of several labels may happen to hold one each."""
    assert choose((MANY, np.eye(3)), 3, "sigmoid").name == "multilabel"
    assert choose((np.eye(3), MANY), 3, "sigmoid").name == "multilabel"
    assert choose((np.array([0.0, 0.5]), np.array([0.0, 1.0])), 1).name == "real"


def test_one_score_cannot_pick_a_class_of_several():
    for loss in ("softmax", "svm", "offset_softmax"):
        net = mlp([3, 1], loss=loss, rng=0)
        with pytest.raises(ValueError, match=r"one score a row cannot pick .* loss='logistic'"):
            net.evaluate(X, np.zeros(8, int))


def test_measures_by_hand():
    scores = np.array([[2.0, 1.0, -1.0], [-1.0, 3.0, -2.0], [0.5, -0.5, -0.1]])
    assert subset_accuracy(scores, MANY) == 1 / 3  # the first row alone is right in all three
    assert hamming_loss(scores, MANY) == pytest.approx(2 / 9)
    assert subset_accuracy(scores, 2 * MANY - 1) == 1 / 3
    assert subset_accuracy(scores, MANY, np.array([2.0, 1.0, 1.0])) == 0.5
    assert hamming_loss(scores, MANY, np.array([0.0, 3.0, 0.0])) == pytest.approx(1 / 3)
    y, s = np.array([1.0, 2.0, 6.0]), np.array([1.0, 3.0, 4.0])
    assert r2(s, y) == pytest.approx(1 - 5 / 14)  # 0 + 1 + 4 missed, 4 + 1 + 9 about the mean 3
    assert r2(s[:, None], y) == r2(s, y)
    assert rmse(s, y) == pytest.approx(np.sqrt(5 / 3))
    assert rmse(s, y, np.array([1.0, 0.0, 1.0])) == pytest.approx(np.sqrt(2))
    assert r2(s, y, np.array([1.0, 1.0, 0.0])) == pytest.approx(1 - 1 / 0.5)
    both = np.array([[1.0, 7.0], [2.0, 7.0], [6.0, 7.0]])
    assert r2(np.column_stack([s, [7.0, 7.0, 7.0]]), both) == pytest.approx(((1 - 5 / 14) + 1) / 2)
    assert r2(np.column_stack([s, [7.0, 7.0, 8.0]]), both) == pytest.approx((1 - 5 / 14) / 2)
    assert np.isnan(r2(s[:1], y[:1]))
    assert accuracy([0.1, -2.0, 3.0], [1, 0, 0]) == pytest.approx(2 / 3)
    assert accuracy([[0.1], [-2.0], [3.0]], [1, -1, -1]) == pytest.approx(2 / 3)


def test_measures_agree_with_scikit_learn():
    sk = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(3)
    y, s, w = rng.standard_normal((40, 3)), rng.standard_normal((40, 3)), rng.uniform(0, 2, 40)
    yes = (y > 0).astype(int)
    assert r2(s, y, w) == pytest.approx(sk.r2_score(y, s, sample_weight=w))
    assert rmse(s, y, w) == pytest.approx(np.sqrt(sk.mean_squared_error(y, s, sample_weight=w)))
    assert subset_accuracy(s, yes, w) == pytest.approx(sk.accuracy_score(yes, s > 0, sample_weight=w))
    assert hamming_loss(s, yes, w) == pytest.approx(sk.hamming_loss(yes, s > 0, sample_weight=w))


def test_a_net_answers_by_its_task():
    binary = mlp([3, 1], loss="logistic", rng=0)
    p = 1 / (1 + np.exp(-binary.loss(X)[:, 0]))
    np.testing.assert_allclose(binary.predict_proba(X), np.column_stack([1 - p, p]), rtol=1e-12)
    np.testing.assert_array_equal(binary.predict(X), (p > 0.5).astype(int))
    np.testing.assert_array_equal(binary.predict(X, threshold=0.8), (p > 0.8).astype(int))
    assert binary.accuracy(X, p > 0.8, threshold=0.8) == 1.0 > binary.accuracy(X, p > 0.8)
    several = mlp([3, 2], loss="logistic", rng=0)
    one_of = several.predict(X)
    np.testing.assert_array_equal(one_of, several.loss(X).argmax(1))
    np.testing.assert_allclose(several.predict_proba(X).sum(axis=1), 1)
    several.task = "multilabel"
    np.testing.assert_array_equal(several.predict(X), (several.loss(X) > 0).astype(int))
    np.testing.assert_allclose(several.predict_proba(X), 1 / (1 + np.exp(-several.loss(X))))
    assert from_config(several.config()).task == "multilabel"
    softmax = mlp([3, 4], rng=0)
    np.testing.assert_allclose(softmax.predict_proba(X), layers.softmax(softmax.loss(X)))
    values = mlp([3, 2], loss="squared", rng=0)
    values.task = "real"
    np.testing.assert_array_equal(values.predict(X), values.loss(X))
    y = np.random.default_rng(1).standard_normal((8, 2))
    assert list(values.measures(X, y)) == ["loss", "r2", "rmse"]
    assert values.accuracy(X, y) == values.evaluate(X, y)[1] == r2(values.loss(X), y)


def test_what_has_no_probability_says_so():
    for loss in ("svm", "squared"):
        with pytest.raises(ValueError, match=f"{loss}_loss are no probabilities: train with loss='softmax'"):
            mlp([3, 2], loss=loss, rng=0).predict_proba(X)
    net = Coded(mlp([3, 2], loss="squared", rng=0), binary_code(4))
    with pytest.raises(ValueError, match="nearness of 4 code words is no probability"):
        net.predict_proba(X)
    y = np.arange(8) % 4
    assert net.accuracy(X, y) == np.mean(net.predict(X) == y) == net.measures(X, y)["accuracy"]
    for threshold in (0, 1, -0.5):
        with pytest.raises(ValueError, match="expected a probability between 0 and 1"):
            mlp([3, 1], loss="logistic", rng=0).predict(X, threshold=threshold)


def test_a_task_by_name_or_of_ones_own():
    assert as_task("real") is TASKS["real"]
    with pytest.raises(ValueError, match=r"unknown task 'multi'.* Known: classes, binary, multilabel, real"):
        as_task("multi")
    with pytest.raises(TypeError, match="task must be one of classes"):
        as_task(3)

    def top(scores, y):
        return float(np.mean(scores[np.arange(len(y)), y]))

    scores = np.array([[0.5, 1.0], [2.0, 0.0]])
    assert as_task(top).values(scores, np.array([0, 0])) == {"top": 1.25}
    with pytest.raises(ValueError, match="2 rows of scores but 1 of y"):
        as_task(top).values(scores, np.array([0]))
    with pytest.raises(ValueError, match="one target for each score is needed"):
        TASKS["real"].values(scores, np.zeros(2))
