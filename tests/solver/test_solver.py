"""The course's surface of Solver, what it keeps, and that looking at a run does not change it."""

import copy
from itertools import pairwise

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, softmax_data, timeless, weights

from solver import Solver


def test_a_cell_of_the_course(capsys):
    model, data = CourseNet(), softmax_data()
    solver = Solver(
        model,
        data,
        update_rule="sgd",
        optim_config={"learning_rate": 1e-1},
        lr_decay=0.95,
        num_epochs=10,
        batch_size=20,
        print_every=10,
    )
    solver.train()
    assert len(solver.loss_history) == 60
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 11
    assert solver.loss_history[-1] < 0.7 * solver.loss_history[0]
    assert solver.best_val_acc == max(solver.val_acc_history) > 0.8
    assert solver.check_accuracy(data["X_val"], data["y_val"]) == solver.best_val_acc
    assert 0 < solver.check_accuracy(data["X_val"], data["y_val"], num_samples=7, batch_size=3) <= 1
    assert np.isclose(solver.optim_configs["W1"]["learning_rate"], 1e-1 * 0.95**10)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("(Epoch 0 / 10) train acc: 0.")
    assert lines[1].startswith("(Iteration 1 / 60) loss: ")
    assert sum(line.startswith("(Iteration") for line in lines) == 7
    assert lines[-1].startswith("(Epoch 10 / 10) train acc: ")


def test_lr_decay_is_the_courses_number_for_number():
    """Two models, one trained by the course's own loop: the same batches give the same bits."""
    model, data = CourseNet(), softmax_data()
    solver = quiet(model, data, update_rule="sgd_momentum", optim_config={"learning_rate": 0.1}, lr_decay=0.9)
    twin, lr, velocity = CourseNet(), 0.1, {"W1": 0.0, "b1": 0.0}
    batches = copy.deepcopy(solver.streams.batches)
    solver.train()
    for step in range(30):
        mask = batches.integers(0, 120, 20)
        _, grads = twin.loss(data["X_train"][mask], data["y_train"][mask])
        for name in twin.params:
            velocity[name] = 0.9 * velocity[name] - lr * grads[name]
            twin.params[name] = twin.params[name] + velocity[name]
        if step % 6 == 5:
            lr *= 0.9
    for name, array in solver.last_params.items():
        assert np.array_equal(array, twin.params[name])


def test_the_callers_arrays_are_not_written_to():
    model = CourseNet()
    held = {name: (array, array.copy()) for name, array in model.params.items()}
    quiet(model).train()
    for array, before in held.values():
        assert np.array_equal(array, before)


def test_an_adopted_and_a_flat_model_take_the_same_steps():
    """One net as a dict of arrays and as a flat vector: same batches, same formulas."""
    net = flat_net()

    class Twin:
        def __init__(self):
            self.params = {name: array.copy() for name, array in net.params.items()}
            self.inner = flat_net()

        def loss(self, X, y=None):
            for name, array in self.params.items():
                self.inner.params[name] = array
            return self.inner.loss(X) if y is None else self.inner.loss(X, y)

    twin = Twin()
    for model in (net, twin):
        quiet(model, update_rule="adamw", optim_config={"weight_decay": 0.1}, clip_norm=0.1, max_norm=0.9).train()
    np.testing.assert_allclose(weights(net), weights(twin), rtol=1e-10)


def test_a_model_whose_loss_knows_no_out():
    """Flat parameters, but a loss of the user's own that returns a plain dict."""

    class Own(type(flat_net())):
        def loss(self, X, y=None):
            result = super().loss(X, y)
            return result if y is None else (result[0], {name: array.copy() for name, array in result[1].items()})

    plain, own = flat_net(), flat_net()
    own.__class__ = Own
    for model in (plain, own):
        quiet(model, update_rule="adam").train()
    assert np.array_equal(weights(plain), weights(own))


LOOKING = {
    "num_train_samples": {"num_train_samples": 7},
    "num_val_samples": {"num_val_samples": 3},
    "all rows": {"num_train_samples": None},
    "cadence": {"eval_every": 1},
    "verbose": {"verbose": True, "print_every": 1, "progress": "lines"},
    "bar": {"verbose": True, "progress": "bar"},
    "patience out of reach": {"patience": 1000},
    "restore_best": {"restore_best": False},
}


