"""`LayerRecord`: what it measures is right, and the run that is watched keeps every bit."""

import numpy as np
import pytest

import plots
from models import Graph, TwoLayerNet, mlp, node
from solver import LayerRecord, Solver


def data() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((90, 6)), rng.integers(3, size=90)
    return {"X_train": X[:60], "y_train": y[:60], "X_val": X[60:], "y_val": y[60:]}


def trained(*callbacks, epochs=3, **options):
    model = mlp([6, 8, 3], seed=1, **options)
    solver = Solver(model, data(), callbacks=list(callbacks), num_epochs=epochs, batch_size=20, seed=0, verbose=False)
    solver.train()
    return solver


def rms(array) -> float:
    return float(np.sqrt(np.mean(np.asarray(array) ** 2)))


@pytest.mark.parametrize("options", [{}, {"batch_norm": True, "dropout": 0.3, "noise": 0.1}], ids=str)
def test_a_watched_run_keeps_every_bit(options):
    watched, alone = trained(LayerRecord(), **options), trained(**options)
    assert watched.model.params.flat.tobytes() == alone.model.params.flat.tobytes()
    assert watched.loss_history == alone.loss_history
    assert {k: v.tobytes() for k, v in watched.model.state.items()} == {
        k: v.tobytes() for k, v in alone.model.state.items()
    }


def test_it_measures_what_the_net_is_at_its_evaluations():
    record = LayerRecord(size=40)
    solver = trained(record)
    assert [row["epoch"] for row in record.rows] == [0, 1, 2, 3]
    last, X, y = record.rows[-1], data()["X_train"][:40], data()["y_train"][:40]
    _, gradients = solver.model.loss(X, y)
    values = solver.model.values(X)
    for name, array in solver.model.params.items():
        assert last["weights"][name] == pytest.approx(rms(array))
        assert last["gradients"][name] == pytest.approx(rms(gradients[name]))
    assert list(last["activations"]) == ["affine1", "relu1", "affine2"]
    for name in last["activations"]:
        assert last["activations"][name] == pytest.approx(values[name].std())
        assert last["silent"][name] == np.mean((values[name] == 0).all(axis=0))


def test_dead_units_are_counted():
    W, b = np.ones((6, 4)), np.array([-1e3, 1.0, -1e3, 1e3])
    model = Graph([node("a", "affine", "x", ("W", "b")), node("r", "relu", "a")], {"W": W, "b": b}, loss="squared")
    record = LayerRecord()
    rows = {**data(), "y_train": np.zeros((60, 4)), "y_val": np.zeros((30, 4))}
    Solver(model, rows, callbacks=[record], num_epochs=1, verbose=False, optim_config={"learning_rate": 0.0}).train()
    assert record.rows[0]["silent"] == {"a": 0.0, "r": 0.5}


def test_it_goes_on_with_a_resumed_run(tmp_path):
    whole, record = LayerRecord(), LayerRecord()
    trained(whole, epochs=3)
    model = mlp([6, 8, 3], seed=1)
    solver = Solver(model, data(), callbacks=[LayerRecord()], num_epochs=2, batch_size=20, seed=0, verbose=False)
    solver.train()
    solver.save(tmp_path / "run.npz")
    again = Solver.load(tmp_path / "run.npz", mlp([6, 8, 3], seed=1), data(), callbacks=[record], num_epochs=3)
    again.train()
    assert record.rows == whole.rows


def test_a_class_of_ones_own_is_watched_from_outside():
    class Wrapped:
        def __init__(self):
            self.net = TwoLayerNet(input_dim=6, hidden_dim=5, num_classes=3, seed=0)
            self.params = self.net.params

        def loss(self, X, y=None):
            return self.net.loss(X, y)

    record = LayerRecord()
    Solver(Wrapped(), data(), callbacks=[record], num_epochs=1, verbose=False).train()
    assert record.rows[-1]["activations"] == {}
    assert set(record.rows[-1]["gradients"]) == {"W1", "b1", "W2", "b2"}


def test_a_wrong_size_is_named():
    with pytest.raises(ValueError, match="size is 1; expected a number of rows, 2 or more"):
        LayerRecord(size=1)


def test_they_are_drawn_with_a_line_for_each_layer(tmp_path):
    record = LayerRecord()
    trained(record)
    figure = plots.layers(record.rows, path=tmp_path / "layers.png")
    assert (tmp_path / "layers.png").stat().st_size > 10_000
    weights, gradients, activations = figure.axes
    assert [len(axes.lines) for axes in figure.axes] == [4, 4, 3]
    assert "gradients" in gradients.get_title("left")
    np.testing.assert_allclose(activations.lines[1].get_ydata(), [row["activations"]["relu1"] for row in record.rows])
    first = weights.lines[list(record.rows[0]["weights"]).index("b1")].get_ydata()
    assert np.isnan(first[0])  # biases begin at 0, which has no place on a logarithmic axis
    assert {text.get_text() for text in weights.texts} == {"W1", "b1", "W2", "b2"}
    with pytest.raises(ValueError, match="rows is empty"):
        plots.layers([])


def test_silent_units_and_many_layers_are_said():
    row = {
        "epoch": 0.0, "weights": {f"W{k}": 1.0 + k for k in range(20)}, "gradients": {"W": 0.0},
        "activations": {"relu": 1.0}, "silent": {"relu": 0.25},
    }  # fmt: skip
    figure = plots.layers([row, {**row, "epoch": 1.0}])
    assert "first 12 of 20" in figure.axes[0].get_title("left")
    assert [text.get_text() for text in figure.axes[2].texts] == ["relu (25 % silent)"]


class DropsByTheGlobalStream:
    """A net as courses write it: its mask comes from NumPy's global stream, and it counts its passes."""

    def __init__(self):
        self.params, self.passes = {"W": np.zeros((6, 3))}, 0

    def loss(self, X, y=None):
        self.passes += 1
        if y is None:
            return X @ self.params["W"]
        kept = X * (np.random.random(X.shape) < 0.5)  # noqa: NPY002
        P = np.exp(kept @ self.params["W"])
        P /= P.sum(axis=1, keepdims=True)
        loss = -np.log(P[np.arange(len(y)), y]).mean()
        P[np.arange(len(y)), y] -= 1
        return loss, {"W": kept.T @ P / len(y)}


def test_a_net_that_draws_from_the_global_stream_keeps_every_bit_as_well():
    found = []
    for callbacks in ([LayerRecord()], []):
        np.random.seed(5)  # noqa: NPY002
        model = DropsByTheGlobalStream()
        Solver(model, data(), callbacks=callbacks, num_epochs=3, batch_size=20, seed=0, verbose=False).train()
        found.append((model.params["W"].tobytes(), model.passes))
    assert found[0] == found[1]
