"""Real targets through train, eval and predict: R2 and RMSE under their own names, in lines, files and pictures."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from cli.main import main
from solver import checkpoint


def table(path: str = "prices.csv", n: int = 200, factor: float = 1.0) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    y = factor * (X @ [1.0, -2.0, 0.5] + 3 + 0.1 * rng.normal(size=n))
    rows = ["a,b,c,price", *(",".join(f"{value:.6g}" for value in (*x, t)) for x, t in zip(X, y, strict=True))]
    Path(path).write_text("\n".join(rows) + "\n")


TRAIN = ["train", "--data", "prices.csv", "--label", "price", "--loss", "squared", "--model", "mlp:8", "--batch", "16",
         "--set", "learning_rate=0.02", "--out", "run"]  # fmt: skip


@pytest.fixture
def run_lines(capsys) -> str:
    table()
    assert main([*TRAIN, "--epochs", "15", "--progress", "lines"]) == 0
    return capsys.readouterr().out


def test_no_line_or_file_of_a_run_says_accuracy(run_lines):
    assert "train r2:" in run_lines
    assert "test    R2 0.9" in run_lines
    assert "accuracy" not in run_lines
    result = json.loads(Path("run/result.json").read_text())
    assert not [key for key in result if "acc" in key]
    assert result["measure"] == "r2"
    assert 0.9 < result["test_r2"] <= 1
    rows = list(csv.DictReader(Path("run/history.csv").read_text().splitlines()))
    assert not [key for key in rows[0] if key.endswith("acc")]
    assert float(rows[-1]["val_r2"]) == result["val_r2"]
    last = json.loads(Path("run/history.jsonl").read_text().splitlines()[-1])
    assert last["val_r2"] == result["val_r2"]
    assert "val_acc" not in last


def test_r2_below_zero_is_drawn(capsys):
    table()
    assert main([*TRAIN, "--epochs", "1"]) == 0
    rows = list(csv.DictReader(Path("run/history.csv").read_text().splitlines()))
    assert float(rows[0]["val_r2"]) < 0
    assert Path("run/curves.png").stat().st_size > 5000
    assert "no pictures" not in capsys.readouterr().err


def test_eval_says_r2_and_rmse_in_the_unit_of_the_targets(run_lines, capsys):
    assert main(["eval", "run/run.npz"]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert "R2 0.9" in line
    assert "RMSE" in line
    assert main(["eval", "run/run.npz", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["test"]
    assert set(found) == {"rows", "loss", "r2", "rmse"}
    assert found["rmse"] == pytest.approx(np.sqrt(2 * found["loss"]), rel=1e-5)
    assert found["r2"] == json.loads(Path("run/result.json").read_text())["test_r2"]


def test_a_resumed_run_keeps_the_names(run_lines):
    assert main([*TRAIN, "--epochs", "17", "--resume", "--quiet", "--no-pictures"]) == 0
    rows = list(csv.DictReader(Path("run/history.csv").read_text().splitlines()))
    assert [float(row["epoch"]) for row in rows] == list(range(18))
    assert "val_r2" in rows[0]
    assert checkpoint.read(Path("run/run.npz")) is not None


def test_lines_of_epochs_do_not_count_correct_values(capsys):
    table()
    Path("c.toml").write_text("test_every = 1\n")
    assert main(["train", "c.toml", *TRAIN[1:], "--epochs", "2", "--no-pictures"]) == 0
    out = capsys.readouterr().out
    assert "Epoch 2: R2 " in out
    assert "Epoch 2: 0 / 40" not in out
    assert "complete" not in out


def test_targets_far_from_a_fresh_net_are_warned_of(capsys):
    table(factor=50_000.0)
    assert main([*TRAIN, "--epochs", "1", "--no-pictures"]) == 1
    got = capsys.readouterr()
    assert "divided by 100000" in got.out
    assert "not finite" in got.err or "inf" in got.err
