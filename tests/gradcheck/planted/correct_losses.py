"""Correct losses and nets on awkward inputs and in awkward forms: none may be accused."""

import numpy as np

from gradcheck.casebook import Casebook

book = Casebook()


def scores(rng, n):
    return rng.standard_normal((n, 4)), rng.integers(4, size=n)


def repeated(rng, n):
    return rng.standard_normal((n, 4)), np.full(n, 2)


def softmax_loss(x, y):
    z = x - x.max(1, keepdims=True)
    e = np.exp(z)
    total = e.sum(1)
    p = e / total[:, None]
    p[range(len(y)), y] -= 1
    return np.mean(np.log(total) - z[range(len(y)), y]), p / len(y)


def svm_loss(x, y):
    rows = np.arange(len(y))
    m = np.maximum(0, x - x[rows, y][:, None] + 1)
    m[rows, y] = 0
    dx = (m > 0) * 1.0
    dx[rows, y] -= dx.sum(1)
    return m.sum() / len(y), dx / len(y)


for draw_scores in (scores, repeated, lambda rng, n: (rng.standard_normal((n, 4)) * 50, rng.integers(4, size=n))):
    book.loss(None, draw_scores)(softmax_loss)
    book.loss(None, draw_scores)(svm_loss)


@book.loss(None, lambda rng, n: (np.round(rng.standard_normal((n, 4))), rng.integers(4, size=n)))
def svm_on_the_margin(x, y):
    return svm_loss(x, y)


@book.loss(None, lambda rng, n: (rng.random(n) * 0.9 + 0.05, rng.integers(2, size=n)))
def binary_cross_entropy_of_probabilities(p, y):
    p_ = np.clip(p, 1e-12, 1 - 1e-12)
    return -np.mean(y * np.log(p_) + (1 - y) * np.log(1 - p_)), (p_ - y) / (p_ * (1 - p_)) / len(p)


@book.loss(None, lambda rng, n: (rng.standard_normal(6), rng.standard_normal((n, 6)), rng.standard_normal(n)))
def least_squares_with_two_gradients(w, X, t):
    e = X @ w - t
    return float(e @ e), 2 * X.T @ e, 2 * np.outer(e, w)


@book.loss(None, lambda rng, n: (rng.standard_normal((n, 3)), rng.integers(0, 5, (n, 3))))
def poisson_sum(x, k):
    return np.sum(np.exp(x) - k * x), np.exp(x) - k


@book.net(None, lambda rng, n: ([rng.standard_normal((6, 4)), np.zeros(4)], rng.standard_normal((n, 6)), rng.standard_normal((n, 4))))
def params_in_a_list(params, X, t):
    w, b = params
    e = np.tanh(X @ w + b) - t
    d = e * (1 - (e + t) ** 2)
    return 0.5 * np.sum(e * e), [X.T @ d, d.sum(0)]


@book.net(None, lambda rng, n: ({"w": np.zeros((5, 2))}, rng.standard_normal((n, 5)), rng.standard_normal((n, 2)), 0.5))
def ridge_from_zero(params, X, t, lam):
    e = X @ params["w"] - t
    return np.mean(e * e) + lam * np.sum(params["w"] ** 2), {"w": 2 * X.T @ e / e.size + 2 * lam * params["w"], "note": "unused"}


CASES = book.cases
