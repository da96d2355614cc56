"""A convolutional net on the command line: trained, killed, resumed, read, shown, drawn; and what is refused."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import models
from base.files.toml_text import to_toml
from cli.main import main
from solver import checkpoint

MODEL = "conv:6x3p1,pool,8x3,avgpool,16"
NET = ["train", "--data", "digits", "--model", MODEL, "--quiet", "--seed", "2"]
NORMED = ["--set", "batch_norm=true", "--set", "dropout=0.3"]


@pytest.fixture(scope="module")
def conv_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run with pictures."""
    folder = tmp_path_factory.mktemp("conv") / "run"
    assert main([*NET, *NORMED, "--epochs", "4", "--out", str(folder)]) == 0
    return folder


def test_a_run_is_read_by_all_that_read_runs(conv_run: Path, capsys: pytest.CaptureFixture[str]):
    run, result = str(conv_run / "run.npz"), json.loads((conv_run / "result.json").read_text())
    assert result["test_accuracy"] > 0.7
    assert {path.stem for path in conv_run.glob("*.png")} == {"curves", "weights", "confusion", "mistakes"}
    assert main(["eval", run, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["test"]["accuracy"] == pytest.approx(result["test_accuracy"])
    assert main(["predict", run, "--first", "3", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 3
    assert main(["show", run]) == 0
    assert "conv2        conv2d_without_bias  (N, 8, 2, 2)" in capsys.readouterr().out
    net = models.load(run, weights="last")
    assert net.params["W1"].shape == (6, 1, 3, 3)
    assert main(["show", run, "--source"]) == 2
    assert "no scalar form" in capsys.readouterr().err


def test_its_config_repeats_it_bit_for_bit(conv_run: Path, tmp_path: Path):
    assert main(["train", str(conv_run / "config.toml"), "--quiet", "--no-pictures", "--out", str(tmp_path / "r")]) == 0
    one, other = (checkpoint.read(folder / "run.npz") for folder in (conv_run, tmp_path / "r"))
    for name, array in one.params.items():
        assert array.tobytes() == other.params[name].tobytes(), name


@pytest.mark.thorough
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path: Path):
    flags = [*NET, *NORMED, "--epochs", "40", "--no-pictures", "--out"]
    child = subprocess.Popen([sys.executable, "-m", "layergraph", *flags, str(tmp_path / "parts")], env=os.environ)
    saved = tmp_path / "parts" / "history.csv"
    while child.poll() is None and (not saved.exists() or saved.read_text().count("\n") < 4):
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL, "it ended before it was killed"
    assert main(["train", "--out", str(tmp_path / "parts"), "--resume", "--quiet", "--no-pictures"]) == 0
    assert main([*flags, str(tmp_path / "whole")]) == 0
    whole, parts = (checkpoint.read(tmp_path / name / "run.npz") for name in ("whole", "parts"))
    assert whole.meta["counters"] == parts.meta["counters"]
    for kind in ("params", "state"):
        for name, array in getattr(whole, kind).items():
            assert array.tobytes() == getattr(parts, kind)[name].tobytes(), name


def test_headline(capsys: pytest.CaptureFixture[str]):
    words = [word for word in NET if word != "--quiet"]
    assert main([*words, "--epochs", "1", "--no-pictures", "--out", "run"]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert line.startswith("model   1 x 8 x 8 -> 6x3p1 -> pool -> 8x3 -> avgpool -> 16 -> 10   relu, softmax loss   ")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--model conv:", "layers is ''; '' is no layer. Known: '32x5' (filters x window;"),
        ("--model conv:8x3,poll", "layers is '8x3,poll'; 'poll' is no layer. Did you mean 'pool'?"),
        ("--model conv:8x9", "layer 1, '8x9': a window of 9 x 9 does not fit into what comes to it, 8 x 8. Take"),
        ("--model cnv:8x3", "model is 'cnv:8x3'; expected 'mlp:100', 'mlp:100,50', 'conv:32x5,pool,512', 'FILE.py:"),
        pytest.param(
            f"--model {MODEL} --engine compiled",
            "engine='compiled': no compiled form for layer 'conv2d' (node 'conv1')",
            marks=pytest.mark.skipif(find_spec("numba") is None, reason="the compiled engine needs numba (extra fast)"),
        ),
    ],
)  # fmt: skip
def test_messages(flags: str, message: str, capsys: pytest.CaptureFixture[str]):
    assert main(["train", "--data", "digits", "--quiet", "--no-pictures", "--out", "run", *flags.split()]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"layergraph: error: {message}")
    assert not Path("run").exists()


def test_rows_that_are_no_images_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "rows.npz", X=rng.random((30, 6)), y=np.arange(30) % 3)
    assert main(["train", "--data", "rows.npz", "--model", "conv:2x2", "--quiet", "--out", "run"]) == 2
    assert "takes grey images (height, width); rows of these data have the shape (6,)" in capsys.readouterr().err
    np.savez(tmp_path / "images.npz", X=rng.random((30, 2, 3)), y=np.arange(30) % 3)
    flags = ["--model", "conv:2x2", "--epochs", "1", "--quiet", "--out", "run"]
    assert main(["train", "--data", "images.npz", *flags]) == 0
    assert models.load("run/run.npz").params["W1"].shape == (2, 1, 2, 2)


def test_a_problem_of_the_benchmark(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    problem = {
        "name": "small", "title": "A convolutional net", "data": {"name": "digits", "val": 180},
        "model": {"name": "conv:4x3,pool,8", "dtype": "float32"},
        "training": {"batch": 100, "epochs": 1, "evaluations_per_epoch": 1},
        "target": {"measure": "val_error", "value": 0.5},
    }  # fmt: skip
    (tmp_path / "small.toml").write_text(to_toml(problem))
    flags = "--solvers sgd --budget quick --trials 1 --seeds 1 --tuning-seeds 1 --jobs 1 --out bench --quiet".split()
    assert main(["bench", "run", "small.toml", *flags]) == 0
    capsys.readouterr()
    for change, message in (
        ({"name": "conv:4x3,pol"}, "problem small.toml: layers is '4x3,pol'; 'pol' is no layer."),
        ({"hidden": [5]}, "small.toml: model.hidden is [5]; full layers of 'conv:4x3,pool,8' stand in its name"),
    ):
        (tmp_path / "small.toml").write_text(to_toml(problem | {"model": problem["model"] | change}))
        assert main(["bench", "run", "small.toml", *flags]) == 2
        assert message in capsys.readouterr().err
