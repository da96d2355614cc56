"""Full-batch minimisation with a minimiser by hand in place of SciPy's: what it is asked for, and what comes of it."""

import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.optimize
from solver_cases import flat_net, softmax_data

import models
from solver import DivergedError, minimize
from solver.inputs.data import check_data
from solver.minimize import _Objective


class Bowl:
    """Loss |w|^2 / 2, or what it is told, whatever the rows; all scores are 0."""

    def __init__(self, *losses):
        self.params, self.losses = {"w": np.array([3.0, 4.0])}, list(losses)

    def loss(self, X, y=None):
        w = self.params["w"]
        loss = self.losses.pop(0) if y is not None and self.losses else 0.5 * float(w @ w)
        return np.zeros((len(X), 3)) if y is None else (loss, {"w": w.copy()})

    def __deepcopy__(self, memo):
        twin = Bowl()  # what is evaluated tells no loss
        twin.params["w"][...] = self.params["w"]
        return twin


@pytest.mark.parametrize(
    ("method", "given", "options"),
    [
        ("L-BFGS-B", {}, {"maxiter": 200, "gtol": 1e-6, "ftol": 0.0, "maxfun": sys.maxsize}),
        ("L-BFGS-B", {"max_iter": 7, "tolerance": 0.5, "ftol": 0.25, "maxcor": 3},
         {"maxiter": 7, "gtol": 0.5, "ftol": 0.25, "maxfun": sys.maxsize, "maxcor": 3}),
        ("CG", {}, {"maxiter": 200, "gtol": 1e-6}),
        ("CG", {"tolerance": 0.0}, {"maxiter": 200, "gtol": 0.0}),
        ("Newton-CG", {}, {"maxiter": 200, "xtol": 1e-5}),
        ("Newton-CG", {"tolerance": 0.125}, {"maxiter": 200, "xtol": 0.125}),
    ],
)  # fmt: skip
def test_what_scipy_is_asked_for_and_what_is_made_of_its_answer(method, given, options, monkeypatch):
    seen, net = {}, Bowl()

    def by_hand(function, start, **keywords):
        seen.update(keywords)
        loss, slope = function(np.array([1.0, 2.0]))
        assert (start.tolist(), loss, slope.tolist()) == ([3.0, 4.0], 2.5, [1.0, 2.0])
        function(np.array([9.0, 9.0]))
        return SimpleNamespace(x=np.array([6.0, 8.0]), nit=5, success=np.True_, message="enough")

    monkeypatch.setattr(scipy.optimize, "minimize", by_hand)
    found = minimize(net, softmax_data(), method, **given)
    assert found == (50.0, 10.0, 5, 2, True, "enough", [])
    assert type(found.converged) is bool
    assert net.params["w"].tolist() == [6.0, 8.0]
    assert (seen["options"], seen["jac"], seen["method"]) == (options, True, method)


def test_the_record_of_the_iterations(monkeypatch):
    """A clock that goes by a second each time it is looked at: when it began, and once an iteration."""
    now = iter(range(100))
    net, data = Bowl(), softmax_data()
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(now)))
    objective = _Objective(net, check_data(data, net))
    answers = [None, 1, False]
    objective.eval_every, objective.callback = 2, lambda row: answers.pop(0) if answers else True
    point = np.array([6.0, 8.0])
    for step in (1, 2, 3):
        objective.count = 10 * step
        objective.after_iteration(SimpleNamespace(x=point, fun=np.float64(step)))
    with pytest.raises(StopIteration):
        objective.after_iteration(SimpleNamespace(x=point, fun=7.0))
    point[:] = 0
    assert objective.accepted.tolist() == [6.0, 8.0]
    assert net.params["w"].tolist() == [6.0, 8.0], "it was evaluated there"
    share = float(np.mean(data["y_val"] == 0))
    assert objective.rows == [
        {"step": step, "loss": loss, "seconds": seconds, "evaluations": count,
         "val_loss": 50.0 if step % 2 == 0 else None, "val_acc": share if step % 2 == 0 else None}
        for step, loss, seconds, count in ((1, 1.0, 1.0, 10), (2, 2.0, 2.0, 20), (3, 3.0, 3.0, 30), (4, 7.0, 4.0, 30))
    ]  # fmt: skip


def test_without_a_callback_nothing_stops():
    net = Bowl()
    objective = _Objective(net, check_data(softmax_data(), net))
    objective.after_iteration(SimpleNamespace(x=np.array([6.0, 8.0]), fun=1.0))
    assert [row["val_loss"] for row in objective.rows] == [50.0], "each iteration is evaluated"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_first_point_alone_must_be_finite(bad):
    """A line search may step too far, and comes back."""
    for losses in ([bad], [1.0, bad]):
        net = Bowl(*losses)
        objective = _Objective(net, check_data(softmax_data(), net))
        if len(losses) == 2:
            assert objective(np.ones(2))[0] == 1.0
            assert not np.isfinite(objective(np.ones(2))[0])
            assert objective.count == 2
        else:
            with pytest.raises(DivergedError, match=f"^loss {bad} or its gradient is not finite before any step"):
                objective(np.ones(2))


def test_an_error_leaves_the_model_at_the_start(monkeypatch):
    def fails(function, start, **keywords):
        function(np.array([9.0, 9.0]))
        raise ZeroDivisionError

    net = Bowl()
    monkeypatch.setattr(scipy.optimize, "minimize", fails)
    with pytest.raises(ZeroDivisionError):
        minimize(net, softmax_data())
    assert net.params["w"].tolist() == [3.0, 4.0]


@pytest.mark.parametrize("settings", [{"dropout": 0.5}, {"batch_norm": True}])
def test_noise_and_running_statistics_are_refused(settings):
    with pytest.raises(ValueError, match=r"^minimize needs a loss without noise and running stat"):
        minimize(flat_net(**settings), softmax_data())
    assert minimize(models.mlp([12, 3], rng=0), softmax_data(), max_iter=1).steps == 1
