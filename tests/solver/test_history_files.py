"""CSV and JSONL: one header, no lost and no doubled row, also over a kill and a resume; and what is printed."""

import csv
import io
import json
import sys

import numpy as np
import pytest
from solver_cases import SaveAt, flat_net, quiet, softmax_data, timeless

from base.progress_line import ProgressLine
from solver import Solver
from solver.monitoring.progress import Reporter


def read_csv(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def read_jsonl(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_files_hold_the_rows(tmp_path):
    files = [tmp_path / "deep" / "history.csv", tmp_path / "history.jsonl"]
    solver = quiet(flat_net(), log=files).train()
    table, lines = read_csv(files[0]), read_jsonl(files[1])
    assert lines == solver.history.rows
    assert len(table) == len(solver.history.rows) == 6
    for text, row in zip(table, solver.history.rows, strict=True):
        for name in ("step", "epoch", "loss", "val_loss", "val_acc", "lr", "grad_norm", "seconds_train"):
            assert float(text[name]) == row[name]
        for name in solver.model.params:
            cell = text[f"update_ratio/{name}"]
            assert (float(cell) if cell else None) == row["update_ratio"].get(name)


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_resume_writes_no_second_header_and_loses_no_row(tmp_path, suffix):
    log = tmp_path / f"history.{suffix}"
    read = read_csv if suffix == "csv" else read_jsonl
    whole = quiet(flat_net(), log=log, callbacks=[SaveAt(tmp_path, [14])]).train()
    wanted = timeless(read(log))
    half_a_line = log.read_bytes()[:-20]  # the process died while it wrote, three rows after its checkpoint
    log.write_bytes(half_a_line)
    resumed = Solver.load(tmp_path / "14.npz", flat_net(), softmax_data(), log=log).train()
    assert timeless(read(log)) == wanted
    assert log.read_text().count("grad_norm") == (1 if suffix == "csv" else 6)
    resumed.train(num_epochs=7)
    assert len(read(log)) == 8
    assert whole.step == 30


def test_what_is_not_a_number_is_null_in_jsonl(tmp_path):
    import models

    data = softmax_data()
    data["y_train"], data["y_val"] = (data[f"X_{part}"][:, :1] for part in ("train", "val"))
    data["X_val"], data["y_val"] = data["X_val"][:1], data["y_val"][:1]  # of one row R2 is nan
    quiet(models.mlp([12, 1], loss="squared", rng=0), data, log=tmp_path / "h.jsonl").train()
    assert "NaN" not in (tmp_path / "h.jsonl").read_text()
    assert read_jsonl(tmp_path / "h.jsonl")[0]["val_r2"] is None


def test_nothing_is_printed_unless_asked(capsys):
    quiet(flat_net()).train()
    quiet(flat_net(), verbose=True, progress="none").train()
    assert capsys.readouterr() == ("", "")


def test_lines_say_why_a_run_stopped(capsys):
    quiet(flat_net(), verbose=True, progress="lines", patience=1, min_delta=1).train()
    assert capsys.readouterr().out.splitlines()[-1] == "stopped: patience"


def test_the_bar(capsys):
    pytest.importorskip("tqdm")
    quiet(flat_net(), verbose=True, progress="bar").train()
    out, err = capsys.readouterr()
    assert out == ""
    assert "epoch 5/5" in err
    assert "30/30" in err
    assert "val 0." in err


def test_auto_is_lines_where_there_is_no_terminal(monkeypatch):
    assert Reporter("auto", True, 10).kind == "lines"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    pytest.importorskip("tqdm")
    assert Reporter("auto", True, 10).kind == "bar"
    assert Reporter("auto", False, 10).kind == "none"


def test_the_picture(tmp_path):
    pytest.importorskip("matplotlib")
    solver = quiet(flat_net(), num_epochs=30).train()
    figure = solver.plot(tmp_path / "run.svg")
    assert (tmp_path / "run.svg").read_text().lstrip().startswith("<?xml")
    losses, accuracies = figure.axes
    assert [line.get_label() for line in accuracies.lines] == ["training", "validation"]
    assert np.array_equal(accuracies.lines[1].get_ydata(), solver.val_acc_history)
    raw, mean = losses.lines[:2]
    assert np.array_equal(raw.get_ydata(), solver.loss_history)
    assert np.isclose(mean.get_ydata()[-1], np.mean(solver.loss_history[-len(solver.loss_history) // 100 :][-1:]))
    quiet(flat_net(), num_epochs=0).train().plot()


class Terminal(io.StringIO):
    """A stream that passes for a terminal."""

    def isatty(self):
        return True


def test_without_tqdm_one_line_writes_itself_over(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    assert Reporter("auto", True, 10).kind == "line"
    quiet(flat_net(), verbose=True, progress="auto").train()
    text = terminal.getvalue()
    assert text.count("\n") == 1
    assert text.endswith("\n")
    last = text.rstrip("\n").split("\r")[-1]
    assert last.startswith("epoch 5/5  30/30 steps  loss ")
    assert "val 0." in last


def test_the_line_writes_nothing_on_a_pipe(capsys):
    quiet(flat_net(), verbose=True, progress="line").train()
    assert capsys.readouterr() == ("", "")


def test_a_shorter_state_leaves_nothing_of_the_longer_one(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    line = ProgressLine(9, terminal)
    line.set_description("a long description \x1b[2J of what is done here and now")
    line.set_description("b")
    line.close()
    states = terminal.getvalue().rstrip("\n").split("\r")[1:]
    assert max(map(len, states)) == 39
    assert "\x1b" not in terminal.getvalue()
    assert states[1] == "b  0/9".ljust(39)
