"""What watches a run, by hand: plateaus, the best row, progress, columns of logs, the record of layers, pictures."""

import json
import math
import struct
import types
from pathlib import Path

import numpy as np
import pytest
from solver_cases import flat_net, quiet

from solver import LayerRecord, ReduceOnPlateau, StopOnPlateau
from solver.monitoring import progress
from solver.monitoring.callbacks import Callbacks
from solver.monitoring.history import History
from solver.monitoring.progress import Reporter
from solver.monitoring.stopping import Best, Interrupt
from solver.plotting import plot


@pytest.mark.parametrize(
    ("monitor", "values", "waits"),
    [
        ("val_loss", [3.0, 2.5, 1.75], [0, 1, 0]),  # by no more than min_delta is no improvement
        ("val_loss", [3.0, 2.7, 2.4], [0, 1, 0]),
        ("val_acc", [0.0, 0.5, 0.75], [0, 1, 0]),
        ("val_acc", [0.1, 0.4, 0.7], [0, 1, 0]),
        ("loss", [0.0, 0.0, -0.5, -1.0], [0, 1, 2, 0]),
        ("loss", [1.0, 1.0, 2.0, 3.0, 0.0], [0, 1, 2, 3, 0]),  # asked again, it says so again
    ],
)
def test_an_improvement_is_more_than_min_delta(monitor, values, waits):
    plateau = StopOnPlateau(monitor, patience=2, min_delta=0.5)
    stops = [(plateau.on_eval(None, {monitor: value}), plateau.since) for value in values]
    assert stops == [(wait >= 2, wait) for wait in waits]
    assert plateau.best == (-values[-1] if monitor == "val_acc" else values[-1])
    again = ReduceOnPlateau(monitor=monitor)
    again.restore(plateau.state())
    assert (again.best, again.since) == (plateau.best, plateau.since)


def test_patience_of_a_plateau_is_one_at_least_and_its_factor_a_share():
    for factor in (-0.5, 0, 1, 1.5):
        with pytest.raises(ValueError, match=f"^factor must be between 0 and 1; got {factor}.$"):
            ReduceOnPlateau(factor)
    assert StopOnPlateau(patience=1).patience == 1
    for patience in (0, -1):
        with pytest.raises(ValueError, match=f"^patience must be at least 1; got {patience}.$"):
            StopOnPlateau(patience=patience)


class Kept:
    def __init__(self, kept):
        self.kept = kept

    def on_eval(self, solver, logs):
        pass

    def state(self):
        return {"kept": self.kept}

    def restore(self, state):
        self.kept = state["kept"]


class Silent:
    def on_eval(self, solver, logs):
        pass


def test_states_of_callbacks_come_back_in_their_order():
    saved = Callbacks([Kept(1), Silent(), Kept(2)]).state()
    assert saved == [{"name": "Kept", "state": {"kept": 1}}, {"name": "Kept", "state": {"kept": 2}}]
    fresh = Callbacks([Silent(), Kept(0), Kept(0)])
    fresh.restore(saved)
    assert [one.kept for one in fresh.all[1:]] == [1, 2]
    with pytest.raises(ValueError, match=r"with the callbacks Kept, Kept that have a state; got Kept\. Pass"):
        Callbacks([Kept(0)]).restore(saved)


def row(accuracy, loss, step):
    return {"val_acc": accuracy, "val_loss": loss, "step": step}


def test_rows_without_any_number_are_no_better_than_the_first():
    best = Best()
    told = [best.update(row(math.nan, loss, k)) for k, loss in enumerate((math.nan, math.inf, math.nan), start=1)]
    assert told == [True, False, False]
    assert (best.step, best.since) == (1, 2)
    best = Best()
    assert [best.update(row(math.nan, math.nan, k)) for k in (0, 1)] == [True, True]  # one of step 0 is as good as none


def test_what_is_worse_than_the_evaluation_before_training_is_no_better():
    best = Best()
    assert [best.update(row(accuracy, 1.0, k)) for k, accuracy in enumerate((0.5, 0.25, 0.75))] == [True, False, True]


