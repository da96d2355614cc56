"""A custom_vjp and a custom_jvp, each with a fault, and what is said of them.

Needs JAX: pip install 'layergraph[jax]'.
"""

import jax
import jax.numpy as jnp
import numpy as np

import gradcheck


@jax.custom_vjp
def affine(x, w, b):
    """x w + b, with a rule of its own for the way back."""
    return x @ w + b


def affine_fwd(x, w, b):
    """The value, and what bwd needs."""
    return x @ w + b, (x, w)


def affine_bwd(res, g):
    """One gradient for each argument; that of w is transposed."""
    x, w = res
    return g @ w.T, g.T @ x, g.sum(axis=0)


affine.defvjp(affine_fwd, affine_bwd)


@jax.custom_jvp
def log1pexp(x):
    """log(1 + exp(x)) without overflow."""
    return jnp.logaddexp(x, 0.0)


@log1pexp.defjvp
def log1pexp_rule(primals, tangents):
    """The derivative is the sigmoid of x, not of -x."""
    (x,), (x_dot,) = primals, tangents
    return log1pexp(x), x_dot / (1 + jnp.exp(x))


def main() -> None:
    rng = np.random.default_rng(0)
    x, w, b = rng.standard_normal((5, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)
    print(gradcheck.jax(affine, x, w, b))
    print(gradcheck.jax(log1pexp, x))


if __name__ == "__main__":
    main()
