"""The small parts of a run, each by hand: counters at the start, what ends it, what it prints and draws, callbacks."""

import math
import signal
import types

import numpy as np
import pytest
from solver_cases import flat_net, quiet

from solver import ReduceOnPlateau, StopOnPlateau
from solver.monitoring import progress
from solver.monitoring.callbacks import HOOKS, Callbacks
from solver.monitoring.history import COLUMNS, History, log_files
from solver.monitoring.layer_record import LayerRecord, _size
from solver.monitoring.progress import Reporter
from solver.monitoring.stopping import Best, Interrupt
from solver.plotting import plot


def test_a_run_begins_with_nothing_done():
    run = quiet(flat_net()).run
    assert (run.step, run.epoch, run.seconds_train, run.seconds_eval, run.evaluated_at) == (0, 0, 0, 0, -1)
    assert run.history.loss == run.history.rows == []
    assert run.update_ratio == {}
    assert run.stopped_reason is None
    assert (run.settings.engine, run.compiled) == ("auto", None)  # the first training settles it
    best = Best()
    assert best.state() == {"score": -math.inf, "accuracy": -math.inf, "loss": math.inf, "step": 0, "since": 0}
    assert best.min_delta == 0


def row(accuracy, loss, step):
    return {"val_acc": accuracy, "val_loss": loss, "step": step}


def test_what_is_best():
    best = Best(min_delta=0.1)
    told = [
        best.update(row(0.5, 1.0, 0)),
        best.update(row(0.5, 0.9, 1)),  # of equal measures the smaller loss
        best.update(row(0.5, 0.9, 2)),
        best.update(row(0.4, 0.1, 3)),
        best.update(row(0.6, 2.0, 4)),  # better, and by no more than min_delta
        best.update(row(0.75, math.nan, 5)),
        best.update(row(0.75, 3.0, 6)),  # any number is less than nan
        best.update(row(0.75, math.nan, 7)),
    ]
    assert told == [True, True, False, False, True, True, True, False]
    assert best.state() == {"score": 0.75, "accuracy": 0.75, "loss": 3.0, "step": 6, "since": 2}
    of_loss = Best()
    assert [of_loss.update(row(math.nan, loss, k)) for k, loss in enumerate((2.0, 1.0, 1.0, math.nan, 0.5))] == [
        True, True, False, False, True]  # fmt: skip
    assert (of_loss.score, of_loss.since) == (-0.5, 0)


@pytest.mark.parametrize(("number", "error", "code"), [
    (None, KeyboardInterrupt, None), (signal.SIGINT, KeyboardInterrupt, None), (signal.SIGTERM, SystemExit, 128 + 15),
])  # fmt: skip
def test_an_interrupt_ends_as_the_shell_expects(number, error, code):
    interrupt = Interrupt()
    interrupt.signal = number
    with pytest.raises(error) as caught:
        interrupt.throw("stopped")
    assert code is None or caught.value.code == code
    assert code is not None or caught.value.args == ("stopped",)


def test_handlers_are_ours_while_training_and_nobody_elses():
    def theirs(number, frame):
        raise AssertionError

    before = signal.getsignal(signal.SIGINT), signal.signal(signal.SIGTERM, theirs)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        interrupt = Interrupt()
        interrupt.signal = 5
        with interrupt.watching():
            assert interrupt.signal is None
            assert signal.getsignal(signal.SIGINT) == interrupt._note
            assert signal.getsignal(signal.SIGTERM) is theirs
            interrupt._note(signal.SIGINT, None)
            assert interrupt.signal == signal.SIGINT
            with pytest.raises(KeyboardInterrupt, match="interrupted twice"):
                interrupt._note(signal.SIGINT, None)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])


def test_a_history_in_short():
    history = History(["W", "b"])
    assert repr(history) == "History(0 steps, 0 evaluations)"
    history.loss += [3.0, 0.123456]
    history.rows.append({"val_acc": 0.5, "train_acc": 0.25, "step": 2})
    assert repr(history) == "History(2 steps, 1 evaluations, last loss 0.1235)"
    history.measure, history.beside = "r2", ("rmse",)
    assert history.column("val_r2") == history.column("val_acc") == [0.5]
    assert history.column("train_r2") == [0.25]
    assert history._names == [
        *(name.replace("_acc", "_r2") for name in COLUMNS),
        "train_rmse", "val_rmse", "update_ratio/W", "update_ratio/b",
    ]  # fmt: skip


