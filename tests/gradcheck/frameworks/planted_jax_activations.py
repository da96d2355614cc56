"""The planted elementwise bugs as custom_vjp, the residuals being x or the output."""

import jax.numpy as jnp

from gradcheck.casebook import Casebook

book = Casebook()


def draw(rng, n):
    return (rng.standard_normal((n, 7)) * 1.5,)


def positive(rng, n):
    return (rng.uniform(0.2, 3.0, (n, 6)),)


def relu(x):
    return jnp.maximum(x, 0)


def relu_fwd(x):
    return jnp.maximum(x, 0), x


def sigmoid(x):
    return 1 / (1 + jnp.exp(-x))


def sigmoid_fwd(x):
    s = sigmoid(x)
    return s, (x, s)


def tanh(x):
    return jnp.tanh(x)


def tanh_fwd(x):
    t = jnp.tanh(x)
    return t, (x, t)


def square(x):
    return x**2


def square_fwd(x):
    return x**2, x


def softplus(x):
    return jnp.logaddexp(0.0, x)


def softplus_fwd(x):
    out = softplus(x)
    return out, (x, out)


def swish(x):
    return x * sigmoid(x)


def swish_fwd(x):
    s = sigmoid(x)
    return x * s, (x, s)


@book.jax("KINK_CONVENTION", relu, relu_fwd, draw)
def relu_ge(x, g):
    return (g * (x >= 0),)


@book.jax("MASK_FROM_DOUT", relu, relu_fwd, draw)
def relu_of_g(x, g):
    return (jnp.where(g > 0, g, 0),)


@book.jax("MASK_MISSING", relu, relu_fwd, draw)
def relu_passes_all(x, g):
    return (g,)


@book.jax("MASK_INVERTED", relu, relu_fwd, draw)
def relu_inverted(x, g):
    return (jnp.where(x > 0, 0, g),)


@book.jax("MASK_LEAK", relu, relu_fwd, draw)
def relu_leaks(x, g):
    return (jnp.where(x > 0, g, 0.01 * g),)


@book.jax("MASK_WRONG", relu, relu_fwd, draw)
def relu_threshold(x, g):
    return (g * (x > 0.1),)


@book.jax("IGNORES_DOUT", relu, relu_fwd, draw)
def relu_only_mask(x, g):
    return ((x > 0).astype(x.dtype),)


@book.jax("NONLINEAR_DOUT", relu, relu_fwd, draw)
def relu_squares_g(x, g):
    return (g**2 * (x > 0),)


@book.jax("BATCH_SUBSET", relu, relu_fwd, draw)
def relu_last_row_only(x, g):
    return (jnp.zeros_like(x).at[-1].set(g[-1] * (x[-1] > 0)),)


@book.jax("ELEMENTWISE_FACTOR", sigmoid, sigmoid_fwd, draw)
def sigmoid_only_s(res, g):
    x, s = res
    return (g * s,)


@book.jax("ELEMENTWISE_FACTOR", sigmoid, sigmoid_fwd, draw)
def sigmoid_plus(res, g):
    x, s = res
    return (g * s * (1 + s),)


@book.jax("WRONG_POINT", sigmoid, sigmoid_fwd, draw)
def sigmoid_formula_at_x(res, g):
    x, s = res
    return (g * x * (1 - x),)


@book.jax("WRONG_POINT", sigmoid, sigmoid_fwd, draw)
def sigmoid_twice(res, g):
    x, s = res
    s = sigmoid(s)
    return (g * s * (1 - s),)


@book.jax("SIGN", sigmoid, sigmoid_fwd, draw)
def sigmoid_sign(res, g):
    x, s = res
    return (g * s * (s - 1),)


@book.jax("ELEMENTWISE_FACTOR", tanh, tanh_fwd, draw)
def tanh_no_square(res, g):
    x, t = res
    return (g * (1 - t),)


@book.jax("WRONG_POINT", tanh, tanh_fwd, draw)
def tanh_at_x(res, g):
    x, t = res
    return (g * (1 - x**2),)


@book.jax("SMALL_ERROR", tanh, tanh_fwd, draw)
def tanh_rounded(res, g):
    x, t = res
    return (g * (1.0001 - t * t),)


@book.jax("DTYPE", tanh, tanh_fwd, draw)
def tanh_float32(res, g):
    x, t = res
    return ((g * (1 - t**2)).astype(jnp.float32),)


@book.jax("DTYPE", relu, relu_fwd, draw)
def relu_whole_numbers(x, g):
    return ((g * (x > 0)).astype(int),)


@book.jax("SCALE_HALF", square, square_fwd, draw)
def square_without_two(x, g):
    return (g * x,)


@book.jax("RAISES", square, square_fwd, draw)
def gradient_without_tuple(x, g):
    return 2 * g * x


@book.jax("RAISES", square, square_fwd, draw)
def one_gradient_too_many(x, g):
    return 2 * g * x, g


@book.jax("WRONG_POINT", softplus, softplus_fwd, draw)
def softplus_sigmoid_of_out(res, g):
    x, out = res
    return (g * sigmoid(out),)


@book.jax("ADDITIVE_TERM", swish, swish_fwd, draw)
def swish_product_rule(res, g):
    x, s = res
    return (g * x * s * (1 - s),)


def square_and_one_fwd(x):
    return x**2 + 1, x


@book.jax("FORWARD_DIFFERS", square, square_and_one_fwd, draw)
def fwd_returns_another_value(x, g):
    return (2 * g * x,)


def power(x, p):
    return x**p


def power_fwd(x, p):
    return x**p, x


@book.jax("SCALE_OTHER", power, power_fwd, lambda rng, n: (rng.uniform(0.5, 2, (n, 4)), 3), nondiff_argnums=(1,))
def power_without_p(p, x, g):
    return (g * x ** (p - 1),)


# rules for tangents


def one(primals, tangents):
    return primals[0], tangents[0]


@book.jax_rule("ELEMENTWISE_FACTOR", tanh, draw)
def tanh_rule_no_square(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    t = jnp.tanh(x)
    return t, x_dot * (1 - t)


@book.jax_rule("SIGN", tanh, draw)
def tanh_rule_sign(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    t = jnp.tanh(x)
    return t, x_dot * (t * t - 1)


@book.jax_rule("SCALE_TWO", jnp.exp, draw)
def exp_rule_twice(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    out = jnp.exp(x)
    return out, 2 * out * x_dot


@book.jax_rule("ELEMENTWISE_FACTOR", jnp.log, positive)
def log_rule_times_x(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return jnp.log(x), x_dot * x


@book.jax_rule("NONLINEAR_DOUT", square, draw)
def square_rule_squares_the_tangent(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return x**2, 2 * x * x_dot * jnp.abs(x_dot)


@book.jax_rule("FORWARD_DIFFERS", softplus, draw)
def softplus_rule_other_value(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return jnp.maximum(x, 0), x_dot * sigmoid(x)


@book.jax_rule("MASK_WRONG", relu, draw)
def relu_rule_threshold(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return jnp.maximum(x, 0), jnp.where(x > 0.1, x_dot, 0)


CASES = book.cases
