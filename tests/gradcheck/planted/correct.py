"""Correct backward passes written in awkward ways, and correct ones on awkward inputs: none may be accused."""

import functools

import numpy as np

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return (rng.standard_normal((n, 7)),)


def affine_draw(rng, n):
    return rng.standard_normal((n, 7)), rng.standard_normal((7, 3)), rng.standard_normal(3)


def scaled(factor):
    return lambda rng, n: (rng.standard_normal((n, 7)) * factor,)


def relu(x):
    return np.maximum(x, 0), x > 0


def sigmoid(x):
    s = np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))
    return s, {"s": s}


def affine(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)


for factor in (1e-8, 1.0, 1e8):

    @book.layer(None, relu, scaled(factor))
    def relu_mask_cached(dout, mask):
        return dout * mask

    @book.layer(None, lambda x: (np.tanh(x), np.tanh(x)), scaled(factor))
    def tanh_lambda(dout, t):
        return dout * (1 - t * t)

    @book.layer(None, sigmoid, scaled(factor))
    def sigmoid_saturates(dout, cache):
        return dout * cache["s"] * (1 - cache["s"])

    @book.layer(None, lambda x: (x**2, x), scaled(factor))
    def square_scaled(dout, x):
        return 2 * x * dout


@book.layer(None, relu, lambda rng, n: (np.where(rng.random((n, 7)) < 0.4, 0.0, rng.standard_normal((n, 7))),))
def relu_many_zeros(dout, mask):
    dx = dout.copy()
    dx[~mask] = 0
    return dx


@book.layer(None, sigmoid, lambda rng, n: (rng.standard_normal((n, 5)) * 40,))
def sigmoid_deep_saturation(dout, cache):
    s = cache["s"]
    return dout * (s - s**2)