def test_names_of_logs():
    assert [str(path) for path in log_files(["a.csv", "b.jsonl"])] == ["a.csv", "b.jsonl"]
    assert log_files(None) == []
    with pytest.raises(ValueError, match=r"^log must end in \.csv or \.jsonl; got 'a\.txt'\.$"):
        log_files("a.txt")
    with pytest.raises(TypeError, match=r"^log must be a path or a list of paths, ending in .* got 3\.$"):
        log_files(3)


EVALUATED = {
    "val_acc": 0.5,
    "train_acc": 0.25,
    "val_loss": 2.0,
    "train_loss": 1.0,
    "epoch": 1.5,
    "loss": 1.25,
    "lr": 0.1,
}


def test_the_lines_of_a_run(capsys):
    report = Reporter("lines", True, 5)
    report.begin(0, 20)
    report.step(5, 0.5)
    report.evaluated(EVALUATED, 3)
    report.evaluated(EVALUATED, 3, "r2")
    report.evaluated({**EVALUATED, "val_acc": math.nan}, 3)
    report.end("finished")
    report.end("patience")
    assert capsys.readouterr().out.splitlines() == [
        "(Iteration 5 / 20) loss: 0.500000",
        "(Epoch 1.5 / 3) train acc: 0.250000; val_acc: 0.500000",
        "(Epoch 1.5 / 3) train r2: 0.250000; val_r2: 0.500000",
        "(Epoch 1.5 / 3) train loss: 1.000000; val_loss: 2.000000",
        "stopped: patience",
    ]
    Reporter("none", True, 5).evaluated(EVALUATED, 3)
    Reporter("none", True, 5).end("patience")
    assert capsys.readouterr().out == ""


def test_a_bar_is_told_of_steps_and_of_evaluations():
    told = []
    report = Reporter("lines", True, 5)
    report._bar = types.SimpleNamespace(
        n=3, update=told.append, close=lambda: told.append("closed"),
        set_description=lambda text, refresh: told.append(text), set_postfix_str=told.append,
    )  # fmt: skip
    report.step(7, 0.5)
    report.evaluated(EVALUATED, 3)
    report.end("finished")
    assert told == [4, "epoch 1.5/3", "loss 1.25, val 0.5000, lr 0.1", "closed"]
    assert report._bar is None


def test_the_bar_goes_with_the_terminal_and_stays(monkeypatch):
    given = {}
    fake = types.SimpleNamespace(tqdm=lambda **settings: given.update(settings))
    monkeypatch.setitem(progress.sys.modules, "tqdm.auto", fake)
    Reporter("bar", True, 5).begin(3, 20)
    assert given.pop("file") is not None
    assert given == {"total": 20, "initial": 3, "unit": "step", "dynamic_ncols": True, "leave": True}


@pytest.mark.parametrize(("kind", "every"), [("lines", 7), ("bar", 1), ("line", 1), ("none", 0)])
def test_how_often_a_kind_of_progress_is_told(kind, every):
    assert Reporter(kind, True, 7).every == every
    assert Reporter(kind, False, 7).every == 0


def test_auto_asks_the_terminal(monkeypatch):
    for terminal, kind in ((True, "bar"), (False, "lines")):
        monkeypatch.setattr(progress.sys, "stderr", types.SimpleNamespace(isatty=lambda terminal=terminal: terminal))
        assert progress._resolve("auto") == kind
    monkeypatch.setattr(progress.sys, "stderr", types.SimpleNamespace(isatty=lambda: True))
    monkeypatch.setitem(progress.sys.modules, "tqdm", None)
    assert progress._resolve("auto") == "line"
    assert progress._resolve("lines") == "lines"


