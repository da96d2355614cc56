"""The planted bugs of normalisation, products, lookups and losses as custom_vjp, and a few rules for tangents."""

import jax
import jax.numpy as jnp

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return rng.standard_normal((n, 6)) * 2 + 1, rng.uniform(0.5, 2, 6), rng.standard_normal(6)


def masked(rng, n):
    return rng.standard_normal((n, 7)), rng.random((n, 7)) < 0.7


def pair(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((n, 4))


def scores(rng, n):
    return rng.standard_normal((n, 4)), rng.integers(4, size=n)


def batch_norm_fwd(x, gamma, beta):
    std = jnp.sqrt(x.var(0) + 1e-5)
    xhat = (x - x.mean(0)) / std
    return gamma * xhat + beta, (xhat, gamma, std)


def batch_norm(x, gamma, beta):
    return batch_norm_fwd(x, gamma, beta)[0]


def layer_norm_fwd(x, gamma, beta):
    std = jnp.sqrt(x.var(1, keepdims=True) + 1e-5)
    xhat = (x - x.mean(1, keepdims=True)) / std
    return gamma * xhat + beta, (xhat, gamma, std)


def layer_norm(x, gamma, beta):
    return layer_norm_fwd(x, gamma, beta)[0]


def drop(x, mask):
    return x * mask / 0.7


def drop_fwd(x, mask):
    return x * mask / 0.7, mask


def softmax(x):
    return jax.nn.softmax(x, axis=1)


def softmax_fwd(x):
    p = jax.nn.softmax(x, axis=1)
    return p, p


def mul(x, y):
    return x * y


def mul_fwd(x, y):
    return x * y, (x, y)


def cross_entropy(x, y):
    return -jax.nn.log_softmax(x, axis=1)[jnp.arange(len(y)), y].mean()


def cross_entropy_fwd(x, y):
    return cross_entropy(x, y), (jax.nn.softmax(x, axis=1), y)


def squared(x, t):
    return 0.5 * jnp.sum((x - t) ** 2) / len(x)


def squared_fwd(x, t):
    return squared(x, t), (x, t)


def lookup(ids, table):
    return table[ids]


def lookup_fwd(ids, table):
    return table[ids], (ids, table)


@book.jax("BN_MEAN_TERM", batch_norm, batch_norm_fwd, draw)
def bn_no_mean_term(res, g):
    xhat, gamma, std = res
    d = g * gamma
    return (d - xhat * (d * xhat).mean(0)) / std, (g * xhat).sum(0), g.sum(0)


@book.jax("BN_VAR_TERM", batch_norm, batch_norm_fwd, draw)
def bn_no_var_term(res, g):
    xhat, gamma, std = res
    d = g * gamma
    return (d - d.mean(0)) / std, (g * xhat).sum(0), g.sum(0)


@book.jax("ELEMENTWISE_FACTOR", batch_norm, batch_norm_fwd, draw)
def bn_no_gamma(res, g):
    xhat, gamma, std = res
    return (g - g.mean(0) - xhat * (g * xhat).mean(0)) / std, (g * xhat).sum(0), g.sum(0)


@book.jax("SWAPPED", batch_norm, batch_norm_fwd, draw)
def bn_gamma_beta_swapped(res, g):
    xhat, gamma, std = res
    d = g * gamma
    return (d - d.mean(0) - xhat * (d * xhat).mean(0)) / std, g.sum(0), (g * xhat).sum(0)


@book.jax("BN_MEAN_TERM", layer_norm, layer_norm_fwd, draw)
def ln_no_mean_term(res, g):
    xhat, gamma, std = res
    d = g * gamma
    return (d - xhat * (d * xhat).mean(1, keepdims=True)) / std, (g * xhat).sum(0), g.sum(0)


@book.jax("MASK_MISSING", drop, drop_fwd, masked)
def dropout_no_mask(mask, g):
    return g / 0.7, None


@book.jax("SCALE_OTHER", drop, drop_fwd, masked)
def dropout_no_scale(mask, g):
    return g * mask, None


@book.jax("MASK_INVERTED", drop, drop_fwd, masked)
def dropout_inverted(mask, g):
    return g * ~mask / 0.7, None


@book.jax("WRONG_AXIS", softmax, softmax_fwd, lambda rng, n: (rng.standard_normal((n, 6)),))
def softmax_axis(p, g):
    return (p * (g - (g * p).sum(axis=0)),)


@book.jax("ELEMENTWISE_FACTOR", softmax, softmax_fwd, lambda rng, n: (rng.standard_normal((n, 6)),))
def softmax_no_p(p, g):
    return (g - (g * p).sum(axis=1, keepdims=True),)


@book.jax("SWAPPED", mul, mul_fwd, pair)
def product_swapped(res, g):
    x, y = res
    return g * x, g * y


@book.jax("SCALE_BATCH", cross_entropy, cross_entropy_fwd, scores)
def cross_entropy_no_mean(res, g):
    p, y = res
    return g * p.at[jnp.arange(len(y)), y].add(-1), None


@book.jax("LABEL_TERM", cross_entropy, cross_entropy_fwd, scores)
def cross_entropy_no_minus_one(res, g):
    p, y = res
    return g * p / len(y), None


@book.jax("LABEL_TERM", cross_entropy, cross_entropy_fwd, scores)
def cross_entropy_minus_one_after_mean(res, g):
    p, y = res
    return g * (p / len(y)).at[jnp.arange(len(y)), y].add(-1), None


@book.jax("LABEL_INDEX", cross_entropy, cross_entropy_fwd, scores)
def cross_entropy_all_columns(res, g):
    p, y = res
    return g * p.at[:, y].add(-1) / len(y), None


@book.jax("IGNORES_DOUT", cross_entropy, cross_entropy_fwd, scores)
def cross_entropy_without_g(res, g):
    p, y = res
    return p.at[jnp.arange(len(y)), y].add(-1) / len(y), None


@book.jax("SIGN", squared, squared_fwd, pair)
def squared_sign(res, g):
    x, t = res
    d = g * (x - t) / len(x)
    return -d, d


@book.jax("SCALE_TWO", squared, squared_fwd, pair)
def squared_two(res, g):
    x, t = res
    d = 2 * g * (x - t) / len(x)
    return d, -d


@book.jax("REPEATED_INDEX", lookup, lookup_fwd, lambda rng, n: (rng.integers(5, size=(n, 3)), rng.standard_normal((5, 4))))
def lookup_sets(res, g):
    ids, table = res
    return None, jnp.zeros_like(table).at[ids].set(g)


@book.jax_rule("SWAPPED", mul, pair)
def mul_rule_swapped(primals, tangents):
    (x, y), (x_dot, y_dot) = primals, tangents
    return x * y, x * x_dot + y * y_dot


def weighted(x, w):
    return jnp.tanh(x @ w) * jnp.sum(x, 1, keepdims=True)


@book.jax_rule("MISSING_TERM", weighted, lambda rng, n: (rng.standard_normal((n, 4)), rng.standard_normal((4, 3))))
def rule_without_the_sum(primals, tangents):
    (x, w), (x_dot, w_dot) = primals, tangents
    t, s = jnp.tanh(x @ w), jnp.sum(x, 1, keepdims=True)
    return t * s, (1 - t * t) * (x_dot @ w + x @ w_dot) * s


@book.jax_rule("ZERO", mul, pair)
def mul_rule_forgets_y(primals, tangents):
    (x, y), (x_dot, y_dot) = primals, tangents
    return x * y, y * x_dot


CASES = book.cases
