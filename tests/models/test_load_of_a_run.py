"""models.load opens a Solver's checkpoint: the best weights, or the last ones, whatever rule or average made them."""

import numpy as np
import pytest

from base.files.archive import read_archive, write_archive
from models import load, mlp
from solver import Solver, checkpoint

RNG = np.random.default_rng(0)
DATA = {"X_train": RNG.standard_normal((80, 4)), "y_train": RNG.integers(0, 3, 80)}
DATA |= {"X_val": RNG.standard_normal((40, 4)), "y_val": RNG.integers(0, 3, 40)}


@pytest.mark.parametrize("settings", [{}, {"average": 0.9}, {"update_rule": "schedule_free_sgd"}])
def test_both_kinds_of_weights(tmp_path, settings):
    net = mlp([4, 6, 3], batch_norm=True, rng=1)
    solver = Solver(
        net, DATA, num_epochs=6, optim_config={"learning_rate": 0.5}, batch_size=10, verbose=False, **settings
    )
    solver.train()
    solver.save(tmp_path / "run.npz")
    saved = checkpoint.read(tmp_path / "run.npz")
    for weights, params, state in (
        ("best", saved.best_params, saved.best_state),
        ("last", saved.params, saved.state),
    ):
        opened = load(tmp_path / "run.npz", weights=weights)
        assert all(np.array_equal(opened.params[name], params[name]) for name in opened.params)
        assert all(np.array_equal(opened.state[name], state[name]) for name in opened.state)
    assert load(tmp_path / "run.npz").accuracy(DATA["X_val"], DATA["y_val"]) == solver.best_val_acc
    assert not np.array_equal(saved.best_params["W1"], saved.params["W1"])


def test_what_cannot_be_opened_is_said(tmp_path):
    Solver(mlp([4, 3], rng=0), DATA, verbose=False).save(tmp_path / "run.npz")
    assert load(tmp_path / "run.npz").params["W1"].shape == (4, 3)  # before any evaluation there is no best
    with pytest.raises(ValueError, match="weights is 'first'; expected one of best, last"):
        load(tmp_path / "run.npz", weights="first")
    raw = bytearray((tmp_path / "run.npz").read_bytes())
    raw[raw.find(b'"format"') + 3] ^= 1
    (tmp_path / "run.npz").write_bytes(raw)
    with pytest.raises(ValueError, match=r"run\.npz is not a model file"):
        load(tmp_path / "run.npz")


def sealed(path):
    """The arrays of a checkpoint that is whole."""
    Solver(mlp([4, 3], rng=0), DATA, verbose=False).save(path)
    return read_archive(path, "a model", kinds="biufU")


def write(path, arrays):
    with path.open("wb") as stream:
        write_archive(stream, arrays)


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("at", [0, 31])
def test_a_description_that_does_not_fit_its_seal(value, at, tmp_path):
    arrays = sealed(tmp_path / "run.npz")
    arrays["seal"] = seal = arrays["seal"].copy()
    assert seal[at] != value
    seal[at] = value
    write(tmp_path / "run.npz", arrays)
    with pytest.raises(ValueError, match=r"run\.npz is not a model file .* SHA-256 of its description does not fit"):
        load(tmp_path / "run.npz")


def test_an_array_that_was_changed_since(tmp_path):
    """Whichever hash is the larger one."""
    arrays = sealed(tmp_path / "run.npz")
    for value in range(8):
        arrays["param/W1"] = np.full((4, 3), float(value))
        write(tmp_path / "run.npz", arrays)
        with pytest.raises(ValueError, match=r"run\.npz is not a model file .* SHA-256 of 'param/W1' does not fit"):
            load(tmp_path / "run.npz")


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda path: path.write_bytes(b""), "it is empty"),
        (lambda path: np.savez(path, W=np.array([None])), "it is not a model: it holds an array of dtype object"),
        (lambda path: np.savez(path, W=np.zeros(3)), "it holds arrays but no description$"),
        (lambda path: np.savez(path, seal=np.zeros(32, "u1")), "it holds arrays but no description$"),
        (lambda path: np.savez(path, meta=np.zeros(2, "u1"), seal=np.zeros(32, "u1")), "the SHA-256 of its"),
    ],
)
def test_what_is_wrong_is_said_once(write, said, tmp_path):
    write(tmp_path / "run.npz")
    with pytest.raises(ValueError, match=rf"run\.npz is not a model file that layergraph wrote, .* damaged: {said}"):
        load(tmp_path / "run.npz")


class Own:
    """A model of one's own."""

    def __init__(self):
        self.params = {"W": np.zeros((4, 3))}

    def loss(self, X, y=None):
        scores = X @ self.params["W"]
        return scores if y is None else (float(np.sum(scores**2)), {"W": 2 * X.T @ scores})


def test_a_model_of_ones_own_is_for_the_solver_alone(tmp_path):
    Solver(Own(), DATA, verbose=False).save(tmp_path / "run.npz")
    with pytest.raises(ValueError, match=r"it holds a Own, which cannot be described: build it and use Solver\.load"):
        load(tmp_path / "run.npz")


def test_nets_and_solvers_show_themselves():
    net = mlp([4, 3], rng=0)
    assert "<pre>" in net._repr_html_()
    assert "affine1" in net._repr_html_()
    solver = Solver(net, DATA, num_epochs=2, verbose=False)
    assert repr(solver.history) == "History(0 steps, 0 evaluations)"
    solver.train()
    assert repr(solver).startswith("Solver(Graph, sgd, epoch 2 of 2, step 2, finished, best 0.")
    assert repr(solver.history).startswith("History(2 steps, 3 evaluations, last loss ")
