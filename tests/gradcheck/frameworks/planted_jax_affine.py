"""The planted affine bugs as custom_vjp: one fault in each bwd."""

import jax.numpy as jnp

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return rng.standard_normal((n, 7)), rng.standard_normal((7, 3)), rng.standard_normal(3)


def square(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 4)), rng.standard_normal(4)


def gates(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3)), rng.standard_normal((4, 3))


def affine(x, w, b):
    return x @ w + b


def affine_fwd(x, w, b):
    return x @ w + b, (x, w)


def affine_relu(x, w, b):
    return jnp.maximum(x @ w + b, 0)


def affine_relu_fwd(x, w, b):
    z = x @ w + b
    return jnp.maximum(z, 0), (x, w, z)


def sigmoid(z):
    return 1 / (1 + jnp.exp(-z))


def gated(x, w, v):
    return (x @ w) * sigmoid(x @ v)


def gated_fwd(x, w, v):
    z, s = x @ w, sigmoid(x @ v)
    return z * s, (x, w, v, z, s)


@book.jax("SCALE_INV_BATCH", affine, affine_fwd, draw)
def affine_db_mean(res, g):
    x, w = res
    return g @ w.T, x.T @ g, g.mean(axis=0)


@book.jax("SCALE_INV_BATCH", affine, affine_fwd, draw)
def affine_dw_averaged(res, g):
    x, w = res
    dw = x.T @ g / x.shape[0]
    return g @ w.T, dw, g.sum(0)


@book.jax("TRANSPOSED", affine, affine_fwd, square)
def affine_w_not_transposed(res, g):
    x, w = res
    return g @ w, x.T @ g, g.sum(0)


@book.jax("TRANSPOSED", affine, affine_fwd, draw)
def affine_dw_transposed(res, g):
    x, w = res
    return jnp.dot(g, w.T), jnp.dot(g.T, x), jnp.sum(g, axis=0)


@book.jax("SWAPPED", affine, affine_fwd, draw)
def affine_order(res, g):
    x, w = res
    dx, dw, db = g.dot(w.T), x.T.dot(g), g.sum(axis=0)
    return dw, dx, db


@book.jax("NOT_SUMMED", affine, affine_fwd, draw)
def affine_db_is_g(res, g):
    x, w = res
    return g @ w.T, x.T @ g, g


@book.jax("KEEPDIMS", affine, affine_fwd, draw)
def affine_db_keepdims(res, g):
    x, w = res
    db = jnp.sum(g, axis=0, keepdims=True)
    return g @ w.T, x.T @ g, db


@book.jax("WRONG_AXIS", affine, affine_fwd, draw)
def affine_db_axis(res, g):
    x, w = res
    return g @ w.T, x.T @ g, g.sum(axis=1)


@book.jax("OVER_SUMMED", affine, affine_fwd, draw)
def affine_db_total(res, g):
    x, w = res
    return g @ w.T, x.T @ g, jnp.full(w.shape[1], g.sum())


@book.jax("BATCH_SUBSET", affine, affine_fwd, draw)
def affine_loop_assigns(res, g):
    x, w = res
    dw = jnp.zeros_like(w)
    for i in range(len(x)):
        dw = jnp.outer(x[i], g[i])
    return g @ w.T, dw, g.sum(0)


@book.jax("BATCH_SUBSET", affine, affine_fwd, draw)
def affine_db_first(res, g):
    x, w = res
    return g @ w.T, x.T @ g, g[0]


@book.jax("SIGN", affine, affine_fwd, draw)
def affine_negative_dx(res, g):
    x, w = res
    return -g @ w.T, x.T @ g, g.sum(0)


@book.jax("ZERO", affine, affine_fwd, draw)
def affine_none_for_w(res, g):
    x, w = res
    return g @ w.T, None, g.sum(0)


@book.jax("MISSING_GRAD", affine, affine_fwd, draw)
def affine_two_returned(res, g):
    x, w = res
    return g @ w.T, x.T @ g


@book.jax("IGNORES_DOUT", affine, affine_fwd, draw)
def affine_dw_without_g(res, g):
    x, w = res
    return g @ w.T, x.T @ jnp.ones_like(g), g.sum(0)


@book.jax("ADDITIVE_TERM", affine, affine_fwd, draw)
def affine_dx_leak(res, g):
    x, w = res
    dx = g @ w.T
    dx = dx + 0.3 * x
    return dx, x.T @ g, g.sum(0)


@book.jax("RAISES", affine, affine_fwd, draw)
def affine_raises(res, g):
    x, w = res
    return g @ w, x.T @ g, g.sum(0)


@book.jax("WRONG_SHAPE", affine, affine_fwd, draw)
def affine_dw_cut(res, g):
    x, w = res
    return g @ w.T, (x.T @ g)[:, :2], g.sum(0)


@book.jax("SCALE_OTHER", affine, affine_fwd, draw)
def affine_divided_by_features(res, g):
    x, w = res
    return g @ w.T, x.T @ g / x.shape[1], g.sum(0)


@book.jax("MASK_MISSING", affine_relu, affine_relu_fwd, draw)
def affine_relu_no_mask(res, g):
    x, w, z = res
    return g @ w.T, x.T @ g, g.sum(0)


@book.jax("MASK_INVERTED", affine_relu, affine_relu_fwd, draw)
def affine_relu_inverted(res, g):
    x, w, z = res
    dz = g * (z < 0)
    return dz @ w.T, x.T @ dz, dz.sum(0)


@book.jax("MASK_FROM_DOUT", affine_relu, affine_relu_fwd, draw)
def affine_relu_mask_of_g(res, g):
    x, w, z = res
    dz = jnp.maximum(g, 0)
    return dz @ w.T, x.T @ dz, dz.sum(0)


@book.jax("MASK_WRONG", affine_relu, affine_relu_fwd, draw)
def affine_relu_threshold(res, g):
    x, w, z = res
    dz = jnp.where(z > 0.5, g, 0)
    return dz @ w.T, x.T @ dz, dz.sum(0)


@book.jax("MISSING_TERM", gated, gated_fwd, gates)
def gate_held_constant_for_x(res, g):
    x, w, v, z, s = res
    return (g * s) @ w.T, x.T @ (g * s), x.T @ (g * z * s * (1 - s))


CASES = book.cases