def test_any_other_signal_ends_as_the_shell_expects():
    interrupt = Interrupt()
    for number in (1, 3, 15):
        interrupt.signal = number
        with pytest.raises(SystemExit) as caught:
            interrupt.throw("stopped")
        assert caught.value.code == 128 + number


def test_the_loss_of_the_best_row_is_looked_up_at_its_step():
    best = Best()
    state = {"score": 0.5, "accuracy": 0.5, "step": 20, "since": 1}
    best.restore(state, [row(0.4, 4.0, 10), row(0.5, 2.0, 20), row(0.5, 3.0, 30)])
    assert best.state() == {**state, "loss": 2.0}
    best.restore({**state, "loss": 1.5}, [])
    assert best.loss == 1.5
    for rows in ([], [row(0.4, 4.0, 10), row(0.5, 3.0, 30)]):
        best.restore(state, rows)
        assert best.loss == math.inf


ROW = {"val_acc": 0.5, "train_acc": 0.25, "val_loss": 2.0, "train_loss": 1.0, "epoch": 1.5, "loss": 1.25, "lr": 0.1}


@pytest.mark.parametrize("kind", ["none", "bar", "line"])
def test_only_lines_are_printed(kind, capsys):
    report = Reporter(kind, True, 5)
    report.evaluated(ROW, 3)
    report.end("patience")
    report.end("callback")
    assert capsys.readouterr().out == ""


def test_lines_of_the_first_steps_and_of_every_reason(capsys):
    report = Reporter("lines", True, 5)
    report.begin(1, 7)
    report.step(1, 2.0)
    for reason in ("callback", "finished", "target"):
        report.end(reason)
    assert capsys.readouterr().out == (
        "(Iteration 1 / 7) loss: 2.000000\nstopped: callback\nstopped: target\n"
    )


def test_a_stream_that_is_no_terminal_gets_lines(monkeypatch):
    for stream in (None, types.SimpleNamespace(isatty=lambda: False), object()):
        monkeypatch.setattr(progress.sys, "stderr", stream)
        assert progress._resolve("auto") == "lines"


def test_a_bar_is_drawn_once_an_evaluation():
    told = []
    report = Reporter("lines", True, 5)
    report._bar = types.SimpleNamespace(
        set_description=lambda text, refresh: told.append((text, refresh)), set_postfix_str=told.append
    )
    report.evaluated({**ROW, "val_acc": math.nan}, 3)
    assert told == [("epoch 1.5/3", False), "loss 1.25, val 2.0000, lr 0.1"]


def test_the_line_begins_where_the_run_does(monkeypatch):
    given = []
    monkeypatch.setattr(progress, "ProgressLine", lambda *arguments: given.append(arguments))
    monkeypatch.setattr(progress.sys, "stderr", "stream")
    Reporter("line", True, 5).begin(3, 20)
    assert given == [(20, "stream", 3, "steps")]


LOGGED = {"step": 5, "epoch": 1.0, "examples": 50, "seconds_train": 0.5, "seconds_eval": 0.25, "loss": math.nan,
          "train_loss": 1.0, "train_acc": 0.5, "val_loss": 2.0, "val_acc": math.inf, "lr": 0.1, "grad_norm": 3.0,
          "update_ratio": {"W": 0.01}}  # fmt: skip


@pytest.mark.parametrize("label", ["acc", "r2", "AUC"])
def test_the_columns_of_a_measure(label):
    history = History(["W", "b"])
    history.measure, history.rows = label, [dict(LOGGED)]
    assert history.column("val_loss") == [2.0]
    assert history.column(f"train_{label}") == history.column("train_acc") == [0.5]
    assert history.column("step") == [5]
    names = ["step", "epoch", "examples", "seconds_train", "seconds_eval", "loss", "train_loss", f"train_{label}",
             "val_loss", f"val_{label}", "lr", "grad_norm", "update_ratio/W", "update_ratio/b"]  # fmt: skip
    assert history._header(Path("h.csv")) == ",".join(names) + "\n"
    assert history._header(Path("h.jsonl")) == ""
    assert history._line(Path("h.csv"), LOGGED) == "5,1.0,50,0.5,0.25,nan,1.0,0.5,2.0,inf,0.1,3.0,0.01,\n"
    line = json.loads(history._line(Path("h.jsonl"), LOGGED))
    assert list(line) == [*names[:12], "update_ratio"]
    assert (line["loss"], line[f"val_{label}"], line["lr"], line["update_ratio"]) == (None, None, 0.1, {"W": 0.01})


