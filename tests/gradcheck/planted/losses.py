"""Losses with one fault each: softmax, hinge, squared, logistic, and linear classifiers with a penalty."""

import numpy as np

from gradcheck.casebook import Casebook

book = Casebook()


def scores(rng, n):
    return rng.standard_normal((n, 4)), rng.integers(4, size=n)


def targets(rng, n):
    return rng.standard_normal((n, 3)), rng.standard_normal((n, 3))


def binary(rng, n):
    return rng.standard_normal(n), rng.integers(2, size=n).astype(float)


def linear(rng, n):
    return rng.standard_normal((9, 4)), rng.standard_normal((n, 9)), rng.integers(4, size=n), 0.2


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(x, y):
    z = x - x.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y])


@book.loss("SCALE_BATCH", scores)
def softmax_no_mean(x, y):
    p = softmax(x)
    p[np.arange(len(y)), y] -= 1
    return cross_entropy(x, y), p


@book.loss("SCALE_INV_BATCH", scores)
def softmax_mean_twice(x, y):
    n = len(y)
    p = softmax(x)
    p[range(n), y] -= 1
    return cross_entropy(x, y), p / n / n


@book.loss("LABEL_TERM", scores)
def softmax_no_minus_one(x, y):
    return cross_entropy(x, y), softmax(x) / len(y)


@book.loss("LABEL_TERM", scores)
def softmax_plus_one(x, y):
    p = softmax(x)
    p[np.arange(len(y)), y] += 1
    return cross_entropy(x, y), p / len(y)


@book.loss("LABEL_TERM", scores)
def softmax_minus_one_after_mean(x, y):
    p = softmax(x) / len(y)
    p[np.arange(len(y)), y] -= 1
    return cross_entropy(x, y), p


@book.loss("LABEL_INDEX", scores)
def softmax_all_columns(x, y):
    p = softmax(x)
    p[:, y] -= 1
    return cross_entropy(x, y), p / len(y)


@book.loss("LABEL_INDEX", scores)
def softmax_label_off_by_one(x, y):
    p = softmax(x)
    p[np.arange(len(y)), y - 1] -= 1
    return cross_entropy(x, y), p / len(y)


@book.loss("DOUBLE_SOFTMAX", scores)
def softmax_twice(x, y):
    p = softmax(softmax(x))
    p[np.arange(len(y)), y] -= 1
    return cross_entropy(x, y), p / len(y)


@book.loss("WRONG_AXIS", scores)
def softmax_over_batch(x, y):
    e = np.exp(x - x.max())
    p = e / e.sum(axis=0)
    p[np.arange(len(y)), y] -= 1
    return cross_entropy(x, y), p / len(y)


@book.loss("SIGN", scores)
def softmax_sign(x, y):
    onehot = np.eye(x.shape[1])[y]
    return cross_entropy(x, y), (onehot - softmax(x)) / len(y)


@book.loss("TRANSPOSED", scores)
def softmax_transposed(x, y):
    p = softmax(x)
    p[np.arange(len(y)), y] -= 1
    return cross_entropy(x, y), p.T / len(y)


@book.loss("NONFINITE", scores)
def softmax_overflows(x, y):
    e = np.exp(x)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(len(y)), y]))
    p[np.arange(len(y)), y] -= 1
    return loss, p / len(y)


@book.loss("SCALE_OTHER", scores)
def softmax_over_all_entries(x, y):
    p = softmax(x)
    p[np.arange(len(y)), y] -= 1
    return cross_entropy(x, y), p / x.size


@book.loss("SMALL_ERROR", scores)
def softmax_eps_in_loss(x, y):
    p = softmax(x)
    loss = -np.mean(np.log(p[np.arange(len(y)), y] + 1e-5))
    p[np.arange(len(y)), y] -= 1
    return loss, p / len(y)


@book.loss("BATCH_SUBSET", scores)
def softmax_first_row(x, y):
    p = softmax(x)
    dx = np.zeros_like(x)
    for i in range(len(y)):
        dx[i] = p[i]
        dx[i, y[i]] -= 1
        break
    return cross_entropy(x, y), dx / len(y)


@book.loss("MUTATES_INPUT", scores)
def softmax_shifts_in_place(x, y):
    x -= x.max(axis=1, keepdims=True)
    p = softmax(x)
    p[np.arange(len(y)), y] -= 1
    return cross_entropy(x, y), p / len(y)


