"""`layergraph show`: what a run's net is made of, its step written out; and the engine of a run."""

import json
from pathlib import Path

import pytest

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
    pytest.importorskip("numba")
    folder = tmp_path / "run"
    assert main([*TRAIN, "--engine", "compiled", "--out", str(folder)]) == 0
    assert json.loads((folder / "result.json").read_text())["engine"] == "compiled"
    assert main([*TRAIN, "--engine", "compiled", "--epochs", "2", "--out", str(folder), "--resume"]) == 0
    assert json.loads((folder / "result.json").read_text())["engine"] == "compiled"
