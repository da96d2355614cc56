"""SciPy's minimisers on the flat vector, and the learning-rate range test."""

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, softmax_data, weights

import solver
from solver.minimize import METHODS


@pytest.mark.parametrize("model", [lambda: CourseNet(reg=0.05), lambda: flat_net(reg=0.05, activation="tanh")])
@pytest.mark.parametrize("method", METHODS)
def test_the_gradient_vanishes_at_the_minimum(method, model):
    net = model()
    start = net.loss(softmax_data()["X_train"], softmax_data()["y_train"])[0]
    result = solver.minimize(net, softmax_data(), method, max_iter=500)
    assert result.loss < start
    assert result.gradient_norm < 1e-4
    assert result.steps == len(result.rows)
    assert result.evaluations >= result.steps
    loss, _ = net.loss(softmax_data()["X_train"], softmax_data()["y_train"])
    assert np.isclose(loss, result.loss, rtol=1e-12)
    assert result.rows[-1]["val_acc"] is not None
    losses = [row["loss"] for row in result.rows]
    assert losses == sorted(losses, reverse=True)


def test_all_methods_find_the_one_minimum_of_a_convex_problem():
    minima = [solver.minimize(CourseNet(reg=0.05), softmax_data(), method) for method in METHODS]
    assert all(minimum.converged for minimum in minima)
    results = [minimum.loss for minimum in minima]
    np.testing.assert_allclose(results, results[0], rtol=1e-8)
    settings = {"batch_size": 120, "num_epochs": 400, "optim_config": {"learning_rate": 1.0}, "sampling": "epoch"}
    trained = quiet(CourseNet(reg=0.05), **settings)
    assert np.isclose(trained.train().loss_history[-1], results[0], rtol=1e-6)


def test_a_full_batch_in_blocks_is_the_full_batch(monkeypatch):
    from solver import minimize as function

    module = __import__("sys").modules["solver.minimize"]
    assert callable(function)
    whole = solver.minimize(CourseNet(reg=0.05), softmax_data(), max_iter=5).loss
    monkeypatch.setattr(module, "ROWS", 7)
    assert np.isclose(solver.minimize(CourseNet(reg=0.05), softmax_data(), max_iter=5).loss, whole, rtol=1e-9)


def test_weights_are_cut_into_blocks_with_their_rows(monkeypatch):
    data = {**softmax_data(), "sample_weight": np.arange(120) % 5 + 0.5}
    losses = []
    for rows in (5000, 7, 1):
        monkeypatch.setattr(__import__("sys").modules["solver.minimize"], "ROWS", rows)
        losses.append(solver.minimize(flat_net(reg=0.05), data, max_iter=3, class_weight={0: 1, 1: 2, 2: 4}).loss)
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-9)


def test_five_thousand_rows_are_in_a_block():
    seen = []

    class Counted(CourseNet):
        def loss(self, X, y=None):
            seen.append(len(X))
            return super().loss(X, y)

        def __deepcopy__(self, memo):
            return CourseNet()

    rows = np.random.default_rng(0).standard_normal((5001, 12))
    data = {"X_train": rows, "y_train": np.arange(5001) % 3, "X_val": rows[:9], "y_val": np.arange(9) % 3}
    solver.minimize(Counted(), data, max_iter=1)
    assert set(seen) == {5000, 1}


def test_it_goes_on_from_where_it_ended():
    net = CourseNet(reg=0.05)
    first = solver.minimize(net, softmax_data(), max_iter=3)
    second = solver.minimize(net, softmax_data(), max_iter=3)
    assert not first.converged
    assert second.loss < first.loss


def test_a_callback_stops_at_an_accepted_iterate():
    net, seen = CourseNet(reg=0.05), []
    result = solver.minimize(net, softmax_data(), callback=lambda row: seen.append(row["loss"]) or len(seen) == 4)
    assert result.steps == 4
    assert np.isclose(net.loss(softmax_data()["X_train"], softmax_data()["y_train"])[0], seen[-1], rtol=1e-12)


def test_an_interrupt_leaves_the_last_accepted_iterate():
    net, seen = CourseNet(reg=0.05), []

    def press(row):
        seen.append(row["loss"])
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solver.minimize(net, softmax_data(), callback=press)
    assert np.isclose(net.loss(softmax_data()["X_train"], softmax_data()["y_train"])[0], seen[-1], rtol=1e-12)


def test_what_minimize_refuses():
    import models

    with pytest.raises(ValueError, match=r"unknown method 'LBFGS'\. Did you mean 'L-BFGS-B'\? Known: L-BFGS-B,"):
        solver.minimize(CourseNet(), softmax_data(), "LBFGS")
    with pytest.raises(ValueError, match="minimize works in float64; parameter 'W1' is float32"):
        solver.minimize(flat_net(np.float32), softmax_data())
    nodes = [models.node("a", "affine", "x", ("W", "b")), models.node("d", "dropout", "a")]
    noisy = models.Graph(nodes, {"W": np.ones((12, 3)), "b": np.zeros(3)})
    with pytest.raises(ValueError, match="without noise and running statistics"):
        solver.minimize(noisy, softmax_data())


def test_the_range_test_leaves_everything_as_it_was():
    net, data = flat_net(), softmax_data()
    before, run = weights(net).copy(), quiet(net)
    np.random.seed(3)  # noqa: NPY002
    stream = np.random.get_state()[1].copy()  # noqa: NPY002
    first = solver.lr_range_test(net, data, steps=80, hi=100.0)
    again = solver.lr_range_test(net, data, steps=80, hi=100.0)
    assert first == again
    assert np.array_equal(weights(net), before)
    assert np.array_equal(np.random.get_state()[1], stream)  # noqa: NPY002
    assert run.train().loss_history == quiet(flat_net()).train().loss_history


def test_the_range_test_finds_a_rate_that_trains_and_stops_when_it_breaks():
    result = solver.lr_range_test(flat_net(), softmax_data(), steps=120, lo=1e-5, hi=1e4, update_rule="sgd_momentum")
    assert len(result.losses) < 120
    assert 1e-2 < result.suggestion < 10
    np.testing.assert_allclose(np.diff(np.log(result.learning_rates)), np.log(1e9) / 119)
    assert result.smoothed[0] == pytest.approx(result.losses[0])


def test_a_range_without_learning_suggests_nothing():
    class Flat(CourseNet):
        def loss(self, X, y=None):
            return super().loss(X) if y is None else (1.0, {n: np.zeros_like(a) for n, a in self.params.items()})

    assert solver.lr_range_test(Flat(), softmax_data(), steps=20).suggestion is None


@pytest.mark.parametrize("settings", [{"lo": 1, "hi": 0.1}, {"lo": 0}, {"steps": 1}])
def test_the_range_is_checked(settings):
    with pytest.raises(ValueError, match="must be"):
        solver.lr_range_test(flat_net(), softmax_data(), **settings)