def test_a_history_shows_its_last_loss():
    history = History(["W"])
    history.loss = [3.0, 2.0, 1.5]
    assert repr(history) == "History(3 steps, 0 evaluations, last loss 1.5)"


def test_logs_are_written_from_the_start_and_then_line_by_line(tmp_path):
    files = [tmp_path / "a" / "b" / "h.csv", tmp_path / "h.jsonl"]
    history = History(["W"], files)
    history.rows = [dict(LOGGED)]
    for _ in range(2):
        history.start_files()
    history.add({**LOGGED, "step": 6})
    assert [line.split(",")[0] for line in files[0].read_text().splitlines()] == ["step", "5", "6"]
    assert [json.loads(line)["step"] for line in files[1].read_text().splitlines()] == [5, 6]
    assert [row["step"] for row in history.rows] == [5, 6]


class Told:
    """Its values and gradients are what a test says; noise is one number of the stream that it is handed."""

    noisy = True

    def __init__(self):
        self.params = {"W": np.array([3.0, -4.0]), "b": np.array([0.0])}
        self.rows, self.noise = [], []

    def __deepcopy__(self, memo):
        return self

    def values(self, X):
        return {"x": X, "a": np.array([[0.0, 2.0], [0.0, 4.0]]), "z": np.array([[1.0, 0, 0], [0, 0, 0]])}

    def loss(self, X, y, rng):
        self.rows.append((len(X), len(y)))
        self.noise.append(rng.random())
        return 1.0, {"b": np.array([-2.0]), "W": np.array([1.0, 7.0])}


def test_a_row_of_the_record_of_layers():
    model, record = Told(), LayerRecord(size=3)
    solver = types.SimpleNamespace(
        model=model, data=types.SimpleNamespace(X_train=np.ones((5, 2)), y_train=np.ones(5, int))
    )
    for step in (4, 8):
        record.on_eval(solver, {"step": np.int64(step), "epoch": step / 4})
    assert record.rows[0] == {
        "step": 4, "epoch": 1.0,
        "weights": {"W": math.sqrt(12.5), "b": 0.0}, "gradients": {"W": 5.0, "b": 2.0},
        "activations": {"a": math.sqrt(2.75), "z": pytest.approx(math.sqrt(5) / 6)}, "silent": {"a": 0.5, "z": 2 / 3},
    }  # fmt: skip
    assert (record.rows[1]["step"], model.rows) == (8, [(3, 3)] * 2)
    assert model.noise == [np.random.default_rng(0).random()] * 2
    again = LayerRecord(size=3)
    again.restore(json.loads(json.dumps(record.state())))
    assert again.rows == record.rows


def test_a_saved_picture_and_its_lines(tmp_path):
    history = History([])
    for lowest, scale in ((0.0, "linear"), (-0.5, "linear"), (5e-324, "log")):
        history.loss = [3.0, lowest, 1.0]
        assert plot(history).axes[0].get_yscale() == scale
    history.loss, history.rows = [3.0, 2.0, 1.0], [{"step": 0, "val_loss": 1.0, "train_acc": 0.25, "val_acc": 0.5}]
    figure = plot(history, tmp_path / "run.png")
    width, height = struct.unpack(">II", (tmp_path / "run.png").read_bytes()[16:24])
    assert (width, height) == (9 * 150, 540)
    losses, accuracies = figure.axes
    assert [line.get_linewidth() for line in losses.lines[:2]] == [0.5, 1.5]  # each step is thin, their mean is thick
    assert {line.get_markersize() for line in (losses.lines[2], *accuracies.lines)} == {3}
    for axes in figure.axes:
        assert [axes.spines[side].get_visible() for side in ("left", "bottom", "top", "right")] == [1, 1, 0, 0]
    assert quiet(flat_net(), num_epochs=1).train().plot().axes[1].get_ylabel() == "accuracy"