@book.layer(None, affine, lambda rng, n: (rng.standard_normal((n, 2, 2, 3)), rng.standard_normal((12, 4)), rng.standard_normal(4)))
def affine_images(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(0)


@book.layer(None, affine, affine_draw)
def affine_in_a_dict(dout, cache):
    x, w, b = cache
    return {"dw": x.T @ dout, "db": dout.sum(0), "dx": dout @ w.T}


@book.layer(None, affine, affine_draw)
def affine_in_a_list(dout, cache):
    x, w, b = cache
    dw, db = np.zeros_like(w), np.zeros_like(b)
    for i in range(len(x)):
        dw += np.outer(x[i], dout[i])
        db += dout[i]
    return [dout @ w.T, dw, db]


@book.layer(None, lambda x, w, b: (x @ w + b, lambda d: (d @ w.T, x.T @ d, d.sum(0))), affine_draw)
def closure_as_cache(dout, cache):
    return cache(dout)


class Saved:
    def __init__(self, **arrays):
        self.__dict__.update(arrays)


@book.layer(None, lambda x: (np.exp(x), Saved(out=np.exp(x))), draw)
def object_as_cache(dout, cache):
    cache.calls = getattr(cache, "calls", 0) + 1
    return dout * cache.out


@book.layer(None, lambda x: (x.T, None), draw)
def transpose_is_a_view(dout, _):
    return dout.T.copy()


@book.layer(None, lambda x: (np.cumsum(x, axis=1), ((x.shape,), {})), draw)
def cumulative_sum(dout, cache):
    return np.cumsum(dout[:, ::-1], axis=1)[:, ::-1].copy()


def row_bias(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((1, 4))


@book.layer(None, lambda x, b: (x * 1 + b, None), row_bias)
def bias_as_a_row(dout, _):
    return 1.0 * dout, dout.sum(axis=0, keepdims=True)


@book.layer(None, lambda x: (x.max(axis=1), x), lambda rng, n: (np.round(rng.standard_normal((n, 6))),))
def max_with_ties(dout, x):
    dx = np.zeros_like(x)
    dx[np.arange(len(x)), x.argmax(axis=1)] = dout
    return dx


@book.layer(None, lambda x: (x.max(axis=1), x), lambda rng, n: (np.round(rng.standard_normal((n, 6))) + 0.0,))
def max_shares_ties(dout, x):
    best = x == x.max(axis=1, keepdims=True)
    return dout[:, None] * best / best.sum(axis=1, keepdims=True)


@book.layer(None, lambda x: (np.abs(x), x), lambda rng, n: (np.round(2 * rng.standard_normal((n, 6))) / 2,))
def abs_with_zeros(dout, x):
    return dout * np.sign(x)


@book.layer(None, lambda x, gamma, beta, state: bn(x, gamma, beta, state), lambda rng, n: (
    rng.standard_normal((n, 5)), rng.uniform(0.5, 2, 5), rng.standard_normal(5), {"mean": np.zeros(5), "momentum": 0.9}))  # fmt: skip
def batch_norm_with_running_mean(dout, cache):
    xhat, gamma, std = cache
    n = len(dout)
    dx = gamma / std / n * (n * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))
    return dx, (dout * xhat).sum(0), dout.sum(0)


def bn(x, gamma, beta, state):
    state["mean"] = state["momentum"] * state["mean"] + (1 - state["momentum"]) * x.mean(0)
    std = np.sqrt(x.var(0) + 1e-5)
    xhat = (x - x.mean(0)) / std
    return gamma * xhat + beta, (xhat, gamma, std)


def drop(x, keep, rng):
    mask = (rng.random(x.shape) < keep) / keep
    return x * mask, mask


@book.layer(None, functools.partial(drop, keep=0.6, rng=np.random.default_rng(3)), draw)
def dropout_shared_generator(dout, mask):
    return mask * dout


def drop_global(x):
    mask = np.random.rand(*x.shape) < 0.5
    return x * mask, mask


@book.layer(None, drop_global, draw)
def dropout_global_stream(dout, mask):
    return mask * dout


@book.layer(None, lambda x, m: (x * m, m), lambda rng, n: (rng.standard_normal((n, 6)), (rng.random((n, 6)) < 0.5) / 0.5))
def float_mask_given(dout, m):
    return dout * m


@book.layer(None, lambda ids, table: (table[ids], (ids, table.shape)), lambda rng, n: (rng.integers(5, size=n), rng.standard_normal((5, 3))))
def embedding(dout, cache):
    ids, shape = cache
    d = np.zeros(shape)
    np.add.at(d, ids, dout)
    return d


@book.layer(None, lambda x: (np.asarray(x.sum()), x.shape), draw)
def scalar_output(dout, shape):
    return np.full(shape, dout)


@book.layer(None, lambda x: (x[:, ::2], x.shape), draw)
def every_other_column(dout, shape):
    dx = np.zeros(shape)
    dx[:, ::2] = dout
    return dx


@book.layer(None, lambda x, p=3: (x**p, (x, p)), lambda rng, n: (np.asfortranarray(rng.standard_normal((n, 4))), 3))
def power_with_an_integer(dout, cache):
    x, p = cache
    return dout * p * x ** (p - 1), None


def read_only(rng, n):
    x = rng.standard_normal((n, 6))
    x.flags.writeable = False
    return (x[:, ::2],)


@book.layer(None, lambda x: (np.sin(x), x), read_only)
def sine_of_read_only(dout, x):
    return dout * np.cos(x)


def single(rng, n):
    return (rng.standard_normal((n, 6)).astype(np.float32),)


@book.layer(None, lambda x: (np.tanh(x), np.tanh(x)), single)
def tanh_in_float32(dout, t):
    return dout * (1 - t * t)


@book.layer(None, affine, lambda rng, n: tuple(a.astype(np.float32) for a in affine_draw(rng, n)))
def affine_in_float32(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(0)


@book.layer(None, lambda x: (np.sqrt(x), np.sqrt(x)), lambda rng, n: (rng.uniform(1e-6, 2, (n, 5)),))
def square_root(dout, r):
    return dout * 0.5 / r


@book.layer(None, lambda x: (np.log(x), x), lambda rng, n: (10.0 ** rng.uniform(-6, 3, (n, 5)),))
def logarithm(dout, x):
    return dout / x


@book.layer(None, lambda x: (np.clip(x, -1, 1), np.abs(x) <= 1), lambda rng, n: (np.round(rng.standard_normal((n, 6))),))
def clip_at_the_edges(dout, inside):
    return dout * inside


CASES = book.cases
