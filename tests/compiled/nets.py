"""Data, nets and settings for the tests of the compiled engine."""

import numpy as np

import layers
import models
from solver import Solver

RNG = np.random.default_rng(0)
X, Y = RNG.random((260, 12)), RNG.integers(0, 5, 260)


def data(dtype=np.float64, y=Y):
    x = X.astype(dtype)
    return {"X_train": x[:200], "y_train": y[:200].copy(), "X_val": x[200:], "y_val": y[200:]}


class CourseNet:
    """A model as a course writes it."""

    def __init__(self):
        self.params = {"W": np.zeros((12, 5))}

    def loss(self, X, y=None):
        scores = X @ self.params["W"]
        if y is None:
            return scores
        loss, dscores = layers.softmax_loss(scores, y)
        return loss, {"W": X.T @ dscores}


def quiet(model, given, **options):
    return Solver(model, given, verbose=False, **{"batch_size": 16, "num_epochs": 2, **options})


def train(engine, dtype=np.float64, sizes=(12, 9, 7, 5), net=None, given=None, **options):
    model = models.mlp(list(sizes), dtype=dtype, rng=1, **(net or {}))
    options = {"batch_size": 16, "num_epochs": 3, "optim_config": {"learning_rate": 0.05}, **options}
    return Solver(model, given or data(dtype), verbose=False, engine=engine, **options).train()


def branched(reg=0.0):
    """A value read twice, a shared matrix, a sandwich, a sum: what a chain does not have."""
    rng = np.random.default_rng(3)
    nodes = [
        models.node("a", "affine_relu", "x", ("W1", "b1")),
        models.node("b", "linear", "a", "W2"),
        models.node("c", "tanh", "b"),
        models.node("d", "linear", "c", "W2"),
        models.node("sum", "add", ("a", "d")),
        models.node("norm", "batch_norm", "sum", ("gamma", "beta")),
        models.node("lambda", "affine", "norm", ("W3", "b3")),
    ]
    params = {"W1": rng.normal(0, 0.3, (12, 8)), "b1": np.zeros(8), "W2": rng.normal(0, 0.3, (8, 8)),
              "gamma": np.ones(8), "beta": np.zeros(8),
              "W3": rng.normal(0, 0.3, (8, 5)), "b3": np.zeros(5)}  # fmt: skip
    return models.Graph(nodes, params, reg=reg)


def forked(reg=0.0):
    """A value read by an activation first and by a product later, and one added to itself."""
    rng = np.random.default_rng(4)
    nodes = [
        models.node("a", "linear", "x", "W1"),
        models.node("t", "tanh", "a"),
        models.node("u", "linear", "a", "W2"),
        models.node("sum", "add", ("t", "u")),
        models.node("twice", "add", ("sum", "sum")),
        models.node("scores", "affine", "twice", ("W3", "b3")),
    ]
    shapes = {"W1": (12, 8), "W2": (8, 8), "W3": (8, 5)}
    params = {name: rng.normal(0, 0.3, shape) for name, shape in shapes.items()} | {"b3": np.zeros(5)}
    return models.Graph(nodes, params, reg=reg)