@book.loss("ALIASED", targets)
def linear_loss_returns_target(x, t):
    return np.sum(x * t), t


def hinge_margins(x, y):
    rows = np.arange(len(y))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    return margins


@book.loss("LABEL_TERM", scores)
def svm_no_correct_class(x, y):
    m = hinge_margins(x, y)
    return m.sum() / len(y), (m > 0) / len(y)


@book.loss("LABEL_TERM", scores)
def svm_correct_class_once(x, y):
    m = hinge_margins(x, y)
    dx = (m > 0).astype(float)
    dx[np.arange(len(y)), y] = -1
    return m.sum() / len(y), dx / len(y)


@book.loss("LABEL_TERM", scores)
def svm_plus_count(x, y):
    m = hinge_margins(x, y)
    dx = (m > 0) * 1.0
    dx[np.arange(len(y)), y] += dx.sum(axis=1)
    return m.sum() / len(y), dx / len(y)


@book.loss("MASK_WRONG", scores)
def svm_mask_without_margin(x, y):
    m = hinge_margins(x, y)
    rows = np.arange(len(y))
    dx = (x > x[rows, y][:, None]).astype(float)
    dx[rows, y] = -dx.sum(axis=1)
    return m.sum() / len(y), dx / len(y)


@book.loss("SCALE_BATCH", scores)
def svm_no_mean(x, y):
    m = hinge_margins(x, y)
    dx = (m > 0).astype(float)
    dx[np.arange(len(y)), y] -= dx.sum(axis=1)
    return m.sum() / len(y), dx


@book.loss("SCALE_TWO", targets)
def squared_two(x, t):
    return 0.5 * np.sum((x - t) ** 2) / len(x), 2 * (x - t) / len(x)


@book.loss("SCALE_HALF", targets)
def squared_half(x, t):
    return np.mean(np.sum((x - t) ** 2, axis=1)), (x - t) / len(x)


@book.loss("SIGN", targets)
def squared_sign(x, t):
    return np.sum((x - t) ** 2) / len(x), 2 * (t - x) / len(x)


@book.loss("ADDITIVE_TERM", targets)
def squared_without_target(x, t):
    return 0.5 * np.sum((x - t) ** 2) / len(x), x / len(x)


@book.loss("SCALE_OTHER", targets)
def squared_mean_over_all(x, t):
    return np.mean((x - t) ** 2), 2 * (x - t) / len(x)


@book.loss("ELEMENTWISE_FACTOR", targets)
def quadratic_through_sigmoid(x, t):
    a = 1 / (1 + np.exp(-x))
    return 0.5 * np.sum((a - t) ** 2) / len(x), (a - t) / len(x)


@book.loss("LABEL_TERM", binary)
def logistic_without_label(x, y):
    p = 1 / (1 + np.exp(-x))
    return np.mean(np.logaddexp(0, x) - y * x), p / len(x)


@book.loss("SCALE_BATCH", binary)
def logistic_no_mean(x, y):
    p = 1 / (1 + np.exp(-x))
    return np.mean(np.logaddexp(0, x) - y * x), p - y


@book.loss("MISSING_REG", linear)
def classifier_no_reg(W, X, y, reg):
    p = softmax(X @ W)
    p[np.arange(len(y)), y] -= 1
    return cross_entropy(X @ W, y) + 0.5 * reg * np.sum(W * W), X.T @ p / len(y)


@book.loss("EXTRA_REG", linear)
def classifier_reg_doubled(W, X, y, reg):
    p = softmax(X @ W)
    p[np.arange(len(y)), y] -= 1
    return cross_entropy(X @ W, y) + 0.5 * reg * np.sum(W * W), X.T @ p / len(y) + 2 * reg * W


@book.loss("LABEL_TERM", linear)
def classifier_no_label(W, X, y, reg):
    p = softmax(X @ W)
    return cross_entropy(X @ W, y) + reg * np.sum(W * W), X.T @ p / len(y) + 2 * reg * W


@book.loss("RAISES", scores)
def loss_raises(x, y):
    p = softmax(x)
    p[np.arange(len(y) + 1), y] -= 1
    return cross_entropy(x, y), p / len(y)


@book.loss("DTYPE", scores)
def softmax_single(x, y):
    p = softmax(x.astype(np.float32))
    p[np.arange(len(y)), y] -= 1
    return cross_entropy(x, y), p / np.float32(len(y))


CASES = book.cases
