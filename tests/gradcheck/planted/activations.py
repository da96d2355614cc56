"""Elementwise layers with one fault each: relu and its kin, sigmoid, tanh, and less common ones."""

import numpy as np

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return (rng.standard_normal((n, 7)) * 1.5,)


def positive(rng, n):
    return (rng.uniform(0.2, 3.0, (n, 6)),)


def relu(x):
    return np.maximum(0, x), x


def leaky(x, alpha=0.1):
    return np.where(x > 0, x, alpha * x), (x, alpha)


def sigmoid(x):
    s = 1 / (1 + np.exp(-x))
    return s, s


def sigmoid_both(x):
    s = 1 / (1 + np.exp(-x))
    return s, {"x": x, "s": s}


def tanh(x):
    t = np.tanh(x)
    return t, (x, t)


def elu(x):
    out = np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)
    return out, (x, out)


def clip(x):
    return np.clip(x, -1, 1), x


def square(x):
    return x**2, x


def log(x):
    return np.log(x), x


def softplus(x):
    return np.logaddexp(0, x), x


def swish(x):
    s = 1 / (1 + np.exp(-x))
    return x * s, (x, s)


def absolute(x):
    return np.abs(x), x


def exponential(x):
    e = np.exp(x)
    return e, e


@book.layer("KINK_CONVENTION", relu, draw)
def relu_ge(dout, x):
    return dout * (x >= 0)


@book.layer("MASK_FROM_DOUT", relu, draw)
def relu_of_dout(dout, x):
    return np.where(dout > 0, dout, 0)


@book.layer("MASK_FROM_DOUT", relu, draw)
def relu_maximum_dout(dout, x):
    return np.maximum(dout, 0)


@book.layer("MASK_MISSING", relu, draw)
def relu_passes_all(dout, x):
    dx = dout.copy()
    return dx


@book.layer("MASK_INVERTED", relu, draw)
def relu_inverted(dout, x):
    dx = dout.copy()
    dx[x > 0] = 0
    return dx


@book.layer("MASK_LEAK", relu, draw)
def relu_leaks(dout, x):
    dx = np.array(dout)
    dx[x <= 0] *= 0.01
    return dx


@book.layer("MASK_WRONG", relu, draw)
def relu_threshold(dout, x):
    return dout * (x > 0.1)


@book.layer("MASK_WRONG", relu, draw)
def relu_abs_mask(dout, x):
    return dout * (np.abs(x) > 0.5)


@book.layer("IGNORES_DOUT", relu, draw)
def relu_only_mask(dout, x):
    return (x > 0).astype(float)


@book.layer("NONLINEAR_DOUT", relu, draw)
def relu_dout_squared(dout, x):
    return dout * dout * (x > 0)


@book.layer("NONLINEAR_DOUT", relu, draw)
def relu_clips_dout(dout, x):
    return np.clip(dout, -1, 1) * (x > 0)


@book.layer("NONLINEAR_DOUT", sigmoid, draw)
def sigmoid_sign_of_dout(dout, s):
    return np.abs(dout) * s * (1 - s)


@book.layer("ZERO", relu, draw)
def relu_zero(dout, x):
    dx = np.zeros_like(x)
    return dx


@book.layer("BATCH_SUBSET", relu, draw)
def relu_last_row_only(dout, x):
    dx = np.zeros_like(x)
    dx[-1] = dout[-1] * (x[-1] > 0)
    return dx


@book.layer("MASK_MISSING", leaky, draw)
def leaky_missing(dout, cache):
    return 1.0 * dout


@book.layer("MASK_INVERTED", leaky, draw)
def leaky_inverted(dout, cache):
    x, alpha = cache
    return np.where(x > 0, alpha * dout, dout)


@book.layer("MASK_LEAK", leaky, draw)
def leaky_wrong_slope(dout, cache):
    x, alpha = cache
    return np.where(x > 0, dout, 0.3 * dout)


@book.layer("ELEMENTWISE_FACTOR", sigmoid, draw)
def sigmoid_only_s(dout, s):
    return dout * s


@book.layer("ELEMENTWISE_FACTOR", sigmoid, draw)
def sigmoid_only_one_minus(dout, s):
    return dout * (1 - s)


@book.layer("ELEMENTWISE_FACTOR", sigmoid, draw)
def sigmoid_squared(dout, s):
    return dout * s * s * (1 - s)


@book.layer("ELEMENTWISE_FACTOR", sigmoid, draw)
def sigmoid_plus(dout, s):
    return dout * s * (1 + s)


@book.layer("WRONG_POINT", sigmoid_both, draw)
def sigmoid_formula_at_x(dout, cache):
    x = cache["x"]
    return dout * x * (1 - x)


@book.layer("WRONG_POINT", sigmoid_both, draw)
def sigmoid_twice(dout, cache):
    s = 1 / (1 + np.exp(-cache["s"]))
    return dout * s * (1 - s)


@book.layer("SIGN", sigmoid, draw)
def sigmoid_sign(dout, s):
    return dout * s * (s - 1)


@book.layer("ELEMENTWISE_FACTOR", tanh, draw)
def tanh_no_square(dout, cache):
    x, t = cache
    return dout * (1 - t)


@book.layer("ELEMENTWISE_FACTOR", tanh, draw)
def tanh_plus(dout, cache):
    x, t = cache
    return dout * (1 + t**2)


@book.layer("WRONG_POINT", tanh, draw)
def tanh_at_x(dout, cache):
    x, t = cache
    return dout * (1 - x**2)


@book.layer("WRONG_POINT", tanh, draw)
def tanh_of_tanh(dout, cache):
    x, t = cache
    return dout * (1 - np.tanh(t) ** 2)


@book.layer("ELEMENTWISE_FACTOR", elu, draw)
def elu_factor(dout, cache):
    x, out = cache
    return np.where(x > 0, dout, dout * out)


@book.layer("MASK_MISSING", clip, draw)
def clip_passes(dout, x):
    return dout + 0.0


@book.layer("MASK_WRONG", clip, draw)
def clip_one_side(dout, x):
    return dout * (x < 1)


@book.layer("SCALE_HALF", square, draw)
def square_without_two(dout, x):
    return dout * x


@book.layer("ELEMENTWISE_FACTOR", square, draw)
def square_without_x(dout, x):
    return 2 * dout


@book.layer("ELEMENTWISE_FACTOR", log, positive)
def log_times_x(dout, x):
    return dout * x


@book.layer("WRONG_POINT", softplus, draw)
def softplus_sigmoid_of_out(dout, x):
    out = np.logaddexp(0, x)
    return dout / (1 + np.exp(-out))


@book.layer("ADDITIVE_TERM", swish, draw)
def swish_product_rule(dout, cache):
    x, s = cache
    return dout * x * s * (1 - s)


@book.layer("ELEMENTWISE_FACTOR", absolute, draw)
def abs_without_sign(dout, x):
    return dout * np.abs(x)


@book.layer("SCALE_TWO", exponential, draw)
def exp_twice(dout, e):
    return dout * (e + e)


@book.layer("SMALL_ERROR", tanh, draw)
def tanh_rounded(dout, cache):
    x, t = cache
    return dout * (1.0001 - t * t)


CASES = book.cases