@pytest.mark.parametrize(("steps", "width", "label"), [(199, 1, "training"), (300, 3, "training, mean of 3")])
def test_the_curves_of_a_picture(steps, width, label):
    history = History([])
    history.loss = list(np.linspace(3.0, 1.0, steps))
    history.rows = [{"step": k, "val_loss": 1.0, "train_acc": 0.25, "val_acc": 0.5} for k in (0, 10)]
    losses, accuracies = plot(history, measure="R2").axes
    each, mean, val = losses.lines
    np.testing.assert_array_equal(each.get_xdata(), np.arange(1, steps + 1))
    np.testing.assert_array_equal(each.get_ydata(), history.loss)
    np.testing.assert_array_equal(mean.get_xdata(), np.arange(width, steps + 1))
    wanted = [np.mean(history.loss[k : k + width]) for k in range(steps - width + 1)]
    np.testing.assert_allclose(mean.get_ydata(), wanted)
    assert (mean.get_label(), val.get_label(), losses.get_yscale()) == (label, "validation", "log")
    assert [line.get_ydata()[0] for line in accuracies.lines] == [0.25, 0.5]
    assert (losses.get_ylabel(), accuracies.get_ylabel(), losses.get_xlabel()) == ("loss", "R2", "step")
    history.loss[0] = -1.0
    figure = plot(history)
    assert figure.axes[0].get_yscale() == "linear"
    assert figure.get_size_inches().tolist() == [9, 3.6], "two panels side by side, each wider than high"
    history.loss = []
    assert len(plot(history).axes[0].lines) == 1


def test_callbacks_are_all_called_and_true_alone_stops():
    called = []

    def one(answer):
        return type("One", (), {"on_step": lambda self, *given: called.append(given) or answer})()

    for answers, stops in (((None, 1, "yes"), False), ((True, None), True), ((False, True), True), ((), False)):
        called.clear()
        assert Callbacks([one(answer) for answer in answers]).call("on_step", "solver", 3) is stops
        assert called == [("solver", 3)] * len(answers)
        assert Callbacks([one(answer) for answer in answers]).call("on_eval") is False
    with pytest.raises(
        TypeError, match=r"^callback StopOnPlateau is a class: pass an object, StopOnPlateau\(\.\.\.\)\.$"
    ):
        Callbacks([StopOnPlateau])
    with pytest.raises(TypeError, match=f"^callback 3 has none of the hooks {', '.join(HOOKS)}.$"):
        Callbacks([3])


@pytest.mark.parametrize(("patience", "factor", "good"), [(1, 0.5, True), (0, 0.5, False), (1, 0, False), (1, 1, False),
                                                          (1, 0.99, True)])  # fmt: skip
def test_the_borders_of_a_plateau(patience, factor, good):
    if good:
        assert ReduceOnPlateau(factor, patience=patience).state() == {"best": math.inf, "since": 0}
        return
    message = "patience must be at least 1; got 0." if patience == 0 else "factor must be between 0 and 1; got"
    with pytest.raises(ValueError, match=message):
        ReduceOnPlateau(factor, patience=patience)


def test_a_plateau_reduces_and_counts_anew():
    told = []
    solver = types.SimpleNamespace(reduce_learning_rate=lambda factor, lowest: told.append((factor, lowest)))
    reduce = ReduceOnPlateau(0.5, patience=2, lowest=0.01)
    for loss in (1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5):
        reduce.on_eval(solver, {"val_loss": loss})
    assert told == [(0.5, 0.01)] * 2
    assert reduce.state() == {"best": 0.5, "since": 1}
    with pytest.raises(
        ValueError, match=r"^nothing called 'val_r2' to monitor\. There is: loss, val_acc; train_acc and val"
    ):
        StopOnPlateau("val_r2").on_eval(None, {"loss": 1, "val_acc": 1})


@pytest.mark.parametrize("size", [1, 0, 2.0, "3", None])
def test_a_record_of_layers_needs_two_rows(size):
    with pytest.raises(ValueError, match=r"^size is .*; expected a number of rows, 2 or more$"):
        LayerRecord(size)
    assert LayerRecord(2).size == 2
    assert _size(np.array([3.0, 4.0])) == pytest.approx(math.sqrt(12.5))
