"""What the loop does between two steps, by hand: with a run that only counts and a list of what was asked of it."""

import signal
from types import SimpleNamespace

import pytest
from solver_cases import CourseNet, flat_net, quiet

from solver import loop
from solver.loop import Loop

EPOCH = 6  # steps


def settings_of(**settings):
    usual = {"target": None, "patience": None, "eval_every": None, "checkpoint_every": None, "checkpoint_name": None,
             "lr_decay": 1.0, "max_seconds": None, "num_epochs": 3}  # fmt: skip
    return SimpleNamespace(**usual | settings)


def state(step=8, evaluated=8, accuracy=0.5, since=2, **settings):
    rows = [{"val_acc": 0.99, "step": step} for step in (0, 3)] + [{"val_acc": accuracy, "step": evaluated}]
    return SimpleNamespace(
        settings=settings_of(**settings), step=step, evaluated_at=evaluated, history=SimpleNamespace(rows=rows),
        best=SimpleNamespace(since=since), total_steps=3 * EPOCH, steps_per_epoch=EPOCH, epoch=step // EPOCH,
        stopped_reason=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, None),
        ({"target": 0.5}, "target"),
        ({"target": 0.49}, "target"),
        ({"target": 0.51}, None),
        ({"target": 0.5, "evaluated": 7}, None),
        ({"patience": 2}, "patience"),
        ({"patience": 1}, "patience"),
        ({"patience": 3}, None),
        ({"patience": 2, "evaluated": 6}, None),
        ({"patience": 2, "target": 0.5}, "target"),
        ({"step": 17}, None),
        ({"step": 18}, "finished"),
        ({"step": 19}, "finished"),
        ({"step": 18, "evaluated": 18, "target": 0.5}, "target"),
    ],
)
def test_the_state_that_ends_a_run(given, reason):
    assert loop.end_of(state(**given)) == reason


@pytest.mark.parametrize(
    ("stopped", "given", "told"),
    [
        ("target", {"target": 0.5}, "the target 0.5 is reached (0.5). Set solver.settings.target to a higher one, or"),
        ("patience", {"patience": 2}, "patience=2 ended the run at epoch 1. train(num_epochs=11) goes on to that epoch,"
         " with patience counted anew."),
        ("finished", {"step": 18}, "all 3 epochs are done. train(num_epochs=13) goes on to that epoch."),
        ("finished", {"step": 17}, None),
        ("interrupted", {"step": 18}, None),
        ("callback", {"step": 18}, None),
        (None, {"patience": 2}, None),
    ],
)  # fmt: skip
def test_what_a_run_that_is_over_is_told(stopped, given, told):
    run = state(**given)
    run.stopped_reason = stopped
    found = loop.nothing_left(run)
    assert found is None if told is None else found.startswith(told)


