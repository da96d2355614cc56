"""Functions that break the contract rather than the chain rule: they write, alias, remember, draw, or lose precision."""

import numpy as np

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return (rng.standard_normal((n, 7)),)


def pair(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((n, 4))


def affine_draw(rng, n):
    return rng.standard_normal((n, 7)), rng.standard_normal((7, 3)), rng.standard_normal(3)


def relu(x):
    return np.maximum(x, 0), x


def relu_in_place(x):
    x[x < 0] = 0
    return x.copy(), x


def tanh(x):
    t = np.tanh(x)
    return t, [t]


def square(x):
    return x * x, {"x": x}


def add(x, y):
    return x + y, None


def affine(x, w, b):
    return x @ w + b, (x, w, b)


def noisy(x):
    mask = np.random.default_rng().random(x.shape) < 0.5
    return x * mask, mask


def log_positive(x):
    return np.log1p(x * x), x


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2)), x


BUFFER = np.zeros((7, 3))


@book.layer("MUTATES_DOUT", relu, draw)
def relu_writes_dout(dout, x):
    dx = dout
    dx[x <= 0] = 0
    return dx


@book.layer("MUTATES_DOUT", tanh, draw)
def tanh_scales_dout(dout, cache):
    (t,) = cache
    dout *= 1 - t**2
    return dout.copy()


@book.layer("MUTATES_CACHE", tanh, draw)
def tanh_squares_cache(dout, cache):
    t = cache[0]
    t **= 2
    return dout * (1 - t)


@book.layer("MUTATES_CACHE", square, draw)
def square_doubles_cache(dout, cache):
    cache["x"] *= 2
    return dout * cache["x"]


@book.layer("MUTATES_INPUT", relu_in_place, draw)
def relu_forward_writes(dout, x):
    return dout * (x > 0)


@book.layer("ALIASED", add, pair)
def add_returns_dout_twice(dout, cache):
    return dout, dout


@book.layer("ALIASED", lambda x: (x.reshape(len(x), -1), x.shape), draw)
def reshape_view(dout, shape):
    return dout.reshape(shape)


@book.layer("NOT_REENTRANT", affine, affine_draw)
def affine_accumulates(dout, cache):
    x, w, b = cache
    BUFFER[...] += x.T @ dout
    return dout @ w.T, BUFFER.copy(), dout.sum(0)


@book.layer("NONDETERMINISTIC", noisy, draw)
def forward_draws(dout, mask):
    return dout * mask


@book.layer("DTYPE", tanh, draw)
def tanh_float32(dout, cache):
    return (dout * (1 - cache[0] ** 2)).astype(np.float32)


@book.layer("DTYPE", tanh, draw)
def tanh_float32_inside(dout, cache):
    t = cache[0].astype(np.float32)
    return dout * (1 - t * t).astype(np.float64)


@book.layer("DTYPE", relu, draw)
def relu_whole_numbers(dout, x):
    dx = np.zeros(x.shape, dtype=int)
    dx[x > 0] = dout[x > 0]
    return dx


@book.layer("NONFINITE", relu, draw)
def relu_by_division(dout, x):
    return dout * (np.maximum(x, 0) / x)


@book.layer("NONFINITE", sigmoid, draw)
def sigmoid_overflows(dout, x):
    e = np.exp(x)
    return dout * e / (1 + e) ** 2


@book.layer("RAISES", square, draw)
def wrong_key(dout, cache):
    return 2 * dout * cache["X"]


@book.layer("MISSING_GRAD", affine, affine_draw)
def dict_without_b(dout, cache):
    x, w, b = cache
    return {"x": dout @ w.T, "w": x.T @ dout}


@book.layer("ZERO", affine, affine_draw)
def none_for_w(dout, cache):
    x, w, b = cache
    return dout @ w.T, None, dout.sum(0)


@book.layer("ADDITIVE_TERM", square, draw)
def square_leaks_x(dout, cache):
    return 2 * dout * cache["x"] + cache["x"]


def lookup(x, W):
    return W[x], (x, W)


@book.layer("REPEATED_INDEX", lookup, lambda rng, n: (rng.integers(5, size=(n, 3)), rng.standard_normal((5, 4))))
def lookup_adds_once(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    dW[x] += dout
    return dW


CASES = book.cases
