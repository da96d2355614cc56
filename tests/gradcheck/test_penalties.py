"""Penalties whose strength is known: half of it, over N, on the biases' column, and nothing but the penalty."""

import numpy as np
import pytest

import gradcheck

REG = 0.6
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


def _report(kind, loss):
    rng = np.random.default_rng(8)
    w, X, t = (rng.standard_normal(s) for s in ((3, 5), (7, 5), (7, 3)))
    if kind == "net":
        return gradcheck.net(loss, {"W": w}, X, t, reg=REG, repair=False)
    return gradcheck.model(_Model(loss, w), X, t, repair=False)


@pytest.mark.parametrize("kind", ["net", "model"])
@pytest.mark.parametrize(
    ("of_gradient", "mask", "code", "words"),
    [
        (lambda d, p, n: d + p / 2, 1.0, "SCALE_HALF", "the penalty's part: analytic = numeric / 2"),
        (lambda d, p, n: d + p / n, 1.0, "SCALE_INV_BATCH", "the penalty's part"),
        (lambda d, p, n: p, 1.0, "ZERO", "only the penalty's gradient is returned"),
        (lambda d, p, n: d, 1.0, "MISSING_REG", "penalty"),
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


@pytest.mark.parametrize("kind", ["net", "model"])
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
