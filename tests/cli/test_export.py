"""`layergraph export` and `layergraph import`: a run for other programs, and back."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import mnist
import models
from cli.main import main

onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime (extra test)")
pytest.importorskip("safetensors", reason="needs safetensors (extra export)")


@pytest.fixture(scope="module")
def standardised(tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("run") / "run"
    flags = "train --data digits --model mlp:12 --epochs 3 --standardise --quiet --no-pictures --out".split()
    assert main([*flags, str(run)]) == 0
    return run / "run.npz"


def session(path: str):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("weights", ["last", "best"])
def test_rows_as_trained_give_the_scores(weights, standardised):
    assert main(["export", str(standardised), "--to", "onnx", "--out", "net.onnx", "--weights", weights]) == 0
    rows = mnist.load("digits", standardise=True, dtype="float32")["X_test"]
    expected = models.load(standardised, weights=weights).loss(rows)
    np.testing.assert_allclose(session("net.onnx").run(["scores"], {"x": rows})[0], expected, atol=1e-5)


def test_raw_rows_give_the_scores_with_raw(standardised):
    assert main(["export", str(standardised), "--out", "net.onnx", "--raw"]) == 0
    raw = mnist.load("digits", scale="raw", dtype="float32")["X_test"]
    assert raw.max() == 16
    rows = mnist.load("digits", standardise=True, dtype="float32")["X_test"]
    expected = models.load(standardised, weights="last").loss(rows)
    np.testing.assert_allclose(session("net.onnx").run(["scores"], {"x": raw})[0], expected, atol=1e-5)


def test_classes_and_columns_of_a_table_travel(tmp_path):
    lines = [f"{i % 3 + 0.01 * i},{10 * (i % 2)},{('oak', 'elm', 'Ahörn')[i % 3]}" for i in range(90)]
    Path("trees.csv").write_text("\n".join(["width,height,kind", *lines]), encoding="utf-8")
    train = "train --data trees.csv --label kind --model mlp:6 --epochs 3 --quiet --no-pictures --out r"
    assert main(train.split()) == 0
    assert main("export r/run.npz --to onnx --raw --out trees.onnx --weights best".split()) == 0
    found = session("trees.onnx")
    texts = found.get_modelmeta().custom_metadata_map
    assert sorted(json.loads(texts["classes"])) == ["Ahörn", "elm", "oak"]
    raw = np.array([[float(value) for value in line.split(",")[:2]] for line in lines], np.float32)
    inputs = json.loads(texts["inputs"])
    rows = ((raw / inputs["divisor"] - inputs["mean"]) / inputs["std"]).astype(np.float32)
    expected = models.load("r/run.npz").loss(rows)
    np.testing.assert_allclose(found.run(["scores"], {"x": raw})[0], expected, atol=1e-5)


def test_a_run_comes_back_whole(standardised, capsys):
    assert main(["export", str(standardised), "--to", "safetensors", "--out", "net.safetensors"]) == 0
    assert main(["import", "net.safetensors", "--out", "back.npz"]) == 0
    there, back = models.load(standardised, weights="last"), models.load("back.npz")
    assert there.params.flat.tobytes() == back.params.flat.tobytes()
    capsys.readouterr()
    said = []
    for path in (str(standardised), "back.npz"):
        assert main(["eval", path, "--json"]) == 0
        assert main(["show", path]) == 0
        assert main(["predict", path, "--first", "3", "--json"]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


def test_a_net_that_is_no_run_becomes_a_net():
    model = models.mlp([3, 4, 2], seed=0)
    models.export(model, "net.safetensors")
    assert main(["import", "net.safetensors"]) == 0
    assert models.load("net.npz").params.flat.tobytes() == model.params.flat.tobytes()


def test_an_imported_run_is_not_resumed(standardised, capsys):
    shutil.copytree(standardised.parent, "run")
    assert main("export run/run.npz --to safetensors --out net.safetensors".split()) == 0
    assert main("import net.safetensors --out run/run.npz --overwrite".split()) == 0
    assert main("train --out run --resume --epochs 5 --quiet".split()) == 3
    assert "run.npz holds weights alone" in capsys.readouterr().err


def test_what_stands_there_is_kept(standardised, capsys):
    assert main(["export", str(standardised), "--out", "net.safetensors"]) == 0
    Path("net.npz").write_bytes(b"precious")
    assert main(["import", "net.safetensors"]) == 2
    assert "net.npz exists: --overwrite replaces it" in capsys.readouterr().err
    assert Path("net.npz").read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("export {run}", 2, "--to is missing; expected one of onnx"),
        ("export {run} --out net.safetensors --raw", 2, "--raw: only an ONNX file"),
        ("export none.npz --to onnx", 3, "none.npz does not exist"),
        ("import none.safetensors", 3, "No such file"),
        ("import {run} --out b.npz", 2, "expected a file that ends in .safetensors"),
    ],
)
def test_wrong_calls_are_one_line(command, code, message, standardised, capsys):
    assert main(command.format(run=standardised).split()) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_net_of_ones_own_is_named(capsys):
    Path("own.py").write_text(
        "from models import TwoLayerNet\n\n\nclass Wrapped:\n    def __init__(self, input_dim, num_classes, seed=0):\n"
        "        self.net = TwoLayerNet(input_dim=input_dim, hidden_dim=5, num_classes=num_classes, seed=seed)\n"
        "        self.params = self.net.params\n\n    def loss(self, X, y=None):\n        return self.net.loss(X, y)\n"
    )
    assert main("train --data digits --model own.py:Wrapped --epochs 1 --quiet --no-pictures --out r".split()) == 0
    capsys.readouterr()
    assert main("export r/run.npz --to onnx".split()) == 2
    assert "own.py:Wrapped is a net of your own: only nets that are graphs can be exported" in capsys.readouterr().err
