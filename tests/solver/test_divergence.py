"""NaN and infinity, at any step, in input, loss, gradient, parameter: named within one step, no checkpoint of them."""

import numpy as np
import pytest
from solver_cases import CourseNet, SaveAt, flat_net, quiet, softmax_data, weights

from solver import DivergedError, Solver, checkpoint


class Poisoned(CourseNet):
    """Turns one number bad at a given call of loss(X, y)."""

    def __init__(self, call, where, value):
        super().__init__()
        self.call, self.where, self.value, self.calls = call, where, value, 0

    def loss(self, X, y=None):
        if y is None:
            return super().loss(X)
        self.calls += 1
        now = self.calls == self.call
        if now and self.where == "input":
            X = X.copy()
            X[0, 0] = self.value
        with np.errstate(invalid="ignore", over="ignore"):
            loss, grads = super().loss(X, y)
        if now and self.where == "loss":
            loss = self.value
        if now and self.where.startswith("gradient"):
            grads[self.where.split()[1]].flat[-1] = self.value
        return loss, grads


CASES = [
    (call, where, value)
    for call in (1, 2, 7, 23)
    for where in ("input", "loss", "gradient W1", "gradient b1")
    for value in (np.nan, np.inf, -np.inf)
]


@pytest.mark.parametrize(("call", "where", "value"), CASES)
def test_what_is_not_finite_is_named_in_its_step(tmp_path, call, where, value):
    """At any step, in input, loss or gradient: stopped there, weights of before kept, checkpoint untouched."""
    data = {name: array[:20] for name, array in softmax_data().items()}
    model, path = Poisoned(call, where, value), tmp_path / "run.npz"
    settings = {"eval_every": 10**6, "update_rule": "adam", "restore_best": False}
    solver = quiet(model, data, num_epochs=30, checkpoint_name=path, **settings)
    # the evaluation before training is done on a copy, so calls count training steps alone
    with pytest.raises(DivergedError) as caught:
        solver.train()
    text = str(caught.value)
    what = {"input": "loss is ", "loss": f"loss is {value}", "gradient W1": "gradient of 'W1' is not finite"}
    assert text.startswith(what.get(where, "gradient of 'b1' is not finite")), text
    assert f" at step {call} (epoch " in text
    assert f"State before the step: {tmp_path / 'diverged.npz'}" in text
    assert solver.stopped_reason == "diverged"
    assert len(solver.loss_history) == call - 1
    untouched = quiet(CourseNet(), data, num_epochs=call - 1, **settings).train()
    assert np.array_equal(weights(model), weights(untouched.model))
    saved = checkpoint.read(tmp_path / "diverged.npz")
    assert saved.meta["counters"]["step"] == call - 1
    if path.exists():
        assert checkpoint.read(path).meta["counters"]["step"] == call - 1


@pytest.mark.parametrize("name", ["W1", "W2", "b3"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("step", [1, 4, 9])
def test_a_parameter_that_is_not_finite_is_named(name, value, step):
    class Poison:
        def on_step(self, solver, logs):
            if logs["step"] == step:
                solver.model.params[name].flat[0] = value

    solver = quiet(flat_net(activation="tanh"), callbacks=[Poison()], eval_every=10**6)
    with np.errstate(invalid="ignore", over="ignore"), pytest.raises(DivergedError) as caught:
        solver.train()
    assert f"at step {step + 1} (epoch {(step + 1) / 6:.3g})." in str(caught.value)  # of six steps
    assert f"parameter {name!r} is not finite" in str(caught.value)


class PutIn:
    """After a step, puts a value into a parameter, in place or in a new array."""

    def __init__(self, step, value, rebind=False):
        self.step, self.value, self.rebind = step, value, rebind

    def on_step(self, solver, logs):
        if logs["step"] == self.step:
            changed = np.array(solver.model.params["W1"])
            changed[-1, -1] = self.value
            if self.rebind:
                solver.model.params["W1"] = changed
            else:
                solver.model.params["W1"][...] = changed


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("make", [flat_net, CourseNet])
@pytest.mark.parametrize("rebind", [False, True])
def test_no_checkpoint_of_what_is_not_finite_is_written(tmp_path, value, make, rebind):
    path = tmp_path / "run.npz"
    solver = quiet(make(), callbacks=[PutIn(4, value, rebind)], checkpoint_name=path, checkpoint_every=1)
    with pytest.raises(DivergedError) as caught:
        solver.train()
    text = str(caught.value)
    assert text.startswith("parameter 'W1' is not finite after step 4 (epoch 0.667). Last finite loss "), text
    assert "(now 0.01) or clip_norm. The last checkpoint is of before." in text
    assert solver.stopped_reason == "diverged"
    saved = checkpoint.read(path)
    assert saved.meta["counters"]["step"] == 3
    untouched = quiet(make(), num_epochs=1, callbacks=[SaveAt(tmp_path, [3])]).train()
    assert untouched.step == 6
    assert Solver.load(path, make(), softmax_data()).train().loss_history[:6] == untouched.loss_history


@pytest.mark.parametrize("settings", [{}, {"restore_best": False}, {"eval_every": 10**6}])
def test_a_run_whose_last_update_left_the_numbers_has_not_finished(settings):
    solver = quiet(flat_net(), callbacks=[PutIn(30, np.inf)], **settings)
    with pytest.raises(DivergedError, match=r"parameter 'W1' is not finite after step 30 \(epoch 5\)") as caught:
        solver.train()
    assert "checkpoint" not in str(caught.value)
    assert solver.stopped_reason == "diverged"


def test_a_start_that_is_not_finite_keeps_the_checkpoint_of_an_earlier_run(tmp_path):
    path = tmp_path / "run.npz"
    quiet(flat_net(), num_epochs=1, checkpoint_name=path).train()
    before = path.read_bytes()
    model = flat_net()
    model.params["W1"][0, 0] = np.nan
    with pytest.raises(DivergedError, match="Parameter 'W1' is so from the start"):
        quiet(model, checkpoint_name=path, checkpoint_every=1).train()
    assert path.read_bytes() == before


def test_the_message_of_a_divergence():
    with np.errstate(all="ignore"), pytest.raises(DivergedError) as caught:
        quiet(flat_net(loss="squared", activation="relu"), optim_config={"learning_rate": 1e6}, num_epochs=50).train()
    text = str(caught.value)
    assert "Last finite loss " in text
    assert "gradient norm " in text
    assert "Try a smaller learning_rate (now 1e+06) or clip_norm." in text
    assert "State before the step: not saved (no checkpoint_name)" in text


def test_large_but_finite_gradients_pass():
    """Squares overflow float32 long before the gradient does: that alone is no divergence."""
    model = CourseNet(dtype=np.float32)
    plain = model.loss
    model.loss = lambda X, y=None: (
        plain(X) if y is None else (plain(X, y)[0], {n: np.full_like(a, 1e25) for n, a in model.params.items()})
    )
    solver = quiet(model, softmax_data(dtype=np.float32), clip_norm=1.0, num_epochs=1)
    solver.train()
    assert np.isclose(solver.history.rows[-1]["grad_norm"], 1e25 * np.sqrt(39), rtol=1e-5)
    assert np.abs(weights(model)).max() < 1
