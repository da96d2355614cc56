"""Initial weights: each initialiser is a function (rng, n_in, n_out) -> float64 matrix (n_in, n_out).

Equal columns would stay equal for ever (the same gradient reaches each), so the weights are random; biases may be zero.
"""

import math
from collections.abc import Callable
from numbers import Real

import numpy as np

from base.arrays import Array
from base.user_checks import require_callable
from base.user_code import find, is_reference
from base.words import did_you_mean

Initialiser = Callable[[np.random.Generator, int, int], Array]


def normal(std: float = 1.0) -> Initialiser:
    """N(0, std^2), whatever the layer's size."""
    if not (isinstance(std, Real) and std >= 0):
        raise ValueError(f"the standard deviation of the weights is {std!r}; expected a number, 0 or more")
    return lambda rng, n_in, n_out: std * rng.standard_normal((n_in, n_out))


def lecun(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """N(0, 1) / sqrt(n_in): sums of n_in inputs of unit variance keep it. Source: LeCun et al. (1998)."""
    return rng.standard_normal((n_in, n_out)) / math.sqrt(n_in)


def xavier(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """N(0, 2 / (n_in + n_out)), a compromise of both directions. Source: Glorot and Bengio (2010), eq. 12."""
    return rng.standard_normal((n_in, n_out)) * math.sqrt(2 / (n_in + n_out))


def he(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """N(0, 2 / n_in), since a relu halves the second moment. Source: He et al. (2015), eq. 10."""
    return rng.standard_normal((n_in, n_out)) * math.sqrt(2 / n_in)


NAMED: dict[str, Initialiser] = {"he": he, "lecun": lecun, "xavier": xavier, "normal": normal()}


def initialiser(init: str | Initialiser) -> Initialiser:
    """An initialiser by name ("he", "lecun", "xavier", "normal:STD", "file.py:name"), or the function itself."""
    if callable(init):
        return init
    if not isinstance(init, str):
        raise TypeError(
            f"init is {init!r}; expected a name ({', '.join(NAMED)}, normal:STD) or a function (rng, n_in, n_out). A"
            " standard deviation is init='normal:0.01'."
        )
    name, _, std = init.partition(":")
    if name == "normal" and std:
        try:
            number = float(std)
        except ValueError:
            raise ValueError(f"init is {init!r}; expected a number after the colon, as in 'normal:0.01'") from None
        return normal(number)
    if name not in NAMED and is_reference(init):
        what = "an initialiser: a function (rng, n_in, n_out) -> matrix (n_in, n_out)"
        return require_callable(init, find(init), ["rng", "n_in", "n_out"], what)
    if name not in NAMED or std:
        raise ValueError(f"unknown init {init!r}.{did_you_mean(name, NAMED)} Known: {', '.join(NAMED)}, normal:STD.")
    return NAMED[name]


def bias(init: str, rng: np.random.Generator, n_out: int) -> Array:
    """Biases (n_out,): "zero", or "normal" for N(0, 1). Raises ValueError for another name."""
    if init not in ("zero", "normal"):
        raise ValueError(f"unknown bias_init {init!r}; expected 'zero' or 'normal'")
    return np.zeros(n_out) if init == "zero" else rng.standard_normal(n_out)
