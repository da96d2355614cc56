"""Correct custom_vjp and custom_jvp written as people write them, and on awkward inputs: none may be accused."""

import jax
import jax.numpy as jnp

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return (rng.standard_normal((n, 7)),)


def affine_draw(rng, n):
    return rng.standard_normal((n, 7)), rng.standard_normal((7, 3)), rng.standard_normal(3)


def pair(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((n, 4))


def scaled(factor):
    return lambda rng, n: (rng.standard_normal((n, 7)) * factor,)


def single(rng, n):
    return (jnp.asarray(rng.standard_normal((n, 7)), jnp.float32),)


def relu(x):
    return jnp.maximum(x, 0)


def tanh(x):
    return jnp.tanh(x)


def affine(x, w, b):
    return x @ w + b


for drawn in (scaled(1e-8), scaled(1.0), scaled(1e8), single):

    @book.jax(None, relu, lambda x: (jnp.maximum(x, 0), x > 0), drawn)
    def relu_masked(mask, g):
        return (jnp.where(mask, g, 0),)

    @book.jax(None, tanh, lambda x: (jnp.tanh(x), jnp.tanh(x)), drawn)
    def tanh_from_output(t, g):
        return (g * (1 - t * t),)

    @book.jax_rule(None, tanh, drawn)
    def tanh_rule(primals, tangents):
        (x,), (x_dot,) = primals, tangents
        t = jnp.tanh(x)
        return t, (1 - t * t) * x_dot


@book.jax(None, affine, lambda x, w, b: (x @ w + b, {"x": x, "w": w}), affine_draw)
def affine_residuals_in_a_dict(res, g):
    return g @ res["w"].T, res["x"].T @ g, g.sum(0)


@book.jax(None, affine, lambda x, w, b: (x @ w + b, (x, w)), affine_draw)
def affine_gradients_in_a_list(res, g):
    x, w = res
    return [g @ w.T, x.T @ g, g.sum(0)]


@book.jax(None, lambda p: p["x"] @ p["w"] + p["b"], lambda p: (p["x"] @ p["w"] + p["b"], p),
          lambda rng, n: (dict(zip("xwb", affine_draw(rng, n), strict=True)),))  # fmt: skip
def tree_of_arguments(p, g):
    return ({"x": g @ p["w"].T, "w": p["x"].T @ g, "b": g.sum(0)},)


@book.jax(None, lambda x: (jnp.sin(x), {"cos": jnp.cos(x)}), lambda x: ((jnp.sin(x), {"cos": jnp.cos(x)}), x), draw)
def tree_of_outputs(x, g):
    g_sin, rest = g
    return (g_sin * jnp.cos(x) - rest["cos"] * jnp.sin(x),)


@book.jax(None, lambda x, y: x + y, lambda x, y: (x + y, None), pair)
def add_without_residuals(_, g):
    return g, g


@book.jax(None, lambda x, ids: x[ids], lambda x, ids: (x[ids], (ids, x.shape)), lambda rng, n: (rng.standard_normal((5, 3)), rng.integers(5, size=n)))
def none_for_whole_numbers(res, g):
    ids, shape = res
    return jnp.zeros(shape, g.dtype).at[ids].add(g), None


@book.jax(None, lambda x, p: x**p, lambda x, p: (x**p, x), lambda rng, n: (rng.uniform(0.5, 2, (n, 4)), 3), nondiff_argnums=(1,))
def argument_without_a_derivative(p, x, g):
    return (g * p * x ** (p - 1),)


def sort_rows(x):
    return jnp.sort(x, axis=1), jnp.argsort(x, axis=1)


@book.jax(None, sort_rows, lambda x: (sort_rows(x), jnp.argsort(x, axis=1)), draw)
def output_of_whole_numbers(order, g):
    return (jnp.zeros_like(g[0]).at[jnp.arange(len(order))[:, None], order].set(g[0]),)


def drop(x, key):
    return x * jax.random.bernoulli(key, 0.6, x.shape) / 0.6


@book.jax(None, drop, lambda x, key: (drop(x, key), (key, x.shape)), lambda rng, n: (rng.standard_normal((n, 6)), jax.random.PRNGKey(3)))
def dropout_with_a_key(res, g):
    key, shape = res
    return g * jax.random.bernoulli(key, 0.6, shape) / 0.6, None


def clip_gradient(x):
    return x * 1.0


@book.jax(None, clip_gradient, lambda x: (x * 1.0, ()), draw)
def identity(_, g):
    return (g,)


def cross_entropy(x, y):
    return -jnp.mean(jax.nn.log_softmax(x, axis=1)[jnp.arange(len(y)), y])


@book.jax(None, cross_entropy, lambda x, y: (cross_entropy(x, y), (x, y)), lambda rng, n: (rng.standard_normal((n, 4)) * 20, rng.integers(4, size=n)))
def cross_entropy_bwd(res, g):
    x, y = res
    return g * (jax.nn.softmax(x, axis=1) - jax.nn.one_hot(y, x.shape[1], dtype=x.dtype)) / len(y), None


def norm_fwd(x, gamma, beta):
    std = jnp.sqrt(x.var(0) + 1e-5)
    xhat = (x - x.mean(0)) / std
    return gamma * xhat + beta, (xhat, gamma, std)


@book.jax(None, lambda x, gamma, beta: norm_fwd(x, gamma, beta)[0], norm_fwd, lambda rng, n: (rng.standard_normal((n, 5)), rng.uniform(0.5, 2, 5), rng.standard_normal(5)))
def batch_norm(res, g):
    xhat, gamma, std = res
    n = len(g)
    return gamma / std / n * (n * g - g.sum(0) - xhat * (g * xhat).sum(0)), (g * xhat).sum(0), g.sum(0)


@book.jax(None, lambda x: x.max(axis=1), lambda x: (x.max(axis=1), x), lambda rng, n: (rng.standard_normal((n, 6)).round(),))
def max_with_ties(x, g):
    return (jnp.zeros_like(x).at[jnp.arange(len(x)), x.argmax(axis=1)].set(g),)


@book.jax(None, jax.nn.softplus, lambda x: (jax.nn.softplus(x), x), scaled(30.0))
def softplus_of_large_numbers(x, g):
    return (g * jax.nn.sigmoid(x),)


@book.jax_rule(None, jax.nn.softplus, draw)
def softplus_rule(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return jax.nn.softplus(x), jax.nn.sigmoid(x) * x_dot


@book.jax_rule(None, lambda x, y: x * y, pair)
def product_rule(primals, tangents):
    (x, y), (x_dot, y_dot) = primals, tangents
    return x * y, x_dot * y + x * y_dot


@book.jax_rule(None, lambda x, p: x**p, lambda rng, n: (rng.uniform(0.5, 2, (n, 4)), 3), nondiff_argnums=(1,))
def power_rule(p, primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return x**p, p * x ** (p - 1) * x_dot


@book.jax_rule(None, relu, lambda rng, n: (rng.standard_normal((n, 6)).round(),))
def relu_rule_on_zeros(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return jnp.maximum(x, 0), jnp.where(x > 0, x_dot, 0)


@book.jax_rule(None, lambda x: jnp.sqrt(x), lambda rng, n: (rng.uniform(1e-6, 2, (n, 5)),))
def square_root_rule(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    out = jnp.sqrt(x)
    return out, 0.5 * x_dot / out


CASES = book.cases
