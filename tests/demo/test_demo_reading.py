"""What is said of a drawing: as `layergraph predict` says of its picture, with a gradient that differences confirm."""

import json
from pathlib import Path

import numpy as np
import pytest

import models
from cli.demo.reading import Reading
from cli.experiment import trained_net
from cli.main import main
from models import Graph, input_gradient, mlp, node
from tests.demo.conftest import SEVEN, THREE, ink


@pytest.mark.parametrize("name", ["plain", "standardised", "raw"])
@pytest.mark.parametrize("stroke", [THREE, SEVEN], ids=["3", "7"])
def test_a_drawing_is_read_as_predict_reads_its_picture(name, stroke, runs, readings, tmp_path, capsys):
    image = pytest.importorskip("PIL.Image")
    drawing = ink(stroke)
    image.fromarray(drawing).save(tmp_path / "drawing.png")
    assert main(["predict", str(runs[name]), str(tmp_path / "drawing.png"), "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    found = readings[name].read(drawing, None)
    np.testing.assert_allclose(found["probabilities"], said["probabilities"], atol=1e-6)
    assert found["best"] == said["class"]


@pytest.mark.parametrize("name", ["plain", "standardised", "raw"])
@pytest.mark.parametrize("chosen", [None, 0, 9])
def test_the_gradient_is_the_slope_of_the_score_along_the_pixels(name, chosen, readings):
    reading = readings[name]
    found = reading.read(ink(THREE), chosen)
    net, pixels = reading.net, np.array(found["pixels"]).reshape(reading.shape)
    precise, of = net.model.astype(np.float64), found["best"] if chosen is None else chosen
    told, h, slopes = reading.told(), 1e-6, []
    for at in np.ndindex(*reading.shape):
        moved = np.stack([pixels, pixels])
        moved[(0, *at)] += h
        moved[(1, *at)] -= h
        rows = (moved.reshape(2, -1) * told["gain"] - told["mean"]) / told["std"]
        high, low = precise.loss(rows)[:, of]
        slopes.append((high - low) / (2 * h))
    np.testing.assert_allclose(found["gradient"], slopes, rtol=1e-3, atol=1e-4)


def test_hidden_activations_are_those_of_the_net(readings):
    found = readings["standardised"].read(ink(THREE), None)
    assert [layer["name"] for layer in found["hidden"]] == ["tanh1", "tanh2"]
    assert [len(layer["values"]) for layer in found["hidden"]] == [16, 12]
    W, b = (readings["standardised"].net.model.params[name].astype(float) for name in ("W3", "b3"))
    np.testing.assert_allclose(found["hidden"][1]["values"] @ W + b, found["scores"], atol=1e-5)


def test_an_empty_sheet_is_blank(readings):
    assert readings["plain"].read(ink(), None)["blank"]
    assert not readings["plain"].read(ink(THREE), None)["blank"]


def test_two_digits_are_told(readings):
    left, right = ([(0.2 + shift, 0.3), (0.2 + shift, 0.7)] for shift in (0, 0.5))
    (warning,) = readings["plain"].read(ink(left, right), None)["warnings"]
    assert warning.startswith("2 shapes stand apart")


def test_a_run_on_a_table_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("a,label\n" + "\n".join(f"{i},{'xy'[i % 2]}" for i in range(60)))
    assert main("train --data t.csv --model mlp:4 --epochs 1 --quiet --no-pictures --out r".split()) == 0
    capsys.readouterr()
    assert main(["demo", "r/run.npz"]) == 2
    assert "was trained on rows of a table; a drawing needs a net for grey pictures" in capsys.readouterr().err


def test_a_net_of_ones_own_is_read_without_its_inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(
        "from models import TwoLayerNet\n\n\nclass Wrapped:\n    def __init__(self, input_dim, num_classes, seed=0):\n"
        "        self.net = TwoLayerNet(input_dim=input_dim, hidden_dim=5, num_classes=num_classes, seed=seed)\n"
        "        self.params = self.net.params\n\n    def loss(self, X, y=None):\n        return self.net.loss(X, y)\n"
    )
    train = "train --data digits --model own.py:Wrapped --epochs 1 --quiet --no-pictures --out r"
    assert main(train.split()) == 0
    found = Reading(trained_net.load(Path("r/run.npz"), "last"), "r").read(ink(THREE), None)
    assert found["hidden"] == []
    assert found["gradient"] is None
    assert len(found["scores"]) == 10


@pytest.mark.parametrize(
    "options", [{}, {"batch_norm": True, "dropout": 0.4}, {"input_scale": 16.0, "noise": 0.3}], ids=str
)
def test_the_input_gradient_is_that_of_differences(options):
    rng = np.random.default_rng(1)
    model, X = mlp([5, 7, 3], activation="tanh", seed=0, **options), rng.standard_normal((4, 5))
    model.loss(X, np.arange(4) % 3, rng=0)
    dscores, slopes, h = rng.standard_normal((4, 3)), np.zeros((4, 5)), 1e-6
    for at in np.ndindex(4, 5):
        high, low = X.copy(), X.copy()
        high[at] += h
        low[at] -= h
        slopes[at] = ((model.loss(high) - model.loss(low)) * dscores).sum() / (2 * h)
    np.testing.assert_allclose(input_gradient(model, X, dscores), slopes, rtol=1e-6, atol=1e-9)


def test_the_input_gradient_sums_over_branches():
    W = np.arange(6.0).reshape(3, 2)
    model = Graph(
        [node("a", "linear", "x", "W"), node("b", "linear", "x", "V"), node("c", "add", ("a", "b"))],
        {"W": W, "V": 2 * W},
    )
    np.testing.assert_allclose(input_gradient(model, np.ones((1, 3)), [[1.0, -1.0]]), [3 * (W[:, 0] - W[:, 1])])
    with pytest.raises(ValueError, match=r"dscores has shape \(3,\); expected that of the scores, \(1, 2\)"):
        input_gradient(model, np.ones((1, 3)), np.ones(3))
    assert models.input_gradient is input_gradient


def test_indices_have_no_gradient():
    rng = np.random.default_rng(0)
    nodes = [node("vectors", "embedding", "x", ("E",)), node("scores", "affine", "vectors", ("W", "b"))]
    params = {"E": rng.standard_normal((9, 4)), "W": rng.standard_normal((8, 3)), "b": np.zeros(3)}
    with pytest.raises(ValueError, match="takes indices into a table: they have no gradient"):
        input_gradient(Graph(nodes, params), rng.integers(9, size=(5, 2)), np.ones((5, 3)))
