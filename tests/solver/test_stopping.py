"""What ends a run: patience, target, time, callbacks, plateaus, interrupts."""

import signal
from types import SimpleNamespace

import numpy as np
import pytest
from solver_cases import flat_net, quiet, softmax_data, weights

from solver import Solver, StopOnPlateau, checkpoint
from solver.loop import Loop


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


@pytest.mark.parametrize(
    ("step", "epoch", "evaluation", "checkpoint", "total", "due"),
    [(7, 5, 3, None, 100, 9), (9, 5, 3, None, 100, 10), (10, 5, None, 4, 100, 12), (0, 5, None, None, 100, 5),
     (7, 5, 3, None, 8, 8), (0, 7, 7, 1, 100, 1)],
)  # fmt: skip
def test_what_is_due_next_by_hand(step, epoch, evaluation, checkpoint, total, due):
    run = SimpleNamespace(step=step, steps_per_epoch=epoch, total_steps=total)
    settings = SimpleNamespace(eval_every=evaluation, checkpoint_every=checkpoint)
    assert Loop._next_due(SimpleNamespace(run=run, settings=settings)) == due
