"""A stranger's data through train, eval and predict: a table with text, arrays, pictures; what a run keeps of them."""

import csv
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from cli.main import main

NAMES = np.array(["birch", "oak", "pine"])
SHORT = "--model mlp:8 --batch 16 --epochs 20 --quiet --no-pictures --progress none".split()


def table(path: str = "trees.csv", n: int = 150, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["", "height", "weight, kg", "colour", "name", "species"])
        for at, k in enumerate(y):
            height, weight = 100 * k + rng.normal(), 5000 - 1000 * k + rng.normal()
            writer.writerow([at, f"{height:.3f}", f"{weight:.2f}", "red" if k else "blue", f"tree {at}", NAMES[k]])
    return y


def answer(capsys, *flags: str):
    assert main([*flags, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def complaint(capsys, code: int, *flags: str) -> str:
    assert main(list(flags)) == code
    return capsys.readouterr().err


def trained(*flags: str) -> str:
    assert main(["train", *flags, *SHORT, "--out", "run"]) == 0
    return "run/run.npz"


def test_a_table_from_training_to_prediction(capsys):
    y = table()
    run = trained("--data", "trees.csv", "--drop", "name")
    result = json.loads(Path("run/result.json").read_text())
    assert result["test_accuracy"] == 1.0
    assert result["data"]["classes"] == list(NAMES)
    parts = answer(capsys, "eval", run)
    assert {part: one["rows"] for part, one in parts.items()} == {"train": 105, "val": 15, "test": 30}
    assert parts["test"]["accuracy"] == 1.0
    assert answer(capsys, "eval", run, "--data", "trees.csv")["all"]["rows"] == 150
    rows = answer(capsys, "predict", run, "trees.csv", "--first", "150")
    assert [row["label"] for row in rows] == NAMES[y].tolist()
    Path("new.csv").write_text('"weight, kg",colour,height\n4000.5,red,99.5\n')
    (row,) = answer(capsys, "predict", run, "new.csv")
    assert (row["class"], row["label"]) == (1, "oak")
    assert main(["predict", run, "new.csv"]) == 0
    assert "class oak" in capsys.readouterr().out


def test_other_rows_are_scaled_by_those_of_the_training(capsys):
    """Oaks alone, far from the mean: standardised by themselves they would look like all three."""
    table()
    run = trained("--data", "trees.csv", "--drop", "name")
    Path("oaks.csv").write_text(
        'height,"weight, kg",colour,species\n' + "".join(f"{100 + i / 10},4000,red,oak\n" for i in range(9))
    )
    assert answer(capsys, "eval", run, "--data", "oaks.csv")["all"]["accuracy"] == 1.0
    Path("strange.csv").write_text('height,"weight, kg",colour,species\n100,4000,red,elm\n')
    assert "the label 'elm', which the training rows have not" in complaint(
        capsys, 3, "eval", run, "--data", "strange.csv"
    )
    table(n=60, seed=5)
    assert main(["eval", run]) == 0
    told = capsys.readouterr()
    assert "trees.csv has changed since the run" in told.err
    assert "all        60 rows" in told.out


def test_the_run_repeats_and_goes_on(capsys):
    table()
    trained("--data", "trees.csv", "--label", "species", "--drop", "name", "--test", "20", "--val", "10")
    settings = tomllib.loads(Path("run/config.toml").read_text())
    assert (settings["label"], settings["drop"], settings["test"]) == ("species", "name", 20)
    assert "verify" not in settings
    again = ["train", "run/config.toml", "--quiet", "--no-pictures", "--out", "again"]
    assert main(again) == 0
    one, two = (json.loads(Path(f"{run}/result.json").read_text()) for run in ("run", "again"))
    assert one["test_loss"] == two["test_loss"]
    assert main(["train", "--out", "run", "--resume", "--epochs", "22", "--quiet", "--no-pictures"]) == 0


def test_what_a_run_says_of_its_data(capsys):
    table()
    flags = ["train", "--data", "trees.csv", "--drop", "name", "--epochs", "1", "--no-pictures", "--progress", "none"]
    assert main(flags) == 0
    out = capsys.readouterr().out
    assert "data    trees.csv   105 train / 15 val / 30 test   float32   from csv" in out
    assert "note    column '' only counts the rows: left out" in out
    assert "note    columns standardised by the training rows; split with the classes in their proportions" in out
    assert "1 steps in all on 105 training rows are few: try --batch 16 --epochs 50" in out


def test_columns_that_are_asked_for_by_name(capsys):
    table()
    assert "column 'name' holds text of 105 different values" in complaint(capsys, 3, "train", "--data", "trees.csv")
    said = complaint(capsys, 3, "train", "--data", "trees.csv", "--label", "specie")
    assert "label is 'specie', but there is no such column. Did you mean 'species'?" in said
    assert "label goes with data of your own" in complaint(capsys, 2, "train", "--data", "digits", "--label", "y")
    trained("--data", "trees.csv", "--drop", 'name,"weight, kg"')
    assert json.loads(Path("run/result.json").read_text())["data"]["shape"] == [3]


def test_real_targets(capsys):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 2))
    np.savez("real.npz", X=X, y=X @ [1.0, 2.0] + 0.5)
    assert "loss 'softmax' picks classes: train with --loss squared" in complaint(
        capsys, 2, "train", "--data", "real.npz"
    )
    run = trained("--data", "real.npz", "--loss", "squared", "--set", "learning_rate=0.02")
    rows = answer(capsys, "predict", run, "real.npz", "--first", "120")
    assert np.corrcoef([row["value"] for row in rows], X @ [1.0, 2.0])[0, 1] > 0.95


