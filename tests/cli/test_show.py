"""`layergraph show`: what a run's net is made of, its step written out; and the engine of a run."""

import json
from pathlib import Path

import numpy as np
import pytest

import models
from cli.main import main

TRAIN = "train --data digits --model mlp:8 --epochs 1 --clip 1.0 --quiet --no-pictures".split()


def test_a_run_is_shown_with_its_rule(digits_run: Path, capsys):
    assert main(["show", str(digits_run / "run.npz")]) == 0
    out = capsys.readouterr().out
    assert "affine1  affine" in out
    assert "trained for" in out
    assert "steps with sgd_momentum (learning_rate=0.1, momentum=0.9)" in out


def test_the_step_is_printed_as_it_was_trained(tmp_path: Path, capsys):
    assert main([*TRAIN, "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    assert main(["show", str(tmp_path / "run" / "run.npz"), "--source"]) == 0
    source = capsys.readouterr().out
    compile(source, "step.py", "exec")
    assert "scale, norm = T(1), math.sqrt(squares(g))" in source  # the run clips
    assert "T = np.float32" in source


def test_a_rule_without_a_form_is_named(tmp_path: Path, capsys):
    assert main([*TRAIN, "--rule", "muon", "--out", str(tmp_path / "run")]) == 0
    assert main(["show", str(tmp_path / "run" / "run.npz"), "--source"]) == 2
    assert "update rule 'muon' has no form for one number" in capsys.readouterr().err


def test_a_run_by_the_compiled_engine_is_resumed_by_it(tmp_path: Path):
    pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")
    folder = tmp_path / "run"
    assert main([*TRAIN, "--engine", "compiled", "--out", str(folder)]) == 0
    assert json.loads((folder / "result.json").read_text())["engine"] == "compiled"
    assert main([*TRAIN, "--engine", "compiled", "--epochs", "2", "--out", str(folder), "--resume"]) == 0
    assert json.loads((folder / "result.json").read_text())["engine"] == "compiled"


@pytest.fixture(scope="module")
def other_run(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("other") / "run"
    assert (
        main([*"train --data digits --model mlp:16 --epochs 5 --seed 4 --quiet --no-pictures --out".split(), str(path)])
        == 0
    )
    return path / "run.npz"


def test_two_runs_are_compared(digits_run: Path, other_run: Path, capsys):
    capsys.readouterr()
    assert main(["show", str(digits_run / "run.npz"), "--diff", str(other_run), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["settings"] == {"seed": [3, 4]}
    assert found["data"] == {}
    assert found["environment"] == {}
    here, there = (dict(models.load(path, weights="last").params) for path in (digits_run / "run.npz", other_run))
    for name, row in found["parameters"].items():
        assert row["norms"] == pytest.approx([np.linalg.norm(here[name]), np.linalg.norm(there[name])], rel=1e-5)
        assert row["largest"] == pytest.approx(np.abs(here[name] - there[name].astype(float)).max(), rel=1e-5)
    assert "step" not in found["history"]
    assert found["history"]["last train_loss"][0] != found["history"]["last train_loss"][1]
    assert main(["show", str(digits_run / "run.npz"), "--diff", str(other_run)]) == 1
    out = capsys.readouterr().out
    assert "seed  3 -> 4" in out
    assert "largest difference" in out


def test_a_run_does_not_differ_from_itself(other_run: Path, capsys):
    assert main(["show", str(other_run), "--diff", str(other_run)]) == 0
    assert "no difference" in capsys.readouterr().out


def test_other_shapes_are_told(digits_run: Path, tmp_path: Path, capsys):
    assert main([*TRAIN, "--out", str(tmp_path / "small")]) == 0
    capsys.readouterr()
    assert main(["show", str(digits_run / "run.npz"), "--diff", str(tmp_path / "small" / "run.npz")]) == 1
    out = capsys.readouterr().out
    assert "shapes [64, 16] and [64, 8]" in out
    assert "mlp:16 -> mlp:8" in out


def test_the_graph_is_drawn(digits_run: Path, tmp_path: Path, capsys):
    assert main(["show", str(digits_run / "run.npz"), "--plot", str(tmp_path / "net.svg")]) == 0
    assert (tmp_path / "net.svg").read_text() == models.load(digits_run / "run.npz").plot()
    assert main(["show", str(digits_run / "run.npz"), "--plot", "net.pdf"]) == 2
    assert "expected a name that ends in .svg" in capsys.readouterr().err
