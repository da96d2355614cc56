"""Penalties whose strength is known: half of it, over N, on the biases' column, and nothing but the penalty."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

import gradcheck
from gradcheck.diagnosis.families.additive import _strength

REG = 0.6
KINDS = ["net", "model", "loss", "partial"]
BIASES = np.r_[0.0, np.ones(4)]


def _value(w, X, t, reg, mask):
    e = X @ w.T - t
    return 0.5 * np.sum(e * e) / len(X) + reg * np.sum(mask * w * w), e.T @ X / len(X)


def _net(of_gradient, mask=1.0):
    """reg sum(W^2) with another function of W as the penalty's gradient."""

    def loss(params, X, t, reg):
        value, data = _value(params["W"], X, t, reg, mask)
        return value, {"W": of_gradient(data, 2 * reg * params["W"], len(X))}

    return loss


class _Model:
    def __init__(self, loss, w):
        self.params, self.reg, self._loss = {"W": w}, REG, loss

    def loss(self, X, t):
        return self._loss(self.params, X, t, self.reg)


def _as_loss(net):
    """The course's form: loss(W, X, t, reg) -> (loss, dW)."""

    def loss(W, X, t, reg):
        value, grads = net({"W": W}, X, t, reg)
        return value, grads["W"]

    return loss


def _report(kind, loss):
    rng = np.random.default_rng(8)
    w, X, t = (rng.standard_normal(s) for s in ((3, 5), (7, 5), (7, 3)))
    if kind == "loss":
        return gradcheck.loss(_as_loss(loss), w, X, t, REG, repair=False)
    if kind == "partial":
        return gradcheck.loss(partial(_as_loss(loss), reg=REG), w, X, t, repair=False)
    if kind == "net":
        return gradcheck.net(loss, {"W": w}, X, t, reg=REG, repair=False)
    return gradcheck.model(_Model(loss, w), X, t, repair=False)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("of_gradient", "mask", "code", "words"),
    [
        (lambda d, p, n: d + p / 2, 1.0, "SCALE_HALF", "the penalty's part: analytic = numeric / 2"),
        (lambda d, p, n: d + p / n, 1.0, "SCALE_INV_BATCH", "the penalty's part"),
        (lambda d, p, n: p, 1.0, "ZERO", "only the penalty's gradient is returned"),
        (lambda d, p, n: d, 1.0, "MISSING_REG", "penalty"),
        (lambda d, p, n: d + p.sum(), 1.0, "OVER_SUMMED", "a multiple of the sum of W is added to every element"),
        (lambda d, p, n: d + p.sum() / 2, 1.0, "OVER_SUMMED", "a multiple of the sum of W is added to every element"),
        (lambda d, p, n: d + p.sum(axis=0), 1.0, "OVER_SUMMED", "the penalty's part"),
        (lambda d, p, n: d - p, 1.0, "SIGN", "the penalty's part"),
        (lambda d, p, n: d + p * np.abs(p) / (2 * REG), 1.0, "ELEMENTWISE_FACTOR", "the penalty's part"),
        (lambda d, p, n: d + p, BIASES, "EXTRA_REG", "column 0 of W"),
        (lambda d, p, n: d + p * BIASES, 1.0, "MISSING_REG", "column 0 of W"),
        (lambda d, p, n: d + p, np.array([[0.0], [1.0], [1.0]]), "EXTRA_REG", "row 0 of W"),
        (lambda d, p, n: d + p, BIASES[::-1], "EXTRA_REG", "column -1 (the last) of W"),
    ],
)
def test_the_penalty_is_told_apart_from_the_data(kind, of_gradient, mask, code, words):
    report = _report(kind, _net(of_gradient, mask))
    assert [(f.code, f.where) for f in report.findings] == [(code, "W")]
    assert words in report.findings[0].message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mask", [1.0, BIASES])
def test_what_is_right_passes(kind, mask):
    assert _report(kind, _net(lambda d, p, n: d + p * mask, mask)).ok


def test_another_fault_in_the_first_column_is_no_penalty():
    def loss(params, X, t, reg):
        value, data = _value(params["W"], X, t, reg, 1.0)
        data[:, 0] *= 1.7
        return value, {"W": data + 2 * reg * params["W"]}

    report = _report("net", loss)
    assert not report.ok
    assert not any(f.code in ("EXTRA_REG", "MISSING_REG") for f in report.findings)


def test_every_weight_whose_penalty_is_summed_is_named():
    """The strength is not an argument here, and one penalty is missing."""

    def loss(params, X, t):
        h = np.tanh(X @ params["W1"])
        e = h @ params["W2"] - t
        value = 0.5 * np.sum(e * e) / len(X) + 0.5 * REG * sum(np.sum(w * w) for w in params.values())
        d1 = (e @ params["W2"].T) * (1 - h * h) / len(X)
        return value, {"W1": X.T @ d1 + REG * params["W1"].sum(), "W2": h.T @ e / len(X)}

    rng = np.random.default_rng(2)
    params = {"W1": rng.standard_normal((5, 4)), "W2": rng.standard_normal((4, 3))}
    report = gradcheck.net(loss, params, rng.standard_normal((6, 5)), rng.standard_normal((6, 3)), repair=False)
    assert {(f.code, f.where) for f in report.findings} == {("OVER_SUMMED", "W1"), ("MISSING_REG", "W2")}


def softmax_in_columns(s, y, wrong):
    e = np.exp(s - s.max(axis=0))
    p, at = e / e.sum(axis=0), (y, np.arange(len(y)))
    loss = -np.log(p[at]).mean()
    p[at] -= {"": 1, "not taken off": 0, "added": -1}[wrong]
    return loss, p / len(y)


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("wrong", ["not taken off", "added"])
def test_labels_of_scores_in_columns(wrong, given):
    def inputs(rng, n):
        return rng.standard_normal((4, n)), rng.integers(4, size=n)

    options = {"inputs": inputs}
    args = inputs(np.random.default_rng(3), 6) if given else ()
    report = gradcheck.loss(partial(softmax_in_columns, wrong=wrong), *args, repair=False, **({} if given else options))
    assert [f.code for f in report.findings] == ["LABEL_TERM"], str(report)
    assert gradcheck.loss(partial(softmax_in_columns, wrong=""), *args, **({} if given else options)).verdict == "pass"


@pytest.mark.parametrize(
    ("c", "name", "said"),
    [
        (0.2, "reg", "reg"),
        (0.4, "reg", "2 reg"),
        (0.1, "opt.reg", "0.5 opt.reg"),
        (0.04, "reg", "reg / N"),
        (0.3, "reg", None),
        (-0.1, "reg", None),
        (0.2, "rate", None),
    ],
)
def test_the_strength_of_a_penalty_is_told_by_its_argument(c, name, said):
    assert _strength(SimpleNamespace(scalars={name: 0.2}, n=5), c) == said