def test_arrays_of_three_classes_and_five_features(capsys):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 150)
    X = rng.normal(size=(150, 5)) + 50 * np.eye(3, 5)[y]
    np.savez("own.npz", features=X, labels=y + 1)
    run = trained("--data", "own.npz")
    assert [row["label"] for row in answer(capsys, "predict", run, "own.npz", "--first", "150")] == [
        str(k + 1) for k in y
    ]
    np.save("one.npy", X[0])
    assert answer(capsys, "predict", run, "one.npy")[0]["class"] == y[0]
    np.save("wide.npy", np.zeros((3, 6)))
    assert "rows have shape (6,), but the net was trained on (5,)" in complaint(capsys, 3, "predict", run, "wide.npy")


def test_a_folder_of_pictures(capsys):
    pillow = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("bright", 160)):
        Path("shots", name).mkdir(parents=True)
        for at in range(30):
            pillow.fromarray(rng.integers(low, low + 90, (6, 7, 3), dtype=np.uint8)).save(f"shots/{name}/{at}.png")
    assert main(["train", "--data", "shots", "--model", "mlp:8", "--batch", "16", "--out", "run", "--quiet"]) == 0
    assert {path.name for path in Path("run").glob("*.png")} == {"curves.png", "confusion.png"}
    rows = answer(capsys, "predict", "run/run.npz", "shots/dark/3.png", "shots/bright/4.png")
    assert [row["label"] for row in rows] == ["dark", "bright"]
    assert answer(capsys, "eval", "run/run.npz", "--data", "shots")["all"] == {
        "rows": 60, "loss": pytest.approx(0, abs=0.3), "accuracy": 1.0
    }  # fmt: skip


def test_files_of_other_sums_are_taken_on_request(capsys, tmp_path):
    rng = np.random.default_rng(0)
    arrays = {f"x_{part}": rng.integers(0, 256, (n, 28, 28), np.uint8) for part, n in (("train", 80), ("test", 20))}
    labels = {f"y_{part}": np.arange(n) % 10 for part, n in (("train", 80), ("test", 20))}
    np.savez("mine.npz", **arrays, **labels)
    assert "give --no-verify" in complaint(capsys, 3, "train", "--data", "mine.npz", "--val", "10")
    run = trained("--data", "mine.npz", "--val", "10", "--no-verify")
    assert tomllib.loads(Path("run/config.toml").read_text())["verify"] is False
    assert answer(capsys, "eval", run)["test"]["rows"] == 20
    Path("again.toml").write_text('data = "mine.npz"\nval = 10\nverify = false\nepochs = 1\n')
    assert main(["train", "again.toml", "--quiet", "--no-pictures"]) == 0


def test_another_data_set_is_standardised_by_the_runs_own_numbers(capsys):
    rng = np.random.default_rng(0)
    parts = {"x_train": rng.integers(0, 256, (80, 28, 28), np.uint8), "y_train": np.arange(80) % 10}
    np.savez("a.npz", **parts, x_test=parts["x_train"][:20], y_test=np.arange(20) % 10)
    np.savez(
        "b.npz", **{**parts, "x_train": parts["x_train"] // 9}, x_test=parts["x_train"][:20], y_test=np.arange(20) % 10
    )
    run = trained("--data", "a.npz", "--val", "10", "--no-verify", "--standardise")
    own, other = answer(capsys, "eval", run), answer(capsys, "eval", run, "--data", "b.npz")
    assert other["test"] == {**own["test"], "loss": pytest.approx(own["test"]["loss"], rel=1e-4)}
    assert other["train"] != own["train"]


def test_a_warning_is_one_line_for_people():
    np.savez("own.npz", X=np.random.default_rng(0).normal(size=(60, 3)) * 1000, y=np.arange(60) % 2)
    flags = "train --data own.npz --scale raw --epochs 0 --quiet --no-pictures".split()
    done = subprocess.run([sys.executable, "-m", "cli.main", *flags], capture_output=True, text=True, check=True)
    assert done.stderr.startswith("layergraph: warning: X_train holds values from -")
    assert done.stderr.count("\n") == 1
