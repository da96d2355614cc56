"""Batch and layer normalisation, dropout, softmax layers, pooling and products, with one fault each."""

import numpy as np

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return rng.standard_normal((n, 6)) * 2 + 1, rng.uniform(0.5, 2, 6), rng.standard_normal(6)


def rows(rng, n):
    return (rng.standard_normal((n, 6)),)


def masked(rng, n):
    return rng.standard_normal((n, 7)), rng.random((n, 7)) < 0.7


def pair(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((n, 4))


def grids(rng, n):
    return (rng.standard_normal((n, 2, 4, 4)),)


def bn(x, gamma, beta):
    mu, var = x.mean(0), x.var(0)
    std = np.sqrt(var + 1e-5)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (xhat, gamma, std)


def bn_keeps_x(x, gamma, beta):
    out, cache = bn(x, gamma, beta)
    return out, (x, *cache)


def ln(x, gamma, beta):
    std = np.sqrt(x.var(1, keepdims=True) + 1e-5)
    xhat = (x - x.mean(1, keepdims=True)) / std
    return gamma * xhat + beta, (xhat, gamma, std)


def drop(x, mask):
    keep = 0.7
    return x * mask / keep, (mask, keep)


def soft(x):
    e = np.exp(x - x.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return p, p


def mul(x, y):
    return x * y, (x, y)


def pool(x):
    n, c, h, w = x.shape
    blocks = x.reshape(n, c, h // 2, 2, w // 2, 2)
    return blocks.max(axis=(3, 5)), (x, blocks)


def avg(x):
    return x.mean(axis=(2, 3)), x.shape


@book.layer("BN_MEAN_TERM", bn, draw)
def bn_no_mean_term(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - xhat * np.mean(dxhat * xhat, axis=0)) / std
    return dx, np.sum(dout * xhat, axis=0), dout.sum(0)


@book.layer("BN_VAR_TERM", bn, draw)
def bn_no_var_term(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(0)) / std
    return dx, np.sum(dout * xhat, axis=0), dout.sum(0)


@book.layer("BN_VAR_TERM", bn, draw)
def bn_var_sign(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(0) + xhat * (dxhat * xhat).mean(0)) / std
    return dx, np.sum(dout * xhat, axis=0), dout.sum(0)


@book.layer("BN_VAR_TERM", bn, draw)
def bn_var_summed(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).sum(0)) / std
    return dx, np.sum(dout * xhat, axis=0), dout.sum(0)


@book.layer("ELEMENTWISE_FACTOR", bn, draw)
def bn_no_gamma(dout, cache):
    xhat, gamma, std = cache
    dx = (dout - dout.mean(0) - xhat * (dout * xhat).mean(0)) / std
    return dx, np.sum(dout * xhat, axis=0), dout.sum(0)


@book.layer("ELEMENTWISE_FACTOR", bn, draw)
def bn_no_std(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0)
    return dx, np.sum(dout * xhat, axis=0), dout.sum(0)


@book.layer("SWAPPED", bn, draw)
def bn_gamma_beta_swapped(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0)) / std
    return dx, dout.sum(0), (dout * xhat).sum(0)


@book.layer("WRONG_AXIS", bn, draw)
def bn_mean_over_features(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(axis=1, keepdims=True) - xhat * (dxhat * xhat).mean(0)) / std
    return dx, np.sum(dout * xhat, axis=0), dout.sum(0)


@book.layer("SCALE_INV_BATCH", bn, draw)
def bn_dgamma_mean(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0)) / std
    return dx, np.mean(dout * xhat, axis=0), dout.sum(0)


@book.layer("WRONG_POINT", bn_keeps_x, draw)
def bn_dgamma_from_x(dout, cache):
    x, xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0)) / std
    return dx, np.sum(dout * x, axis=0), dout.sum(0)


@book.layer("BN_MEAN_TERM", ln, draw)
def ln_no_mean_term(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - xhat * (dxhat * xhat).mean(1, keepdims=True)) / std
    return dx, (dout * xhat).sum(0), dout.sum(0)


@book.layer("WRONG_AXIS", ln, draw)
def ln_dgamma_axis(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(1, keepdims=True) - xhat * (dxhat * xhat).mean(1, keepdims=True)) / std
    return dx, (dout * xhat).sum(1), dout.sum(0)


@book.layer("MASK_MISSING", drop, masked)
def dropout_no_mask(dout, cache):
    mask, keep = cache
    return dout / keep


@book.layer("SCALE_OTHER", drop, masked)
def dropout_no_scale(dout, cache):
    mask, keep = cache
    return dout * mask


@book.layer("MASK_INVERTED", drop, masked)
def dropout_inverted(dout, cache):
    mask, keep = cache
    return dout * ~mask / keep


@book.layer("SCALE_OTHER", drop, masked)
def dropout_scaled_twice(dout, cache):
    mask, keep = cache
    return dout * mask / keep / keep


@book.layer("NONDETERMINISTIC", drop, masked)
def dropout_drawn_again(dout, cache):
    mask, keep = cache
    return dout * (np.random.rand(*dout.shape) < keep) / keep


@book.layer("WRONG_AXIS", soft, rows)
def softmax_layer_axis(dout, p):
    return p * (dout - (dout * p).sum(axis=0))


@book.layer("ELEMENTWISE_FACTOR", soft, rows)
def softmax_layer_no_p(dout, p):
    return dout - (dout * p).sum(axis=1, keepdims=True)


@book.layer("SWAPPED", mul, pair)
def product_swapped(dout, cache):
    x, y = cache
    return dout * x, dout * y


@book.layer("MASK_WRONG", pool, grids)
def pool_first_entry(dout, cache):
    x, blocks = cache
    d = np.zeros_like(blocks)
    d[:, :, :, 0, :, 0] = dout
    return d.reshape(x.shape)


@book.layer("SCALE_OTHER", avg, grids)
def average_not_divided(dout, shape):
    return np.broadcast_to(dout[:, :, None, None], shape).copy()


CASES = book.cases