def loop_at(step, epoch=None, evaluated=None, evaluates=False, answer=False, **settings):
    """A loop whose run is at that step, and the list of what it asks for."""
    run, told = state(step, step if evaluated is None else evaluated, **settings), []
    run.epoch = step // EPOCH if epoch is None else epoch
    run.evaluates_after = lambda after: evaluates and after == step
    run.updater = SimpleNamespace(scale=lambda factor: told.append(("scale", factor)))
    run.rest = lambda: told.append("rest")
    made = Loop.__new__(Loop)
    made.run, made.settings, made.asked_to_stop, made.started = run, run.settings, False, 4.0
    made.interrupt = SimpleNamespace(signal=None)
    made._evaluate = lambda: told.append("evaluate")
    made._save = lambda: told.append("save")
    made._call = lambda hook, row: told.append((hook, row["epoch"])) or answer
    return made, told


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"step": 6, "epoch": 0, "evaluated": 0, "evaluates": True}, ["evaluate", ("on_epoch", 1), "save"]),
        ({"step": 6, "epoch": 0, "evaluates": True}, [("on_epoch", 1), "save"]),
        ({"step": 6, "epoch": 0, "evaluated": 3}, [("on_epoch", 1), "save"]),
        ({"step": 6, "epoch": 1}, []),
        ({"step": 11, "epoch": 1}, []),
        ({"step": 12, "epoch": 1, "lr_decay": 0.5}, [("scale", 0.5), ("on_epoch", 2), "save"]),
        ({"step": 12, "epoch": 2, "lr_decay": 0.5}, []),
        ({"step": 12, "epoch": 1, "lr_decay": 2.0, "checkpoint_every": 5}, [("scale", 2.0), ("on_epoch", 2)]),
        ({"step": 10, "epoch": 1, "checkpoint_every": 5}, ["save"]),
        ({"step": 0, "epoch": 0, "checkpoint_every": 5, "evaluated": -1, "evaluates": True}, ["evaluate", "save"]),
        ({"step": 7, "evaluated": 6, "evaluates": True, "checkpoint_every": 1}, ["evaluate", "save"]),
    ],
)
@pytest.mark.parametrize("answer", [True, False])
def test_what_is_due_after_a_step_is_done_once(given, wanted, answer):
    made, told = loop_at(answer=answer, **given)
    made._between()
    assert told == wanted
    closed = any(what[0] == "on_epoch" for what in wanted)
    assert made.run.epoch == given.get("epoch", given["step"] // EPOCH) + closed
    assert made.asked_to_stop is (answer and closed)


@pytest.mark.parametrize(
    ("given", "asked", "caught", "reason"),
    [
        ({}, False, None, None), ({}, True, None, "callback"), ({"max_seconds": 6.0}, False, None, "max_seconds"),
        ({"max_seconds": 6.5}, False, None, None), ({"max_seconds": 6.0}, True, None, "callback"),
        ({"step": 18}, True, None, "finished"), ({"step": 18}, True, signal.SIGINT, "interrupted"),
    ],
)  # fmt: skip
def test_why_a_run_ends(given, asked, caught, reason, monkeypatch):
    """It began at second 4, and now is second 10."""
    monkeypatch.setattr("solver.loop.time.perf_counter", lambda: 10.0)
    made, _ = loop_at(**{"step": 8, **given})
    made.asked_to_stop, made.interrupt.signal = asked, caught
    assert made._reason() == reason


@pytest.mark.parametrize(
    ("reason", "evaluated", "wanted"),
    [
        ("finished", 8, ["rest", "save"]),
        ("target", 8, ["rest", "save"]),
        ("callback", 6, ["save", "evaluate", "rest"]),
        ("max_seconds", 6, ["save", "evaluate", "rest"]),
        ("interrupted", 8, ["save"]),
        ("interrupted", 6, ["save"]),
    ],
)
def test_what_is_done_at_the_end(reason, evaluated, wanted):
    made, told = loop_at(8, evaluated=evaluated)
    made._close(reason)
    assert told == wanted
    assert made.run.stopped_reason == reason


@pytest.mark.parametrize(("every", "lines"), [(1, [1, 2, 3, 4, 5, 6]), (4, [1, 4]), (7, [1]), (0, [])])
def test_which_steps_are_reported(every, lines):
    solver, told = quiet(flat_net(), num_epochs=1), []
    made = Loop(solver.run, solver)
    made.report.every, made.report.step = every, lambda step, loss: told.append((step, loss))
    made.train()
    assert told == [(step, solver.loss_history[step - 1]) for step in lines]


def test_an_interrupted_run_that_saved_nothing_names_no_way_to_resume():
    class Press:
        def on_step(self, solver, logs):
            if logs["step"] == 4:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        quiet(CourseNet(), callbacks=[Press()]).train()
    assert caught.value.args == ("interrupted at step 4",)


@pytest.mark.parametrize(
    ("step", "name", "bad", "saved"),
    [(3, "run.npz", None, True), (3, None, None, False), (0, "run.npz", "W1", False), (0, "run.npz", None, True)],
)
def test_a_state_is_saved_where_it_has_a_name_and_is_finite(step, name, bad, saved, monkeypatch):
    run, told = state(step, checkpoint_name=name), []
    run.parameters = SimpleNamespace(not_finite=lambda: bad)
    monkeypatch.setattr(loop, "save", lambda *given: told.append(given))
    monkeypatch.setattr(loop, "checkpoint_path", lambda settings: settings.checkpoint_name)
    made = Loop.__new__(Loop)
    made.run, made.settings = run, run.settings
    made._save()
    assert told == ([(run, name)] if saved else [])
