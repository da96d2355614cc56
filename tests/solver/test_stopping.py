"""What ends a run: patience, target, time, callbacks, plateaus, interrupts; and NaN, named within one step."""

import signal

import numpy as np
import pytest
from solver_cases import CourseNet, SaveAt, flat_net, quiet, softmax_data, weights

from solver import DivergedError, Solver, StopOnPlateau, checkpoint


def test_patience_stops_and_restores_the_best():
    model = flat_net()
    solver = quiet(model, optim_config={"learning_rate": 2.0}, num_epochs=100, patience=4).train()
    accuracies = solver.val_acc_history
    assert solver.stopped_reason == "patience"
    assert solver.step == solver.run.best.step + 4 * solver.steps_per_epoch
    assert accuracies[-5] == max(accuracies)
    assert solver.check_accuracy(solver.data.X_val, solver.data.y_val) == max(accuracies)


def test_min_delta_counts_small_gains_as_none():
    settings = {"optim_config": {"learning_rate": 0.5}, "num_epochs": 50, "patience": 2}
    solver = quiet(flat_net(), min_delta=0.9, **settings).train()
    assert solver.step == 2 * solver.steps_per_epoch
    assert solver.val_acc_history[0] < solver.val_acc_history[-1]
    assert solver.best_val_acc == max(solver.val_acc_history)
    assert quiet(flat_net(), **settings).train().step > solver.step


def test_a_target():
    solver = quiet(flat_net(), optim_config={"learning_rate": 0.5}, num_epochs=50, target=0.8).train()
    assert solver.stopped_reason == "target"
    assert solver.val_acc_history[-1] >= 0.8
    assert all(accuracy < 0.8 for accuracy in solver.val_acc_history[:-1])
    steps = solver.step
    with pytest.warns(UserWarning, match=r"made no step: the target 0.8 is reached"):
        assert solver.train().step == steps


def test_seconds(monkeypatch):
    from solver import loop

    clock = iter(range(10**6))
    monkeypatch.setattr(loop.time, "perf_counter", lambda: float(next(clock)))
    solver = quiet(flat_net(), num_epochs=50, max_seconds=20).train()
    assert solver.stopped_reason == "max_seconds"
    assert 0 < solver.step < 30
    assert solver.history.rows[-1]["step"] == solver.step


def test_an_early_stop_leaves_a_checkpoint_that_resumes_exactly(tmp_path):
    class StopAt:
        def on_step(self, solver, logs):
            return logs["step"] == 8

    whole = quiet(flat_net(), update_rule="adam").train()
    path = tmp_path / "run.npz"
    stopped = quiet(flat_net(), update_rule="adam", callbacks=[StopAt()], checkpoint_name=path).train()
    assert stopped.stopped_reason == "callback"
    assert stopped.history.rows[-1]["step"] == 8
    resumed = Solver.load(path, flat_net(), softmax_data())
    assert resumed.step == 8
    resumed.train()
    assert resumed.loss_history == whole.loss_history
    assert resumed.val_acc_history == whole.val_acc_history
    assert np.array_equal(weights(resumed.model), weights(whole.model))


@pytest.mark.parametrize("hook", ["on_step", "on_eval", "on_epoch"])
def test_true_from_a_hook_stops(hook):
    callback = type("Stop", (), {hook: lambda self, solver, logs: solver.step >= 6})()
    solver = quiet(flat_net(), callbacks=[callback]).train()
    assert solver.stopped_reason == "callback"
    assert solver.step == 6


def test_hooks_are_called_in_order():
    calls = []

    class All:
        def __getattr__(self, name):
            if not name.startswith("on_"):
                raise AttributeError(name)
            return lambda solver, *args: calls.append((name, solver.step))

    quiet(flat_net(), num_epochs=1, batch_size=60, callbacks=[All()]).train()
    names = ["on_train_begin", "on_eval", "on_step", "on_step", "on_eval", "on_epoch", "on_train_end"]
    assert calls == list(zip(names, [0, 0, 1, 2, 2, 2, 2], strict=True))


def test_stop_on_plateau():
    solver = quiet(flat_net(), callbacks=[StopOnPlateau(monitor="loss", patience=3, min_delta=1e9)]).train()
    assert solver.stopped_reason == "callback"
    assert solver.step == 3 * solver.steps_per_epoch


def test_an_interrupt_finishes_the_step_saves_and_raises(tmp_path):
    class Press:
        def on_step(self, solver, logs):
            if logs["step"] == 8:
                signal.raise_signal(signal.SIGINT)

    path = tmp_path / "run.npz"
    solver = quiet(flat_net(), update_rule="adam", callbacks=[Press()], checkpoint_name=path)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match="interrupted at step 8; resume with --resume"):
        solver.train()
    assert signal.getsignal(signal.SIGINT) is before
    assert solver.stopped_reason == "interrupted"
    assert checkpoint.read(path).meta["counters"]["step"] == 8
    whole = quiet(flat_net(), update_rule="adam").train()
    assert Solver.load(path, flat_net(), softmax_data()).train().loss_history == whole.loss_history
    assert solver.train().loss_history == whole.loss_history  # and so does the object itself


def test_an_interrupt_during_the_last_evaluation_is_not_swallowed(tmp_path):
    class Press:
        def on_eval(self, solver, logs):
            if logs["step"] == solver.total_steps:
                signal.raise_signal(signal.SIGINT)

    solver = quiet(flat_net(), callbacks=[Press()], checkpoint_name=tmp_path / "run")
    with pytest.raises(KeyboardInterrupt, match="interrupted at step 30"):
        solver.train()
    assert checkpoint.read(tmp_path / "run.npz").meta["counters"]["step"] == 30


def test_a_second_interrupt_acts_at_once():
    class Press:
        def on_step(self, solver, logs):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            raise AssertionError("the second signal was swallowed")

    with pytest.raises(KeyboardInterrupt, match="interrupted twice"):
        quiet(flat_net(), callbacks=[Press()]).train()


def test_sigterm_ends_the_process_politely():
    class Press:
        def on_step(self, solver, logs):
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(SystemExit) as caught:
        quiet(flat_net(), callbacks=[Press()]).train()
    assert caught.value.code == 143


def test_outside_the_main_thread_no_handler_is_touched():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(quiet(flat_net()).train).result().stopped_reason == "finished"


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
