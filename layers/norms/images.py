"""What the normalisations of images ask of their arguments, N x C x H x W with a gamma and a beta for each channel."""

import numpy as np

from base.arrays import Array

from ..spatial.window import CHANNELS_LAST, require_images


def require_channels(layer: str, x: Array, gamma: Array, beta: Array) -> None:
    """TypeError or ValueError, saying what to do, unless x is floating (N, C, H, W), and gamma and beta are (C,)."""
    require_images(x, layer)
    if gamma.shape == beta.shape == (x.shape[1],):
        return
    got = f"{layer} takes x (N, C, H, W), gamma, beta (C,); got {x.shape}, {gamma.shape}, {beta.shape}."
    hint = ""
    if gamma.shape == beta.shape == (x.shape[3],):
        hint = CHANNELS_LAST
    elif gamma.size == beta.size == x.shape[1]:
        hint = " Use gamma.ravel() and beta.ravel()."
    raise ValueError(f"{got}{hint}")


def draw_images(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
    """x (n, C, H, W), gamma and beta (C,), with C not the batch size, and even, so that it has groups."""
    channels = 4 if n != 4 else 6
    x = rng.standard_normal((n, channels, 3, 2))
    return x, rng.uniform(0.5, 2, channels), rng.standard_normal(channels)
