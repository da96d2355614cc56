"""Clipping, max-norm and averages of the weights: by hand, and that they act where they should."""

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, weights

from solver.averaging import Average
from solver.parameters import Parameters
from solver.update import Updater


def test_clipping_by_the_norm_of_all_gradients_together():
    for model in (CourseNet(), flat_net()):
        solver = quiet(model, clip_norm=0.01, optim_config={"learning_rate": 1.0}, restore_best=False)
        before = weights(model).copy()
        solver.run.train_step()
        assert np.isclose(np.linalg.norm(weights(model) - before), 0.01)
        assert solver.run.gradient.norm > 0.01  # the history shows the norm before clipping
    free, loose = (quiet(flat_net(), clip_norm=clip).train() for clip in (None, 1e6))
    assert free.loss_history == loose.loss_history


def test_clipping_by_value():
    for model in (CourseNet(), flat_net()):
        solver = quiet(model, clip_value=1e-3, optim_config={"learning_rate": 1.0})
        before = weights(model).copy()
        solver.run.train_step()
        moved = np.abs(weights(model) - before)
        assert np.isclose(moved.max(), 1e-3)


def test_clipping_leaves_the_gradients_that_a_model_handed_out_alone():
    model, returned = CourseNet(), []
    plain = model.loss
    model.loss = lambda X, y=None: plain(X) if y is None else returned.append(plain(X, y)) or returned[-1]
    solver = quiet(model, clip_norm=1e-3, clip_value=1e-4)
    solver.run.train_step()
    assert np.linalg.norm(returned[-1][1]["W1"]) > 0.01


def test_max_norm_bounds_the_columns_of_matrices_alone():
    for model in (CourseNet(), flat_net()):
        solver = quiet(model, max_norm=0.5, optim_config={"learning_rate": 3.0}, restore_best=False).train()
        free = quiet(type(model)() if isinstance(model, CourseNet) else flat_net(), optim_config={"learning_rate": 3.0})
        free.run.train_step()
        for array in solver.last_params.values():
            if array.ndim == 2:
                norms = np.linalg.norm(array, axis=0)
                assert norms.max() <= 0.5 * (1 + 1e-12)
        assert max(np.linalg.norm(free.model.params["W1"], axis=0)) > 0.5
    W = np.array([[3.0, 0.3], [4.0, 0.4]])
    model = CourseNet(2, 2)
    model.params["W1"] = W
    Updater(Parameters(model), "sgd", {})._constrain(1.0)
    np.testing.assert_array_equal(W, [[3.0, 0.3], [4.0, 0.4]])
    np.testing.assert_allclose(model.params["W1"], [[0.6, 0.3], [0.8, 0.4]])


class Collect:
    """Keeps the weights after each step."""

    def __init__(self):
        self.seen = []

    def on_step(self, solver, logs):
        self.seen.append({name: array.copy() for name, array in solver.model.params.items()})


@pytest.mark.parametrize("model", [CourseNet, flat_net])
def test_averages_by_hand(model):
    for kind in (0.8, "polyak"):
        collect = Collect()
        solver = quiet(model(), average=kind, callbacks=[collect], restore_best=False).train()
        for name, array in solver.model.params.items():
            history = [weights_of[name] for weights_of in collect.seen]
            wanted = history[0]
            for n, w in enumerate(history[1:], start=2):
                wanted = wanted + (w - wanted) * (1 / n if kind == "polyak" else 1 - 0.8)
            np.testing.assert_allclose(array, wanted, rtol=1e-12, atol=1e-15)
            assert np.array_equal(array, solver.last_params[name])
        assert not np.array_equal(solver.model.params["W1"], collect.seen[-1]["W1"])


@pytest.mark.parametrize(
    ("kind", "shares"), [(0.75, [1.0, 0.25, 0.25]), (0.0, [1.0, 1.0, 1.0]), ("polyak", [1.0, 1 / 2, 1 / 3])]
)
def test_the_share_of_each_step_in_an_average(kind, shares):
    average = Average(Parameters(CourseNet()), kind)
    assert [average.advance() for _ in shares] == shares
    assert average.count == 3


def test_the_ema_is_torchs():
    torch = pytest.importorskip("torch")
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    collect = Collect()
    solver = quiet(CourseNet(), average=0.8, callbacks=[collect], restore_best=False).train()
    module = torch.nn.Module()
    module.W1 = torch.nn.Parameter(torch.zeros(12, 3, dtype=torch.float64))
    averaged = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(0.8))
    for seen in collect.seen:
        module.W1.data = torch.tensor(seen["W1"])
        averaged.update_parameters(module)
    np.testing.assert_allclose(solver.last_params["W1"], averaged.module.W1.detach().numpy(), atol=1e-12)


def test_averaging_does_not_change_the_path():
    plain, averaged = (quiet(flat_net(), average=average).train() for average in (None, 0.9))
    assert plain.loss_history == averaged.loss_history
    assert plain.val_acc_history != averaged.val_acc_history


@pytest.mark.parametrize("rule", ["schedule_free_sgd", "schedule_free_adamw"])
def test_a_schedule_free_rule_is_evaluated_at_its_average(rule):
    for model in (CourseNet(), flat_net()):
        solver = quiet(model, update_rule=rule, restore_best=False).train()
        held = {name: array.copy() for name, array in model.params.items()}
        for name, config in solver.optim_configs.items():
            assert np.array_equal(held[name], config["x"])
        assert solver.check_accuracy(solver.data.X_val, solver.data.y_val) == solver.val_acc_history[-1]
        again = CourseNet() if isinstance(model, CourseNet) else flat_net()
        straight = quiet(again, update_rule=rule, num_epochs=8, restore_best=False).train()
        assert solver.train(num_epochs=8).loss_history == straight.loss_history


@pytest.mark.parametrize("kind", [0.9, "polyak"])
def test_before_the_first_step_there_is_no_average(kind):
    for model in (CourseNet, flat_net):
        plain, averaged = quiet(model()).train(), quiet(model(), average=kind).train()
        assert averaged.history.rows[0]["val_loss"] == plain.history.rows[0]["val_loss"]
        assert averaged.history.rows[1]["val_loss"] != plain.history.rows[1]["val_loss"]


@pytest.mark.parametrize(
    "options", [{}, {"restore_best": False}, {"average": 0.9}, {"update_rule": "schedule_free_sgd"}]
)
def test_the_weights_handed_out_are_copies(options):
    solver = quiet(flat_net(), **options).train()
    last = {name: array.copy() for name, array in solver.last_params.items()}
    held = weights(solver.model).copy()
    for array in solver.last_params.values():
        array[...] = np.nan
    for name, array in solver.last_params.items():
        np.testing.assert_array_equal(array, last[name])
    np.testing.assert_array_equal(weights(solver.model), held)
