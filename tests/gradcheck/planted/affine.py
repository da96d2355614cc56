"""Affine layers, alone and with a relu, with one fault each."""

import numpy as np

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return rng.standard_normal((n, 7)), rng.standard_normal((7, 3)), rng.standard_normal(3)


def square(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 4)), rng.standard_normal(4)


def image(rng, n):
    return rng.standard_normal((n, 2, 3)), rng.standard_normal((6, 4)), rng.standard_normal(4)


def forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)


def forward_relu(x, w, b):
    z = x @ w + b
    return np.maximum(z, 0), (x, w, b, z)


@book.layer("SCALE_INV_BATCH", forward, draw)
def affine_db_mean(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.mean(axis=0)


@book.layer("SCALE_INV_BATCH", forward, draw)
def affine_dw_averaged(dout, cache):
    x, w, b = cache
    dw = x.T @ dout / x.shape[0]
    return dout @ w.T, dw, dout.sum(0)


@book.layer("TRANSPOSED", forward, square)
def affine_w_not_transposed(dout, cache):
    x, w, b = cache
    return dout @ w, x.T @ dout, dout.sum(0)


@book.layer("TRANSPOSED", forward, draw)
def affine_dw_transposed(dout, cache):
    x, w, b = cache
    return np.dot(dout, w.T), np.dot(dout.T, x), np.sum(dout, axis=0)


@book.layer("SWAPPED", forward, draw)
def affine_order(dout, cache):
    x, w, b = cache
    dx, dw, db = dout.dot(w.T), x.T.dot(dout), dout.sum(axis=0)
    return dw, dx, db


@book.layer("NOT_SUMMED", forward, draw)
def affine_db_is_dout(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.copy()


@book.layer("KEEPDIMS", forward, draw)
def affine_db_keepdims(dout, cache):
    x, w, b = cache
    db = np.sum(dout, axis=0, keepdims=True)
    return dout @ w.T, x.T @ dout, db


@book.layer("WRONG_AXIS", forward, draw)
def affine_db_axis(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=1)


@book.layer("OVER_SUMMED", forward, draw)
def affine_db_total(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, np.full(b.shape, dout.sum())


@book.layer("FLATTENED", forward, image)
def affine_dx_flat(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.reshape(len(x), -1).T @ dout, dout.sum(0)


@book.layer("BATCH_SUBSET", forward, draw)
def affine_loop_assigns(dout, cache):
    x, w, b = cache
    dw = np.zeros_like(w)
    for i in range(len(x)):
        dw = np.outer(x[i], dout[i])
    return dout @ w.T, dw, dout.sum(0)


@book.layer("BATCH_SUBSET", forward, draw)
def affine_db_first(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout[0].copy()


@book.layer("SIGN", forward, draw)
def affine_negative_dx(dout, cache):
    x, w, b = cache
    return -dout @ w.T, x.T @ dout, dout.sum(0)


@book.layer("ZERO", forward, draw)
def affine_forgot_dw(dout, cache):
    x, w, b = cache
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    dx += dout @ w.T
    db += dout.sum(0)
    return dx, dw, db


@book.layer("MISSING_GRAD", forward, draw)
def affine_two_returned(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout


@book.layer("IGNORES_DOUT", forward, draw)
def affine_dw_without_dout(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ np.ones_like(dout), dout.sum(0)


@book.layer("ADDITIVE_TERM", forward, draw)
def affine_dx_leak(dout, cache):
    x, w, b = cache
    dx = dout @ w.T
    dx = dx + 0.3 * x
    return dx, x.T @ dout, dout.sum(0)


@book.layer("RAISES", forward, draw)
def affine_raises(dout, cache):
    x, w, b = cache
    return dout @ w, x.T @ dout, dout.sum(0)


@book.layer("WRONG_SHAPE", forward, draw)
def affine_dw_cut(dout, cache):
    x, w, b = cache
    return dout @ w.T, (x.T @ dout)[:, :2], dout.sum(0)


@book.layer("SCALE_OTHER", forward, draw)
def affine_divided_by_features(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout / x.shape[1], dout.sum(0)


@book.layer("UNNAMED", forward, draw)
def affine_random_garbage(dout, cache):
    x, w, b = cache
    return np.roll(dout @ w.T, 1, axis=1), x.T @ dout, dout.sum(0)


@book.layer("MASK_MISSING", forward_relu, draw)
def affine_relu_no_mask(dout, cache):
    x, w, b, z = cache
    return dout @ w.T, x.T @ dout, dout.sum(0)


@book.layer("MASK_INVERTED", forward_relu, draw)
def affine_relu_inverted(dout, cache):
    x, w, b, z = cache
    dz = dout * (z < 0)
    return dz @ w.T, x.T @ dz, dz.sum(0)


@book.layer("MASK_LEAK", forward_relu, draw)
def affine_relu_leaks(dout, cache):
    x, w, b, z = cache
    dz = np.where(z > 0, dout, 0.1 * dout)
    return dz @ w.T, x.T @ dz, dz.sum(0)


@book.layer("MASK_FROM_DOUT", forward_relu, draw)
def affine_relu_mask_of_dout(dout, cache):
    x, w, b, z = cache
    dz = dout * (dout > 0)
    return dz @ w.T, x.T @ dz, dz.sum(0)


@book.layer("MASK_WRONG", forward_relu, draw)
def affine_relu_threshold(dout, cache):
    x, w, b, z = cache
    dz = dout * (z > 0.5)
    return dz @ w.T, x.T @ dz, dz.sum(0)


def gated(x, w, v):
    z, s = x @ w, 1 / (1 + np.exp(-(x @ v)))
    return z * s, (x, w, v, z, s)


def two_weights(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3)), rng.standard_normal((4, 3))


@book.layer("MISSING_TERM", gated, two_weights)
def gate_held_constant_for_x(dout, cache):
    x, w, v, z, s = cache
    return (dout * s) @ w.T, x.T @ (dout * s), x.T @ (dout * z * s * (1 - s))


CASES = book.cases