@pytest.mark.parametrize("model", [CourseNet, flat_net])
@pytest.mark.parametrize("looking", LOOKING)
def test_looking_does_not_change_training(looking, model):
    plain, watched = quiet(model(), update_rule="adam").train(), None
    watched = quiet(model(), **{"update_rule": "adam", **LOOKING[looking]}).train()
    assert plain.loss_history == watched.loss_history
    for name, array in plain.last_params.items():
        assert np.array_equal(array, watched.last_params[name])


def test_callbacks_and_pictures_do_not_change_training(tmp_path):
    class Nosy:
        def on_eval(self, solver, logs):
            solver.check_accuracy(solver.data.X_val, solver.data.y_val, num_samples=5)
            solver.plot(tmp_path / "run.png")
            assert solver.last_params
            np.random.default_rng(0).random()

    plain, watched = quiet(flat_net()).train(), quiet(flat_net(), callbacks=[Nosy()]).train()
    assert plain.loss_history == watched.loss_history
    assert np.array_equal(weights(plain.model), weights(watched.model))
    assert (tmp_path / "run.png").stat().st_size > 5000


class Rude(CourseNet):
    """A course model with dropout from the global stream and a running mean: its loss has side effects."""

    def __init__(self):
        super().__init__()
        self.running = np.zeros(12)

    def loss(self, X, y=None):
        if y is None:
            return super().loss(X)
        self.running = 0.9 * self.running + 0.1 * X.mean(axis=0)
        keep = np.random.random(X.shape) < 0.8  # noqa: NPY002
        return super().loss(X * keep, y)


def test_evaluation_has_no_side_effects_on_an_adopted_model():
    runs = []
    for every in (None, 1):
        np.random.seed(4)  # noqa: NPY002
        model = Rude()
        solver = quiet(model, eval_every=every).train()
        runs.append((solver.loss_history, model.running))
    assert runs[0][0] == runs[1][0]
    assert np.array_equal(runs[0][1], runs[1][1])


class Constant(CourseNet):
    """Never right: every label is 0, and it says 1."""

    def loss(self, X, y=None):
        scores = np.tile([0.0, 1.0, 0.0], (len(X), 1))
        return scores if y is None else (1.0, {name: np.zeros_like(a) for name, a in self.params.items()})


def test_a_model_that_is_never_right_keeps_its_parameters():
    data = softmax_data() | {"y_train": np.arange(120) % 2, "y_val": np.zeros(30, int)}
    model = Constant()
    solver = quiet(model, data).train()
    assert solver.best_val_acc == 0.0
    assert set(model.params) == set(solver.best_params) == {"W1", "b1"}


def test_the_best_weights_end_in_the_model_and_training_goes_on_from_the_last():
    model = flat_net()
    solver = quiet(model, optim_config={"learning_rate": 2.0}, num_epochs=8)
    assert solver.best_val_acc == -np.inf
    solver.train()
    best = solver.run.best.step
    assert best < solver.step
    assert all(np.array_equal(model.params[name], array) for name, array in solver.best_params.items())
    assert solver.check_accuracy(solver.data.X_val, solver.data.y_val) == solver.best_val_acc
    straight = quiet(flat_net(), optim_config={"learning_rate": 2.0}, num_epochs=12).train()
    assert solver.train(num_epochs=12).loss_history == straight.loss_history


def test_history_rows():
    solver = quiet(flat_net(reg=0.1), sampling="epoch", batch_size=50, num_epochs=3).train()
    rows = solver.history.rows
    assert [row["step"] for row in rows] == [0, 3, 6, 9]
    assert [row["epoch"] for row in rows] == [0, 1, 2, 3]
    assert [row["examples"] for row in rows] == [0, 120, 240, 360]
    first, second, short = solver.loss_history[:3]
    assert rows[1]["loss"] == pytest.approx((50 * first + 50 * second + 20 * short) / 120)
    assert rows[1]["loss"] > rows[1]["train_loss"]  # the penalty is in the one and not in the other
    assert rows[0]["grad_norm"] == 0
    assert rows[2]["grad_norm"] > 0
    assert rows[0]["update_ratio"] == {}
    assert set(rows[2]["update_ratio"]) == set(solver.model.params)
    assert all(a["seconds_train"] < b["seconds_train"] for a, b in pairwise(rows))


