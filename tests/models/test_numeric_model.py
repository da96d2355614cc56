"""Training without backpropagation: centred differences of any model's loss, against formulas and backpropagation."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
from sample_graphs import GRAPHS, LABELS, X

from models import mlp, numeric


class Cubic:
    """loss = sum p^3 over two parameters: a centred difference of step h is off by h^2 an entry, exactly."""

    def __init__(self, alone: bool = False):
        self.params = {"p": np.array([[0.0, 1.0], [2.0, -1.0]]), "q": np.array([3.0])}
        self.alone, self.calls = alone, 0

    def loss(self, X, y):
        self.calls += 1
        value = sum(float(np.sum(array**3)) for array in self.params.values())
        return value if self.alone else (value, "anything", "else")

    def predict(self, X):
        return X + 1


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("h", [None, 1e-2, 0.5])
def test_the_difference_is_centred_and_of_the_step_asked_for(alone, h):
    model = Cubic(alone)
    loss, grads = (numeric(model) if h is None else numeric(model, h=h)).loss(X, LABELS)
    assert loss == 35
    assert model.calls == 1 + 2 * 5
    step = h or 1e-4
    for name, array in model.params.items():
        np.testing.assert_allclose(grads[name], 3 * array**2 + step**2, rtol=1e-9, atol=1e-10)
    assert float(grads["p"][0, 0]) == pytest.approx(step**2, rel=1e-2)


@pytest.mark.parametrize("name", GRAPHS)
def test_it_is_the_gradient_of_backpropagation(name):
    model = GRAPHS[name]()
    before = model.params.flat.copy()
    loss, grads = numeric(model).loss(X, LABELS)
    wanted_loss, wanted = model.loss(X, LABELS)
    assert loss == wanted_loss
    for key in model.params:
        np.testing.assert_allclose(grads[key], wanted[key], rtol=1e-5, atol=2e-7)
    np.testing.assert_array_equal(model.params.flat, before)


def test_parameters_are_put_back_when_the_loss_fails():
    model = Cubic()
    before, whole = copy.deepcopy(model.params), model.loss

    def loss(X, y):
        if model.params["p"][1, 0] != 2:
            raise FloatingPointError("no")
        return whole(X, y)

    model.loss = loss
    with pytest.raises(FloatingPointError):
        numeric(model).loss(X, LABELS)
    for name, array in model.params.items():
        np.testing.assert_array_equal(array, before[name])


def test_scores_come_from_the_loss_or_from_predict():
    graph = mlp([4, 3], rng=0)
    np.testing.assert_array_equal(numeric(graph).loss(X), graph.loss(X))
    np.testing.assert_array_equal(numeric(Cubic()).loss(X), X + 1)  # whose loss needs y
    without = SimpleNamespace(params={}, loss=lambda X, y: 0.0)
    with pytest.raises(TypeError, match="'y'"):
        numeric(without).loss(X)


def test_gradients_found_in_another_way():
    model, seen = Cubic(), []

    def gradients(*arguments):
        seen.append(arguments)
        return None if len(seen) == 1 else {"p": np.ones((2, 2)), "q": np.zeros(1)}

    found = numeric(model, h=0.5, gradients=gradients)
    assert found.loss(X, LABELS)[1]["q"].tolist() == [27.25]  # it knew no way
    out = {}
    loss, grads = found.loss(X.tolist(), LABELS.tolist(), out=out)
    assert loss == 35
    assert grads is out
    assert grads["p"].tolist() == [[1, 1], [1, 1]]
    for name, *others, h in seen:
        assert (name, h) == (model, 0.5)
        assert all(isinstance(array, np.ndarray) for array in others)


@pytest.mark.parametrize("h", [0, -1e-4, float("nan")])
def test_a_step_that_is_none(h):
    with pytest.raises(ValueError, match=f"h is {h!r}; expected a positive step"):
        numeric(Cubic(), h=h)


@pytest.mark.parametrize(("array", "kind"), [(np.ones(2, int), "int64"), ([1.0], "list"), (np.ones(1, bool), "bool"),
                                             (np.ones(1, complex), "complex128")])  # fmt: skip
def test_parameters_that_a_step_cannot_move(array, kind):
    model = Cubic()
    model.params["q"] = array
    with pytest.raises(TypeError, match=rf"parameter 'q' is {kind}, which a step of h cannot move: use q\.astype"):
        numeric(model)


def test_all_else_is_the_models():
    model = mlp([4, 3], rng=0)
    wrapped = numeric(model)
    assert wrapped.params is model.params
    assert wrapped.accuracy(X, LABELS) == model.accuracy(X, LABELS)
    copied = copy.deepcopy(wrapped)
    assert copied.model is not model
    assert copied.loss(X, LABELS)[0] == wrapped.loss(X, LABELS)[0]
