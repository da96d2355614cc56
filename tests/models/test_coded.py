"""Code words in place of classes: nearness by hand, and losses and accuracies that are those of the words."""

import copy
import pickle

import numpy as np
import pytest

import layers
from models import Coded, Graph, binary_code, node

CODE = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])


def coded(rows: int = 7):
    rng = np.random.default_rng(0)
    w = rng.standard_normal((3, 2))
    model = Coded(Graph([node("s", "linear", "x", ("W",))], {"W": w}, loss="squared"), CODE)
    return model, rng.standard_normal((rows, 3)), rng.integers(3, size=rows), w


@pytest.mark.parametrize(("classes", "bits"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (10, 4), (16, 4), (17, 5)])
def test_the_binary_digits_lowest_first(classes, bits):
    code = binary_code(classes)
    assert code.shape == (classes, bits)
    assert code.dtype == float
    assert [int("".join(str(int(digit)) for digit in word[::-1]), 2) for word in code] == list(range(classes))


def test_scores_are_minus_the_squared_distances():
    model, x, _, w = coded()
    wanted = [[-np.sum((row @ w - word) ** 2) for word in CODE] for row in x]
    np.testing.assert_allclose(model.loss(x), wanted, rtol=1e-12, atol=1e-12)


def test_the_loss_is_that_of_the_words():
    model, x, y, w = coded()
    loss, grads = model.loss(x, y)
    wanted, dscores = layers.squared_loss(x @ w, CODE[y])
    assert loss == pytest.approx(wanted, rel=1e-12)
    np.testing.assert_allclose(grads["W"], x.T @ dscores, rtol=1e-12)
    buffer = model.params.like()
    assert model.loss(x, y, out=buffer)[1] is buffer


@pytest.mark.parametrize("rows", [1, 999, 1000, 1001, 2500])
def test_evaluation_in_blocks_counts_every_row_once(rows):
    model, x, y, w = coded(rows)
    loss, accuracy = model.evaluate(x.tolist(), y.tolist())
    assert loss == pytest.approx(layers.squared_loss(x @ w, CODE[y])[0], rel=1e-12)
    nearest = [int(np.argmin(np.sum((row @ w - CODE) ** 2, axis=1))) for row in x]
    assert accuracy == np.mean(nearest == y) == model.accuracy(x, y)
    assert model.predict(x.tolist()).tolist() == nearest


def test_what_is_not_its_own_is_the_models():
    model, x, y, _ = coded()
    assert model.params is model.model.params
    for same in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert same.loss(x, y)[0] == model.loss(x, y)[0]
        assert same.params is not model.params
    assert not hasattr(model, "config")  # a description of the graph would forget the code
    with pytest.raises(ValueError, match=r"y must be integers 0\.\.2 for 3 classes"):
        model.loss(x, y + 1)