def test_gradient_norm_and_update_ratio_are_those_of_the_last_step():
    solver = quiet(CourseNet(), num_epochs=1, eval_every=1, optim_config={"learning_rate": 0.5}, restore_best=False)
    before = {name: array.copy() for name, array in solver.model.params.items()}
    batches = copy.deepcopy(solver.streams.batches)
    mask = batches.integers(0, 120, 20)
    _, grads = CourseNet().loss(solver.data.X_train[mask], solver.data.y_train[mask])
    solver.train()
    row = solver.history.rows[1]
    assert np.isclose(row["grad_norm"], np.sqrt(sum(np.sum(g**2) for g in grads.values())))
    ratio = 0.5 * np.linalg.norm(grads["W1"]) / np.linalg.norm(before["W1"])
    assert np.isclose(row["update_ratio"]["W1"], ratio)


def test_the_same_seed_gives_the_same_run_and_another_another():
    runs = [quiet(flat_net(), seed=seed).train() for seed in (1, 1, 2)]
    assert runs[0].loss_history == runs[1].loss_history
    assert timeless(runs[0].history.rows) == timeless(runs[1].history.rows)
    assert runs[0].loss_history != runs[2].loss_history


def test_regression_is_measured_by_r2():
    import models

    data = softmax_data()
    for part in ("train", "val"):
        data[f"y_{part}"] = data[f"X_{part}"] @ np.linspace(-1, 1, 12)[:, None]
    model = models.mlp([12, 8, 1], loss="squared", rng=0)
    solver = quiet(model, data, optim_config={"learning_rate": 0.05}, num_epochs=9).train()
    spread = np.var(data["y_val"])
    wanted = [1 - 2 * loss / spread for loss in solver.history.column("val_loss")]
    np.testing.assert_allclose(solver.val_acc_history, wanted)
    assert solver.best_val_acc == max(solver.val_acc_history)


def test_optim_configs_show_each_parameter_its_state():
    solver = quiet(flat_net(), update_rule="sgd_momentum").train()
    configs = solver.optim_configs
    assert set(configs) == set(solver.model.params)
    for name, array in solver.model.params.items():
        assert configs[name]["velocity"].shape == array.shape
        assert configs[name]["momentum"] == 0.9
    solver.learning_rate = 0.125
    assert solver.learning_rate == 0.125


def test_a_rule_may_be_a_function():
    import solver as package

    named, given = quiet(flat_net(), update_rule="adam").train(), quiet(flat_net(), update_rule=package.adam).train()
    assert named.loss_history == given.loss_history

    def plain(w, dw, config):
        return w - config["learning_rate"] * dw, config

    model = flat_net()
    own = quiet(model, update_rule=plain, optim_config={"learning_rate": 0.1}, lr_decay=0.5).train()
    theirs = quiet(flat_net(), update_rule="sgd", optim_config={"learning_rate": 0.1}, lr_decay=0.5).train()
    np.testing.assert_allclose(own.loss_history, theirs.loss_history, rtol=1e-12)
    assert own.model.params is model.params
    with pytest.raises(ValueError, match=r"plain has no 'learning_rate' to schedule or decay\. Pass optim_config="):
        quiet(flat_net(), update_rule=plain, lr_schedule="cosine")


def test_a_rule_of_ones_own_needs_no_learning_rate():
    def tenth(w, dw, config):
        return w - 0.1 * dw, config

    own = quiet(flat_net(), update_rule=tenth, num_epochs=2).train()
    theirs = quiet(flat_net(), update_rule="sgd", optim_config={"learning_rate": 0.1}, num_epochs=2).train()
    np.testing.assert_allclose(own.loss_history, theirs.loss_history, rtol=1e-12)
