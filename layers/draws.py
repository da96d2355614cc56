"""Draws the inputs on which a registered layer is checked.

Sizes are distinct primes other than the batch size, so that a wrong factor N, D or M in a gradient has only one name.
"""

import numpy as np
from numpy.typing import NDArray

PRIMES = (3, 5, 7, 11)


def sizes(rng: np.random.Generator, n: int, count: int) -> tuple[int, ...]:
    """`count` distinct primes other than n, in random order."""
    return tuple(int(p) for p in rng.permutation([p for p in PRIMES if p != n])[:count])


def matrix(rng: np.random.Generator, n: int) -> tuple[NDArray[np.float64]]:
    """The input of an elementwise layer: x of shape (n, D), standard normal times 1.5 so that saturation is reached."""
    (d,) = sizes(rng, n, 1)
    return (1.5 * rng.standard_normal((n, d)),)


def scores_and_labels(rng: np.random.Generator, n: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Scores (n, C) and integer labels (n,) in 0..C-1."""
    (c,) = sizes(rng, n, 1)
    return rng.standard_normal((n, c)), rng.integers(c, size=n)
