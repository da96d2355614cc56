"""How the suite draws images: sizes that tell the axes apart, and values of which no two are equal."""

import numpy as np

from base.arrays import Array


def image_sizes(rng: np.random.Generator, n: int) -> tuple[int, int, int, int]:
    """C, F, H, W, all different and other than the batch size n: a mixed-up axis shows in the shapes."""
    few = rng.permutation([size for size in (2, 3, 4) if size != n])
    more = rng.permutation([size for size in (5, 6, 7) if size != n])
    return int(few[0]), int(few[1]), int(more[0]), int(more[1])


def images(rng: np.random.Generator, n: int) -> tuple[Array]:
    """x (n, C, H, W) of mean 0 and standard deviation 1 whose values are evenly spaced, in random order.

    The smallest difference is far larger than a numeric derivative's step: no maximum changes its place.
    """
    channels, _, height, width = image_sizes(rng, n)
    values = rng.permutation(n * channels * height * width).astype(np.float64)
    values -= values.mean()
    return (values.reshape(n, channels, height, width) / values.std(),)
