"""Parameters whose names differ in case alone, W and w, each with a gradient of its own."""

import numpy as np
import pytest

import gradcheck
from gradcheck.classes.names import matching


class Net:
    """Columns inside, A and a, B and b: the names of a thesis."""

    def __init__(self, n_in=4, n_out=3, hidden=5, seed=0):
        rng = np.random.default_rng(seed)
        self.params = {
            "A": rng.normal(size=(hidden, n_in)), "a": np.zeros((hidden, 1)),
            "B": rng.normal(size=(n_out, hidden)), "b": np.zeros((n_out, 1)),
        }  # fmt: skip

    def loss(self, X, y):
        p = self.params
        h = np.tanh(p["A"] @ X.T + p["a"])
        scores = (p["B"] @ h + p["b"]).T
        P = np.exp(scores - scores.max(axis=1, keepdims=True))
        P /= P.sum(axis=1, keepdims=True)
        rows = np.arange(len(X))
        loss = -np.log(P[rows, y]).mean()
        P[rows, y] -= 1
        P /= len(X)
        dz = (p["B"].T @ P.T) * (1 - h**2)
        grads = {"B": P.T @ h.T, "A": dz @ X, "b": P.sum(0)[:, None], "a": dz.sum(1, keepdims=True)}
        return loss, grads


class WithoutTheMean(Net):
    """The small a alone is wrong."""

    def loss(self, X, y):
        loss, grads = super().loss(X, y)
        return loss, grads | {"a": grads["a"] * len(X)}


def test_each_has_its_own_gradient():
    assert gradcheck.instance(Net, repair=False).verdict == "pass"


def test_a_wrong_one_is_the_one_of_the_small_name():
    report = gradcheck.instance(WithoutTheMean, repair=False)
    assert report.verdict == "fail"
    assert {finding.where for finding in report.findings} == {"a"}


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [("params.A", "grads.A"), ("params.a", "grads.a"), ("W", "dW"), ("w", "dw")],
)
def test_the_same_case_comes_first(parameter, expected):
    assert matching(parameter, ["grads.A", "grads.a", "dW", "dw"])[0] == expected


def test_another_case_is_taken_where_it_is_alone():
    assert matching("weights", ["dW", "db"]) == ["dW"]
    assert matching("w", ["dW", "db"]) == ["dW"]
