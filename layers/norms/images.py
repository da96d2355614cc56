"""What the normalisations of images ask of their arguments, N x C x H x W with a gamma and a beta for each channel."""

import numpy as np

from base.arrays import Array


def require_images(layer: str, x: Array, gamma: Array, beta: Array) -> None:
    """ValueError, saying what to do, unless x is (N, C, H, W), and gamma and beta are (C,)."""
    if x.ndim == 4 and gamma.shape == beta.shape == (x.shape[1],):
        return
    got = f"{layer} takes x (N, C, H, W), gamma, beta (C,); got {x.shape}, {gamma.shape}, {beta.shape}."
    raise ValueError(f"{got}{_hint(x, gamma, beta)}")


def _hint(x: Array, gamma: Array, beta: Array) -> str:
    channels = gamma.shape[0] if gamma.ndim == 1 else -1
    if x.ndim == 4 and beta.shape == gamma.shape and x.shape[3] == channels:
        return " Are the channels last? This layer takes N x C x H x W: use x.transpose(0, 3, 1, 2)."
    if x.ndim == 4 and gamma.size == beta.size == x.shape[1]:
        return " Use gamma.ravel() and beta.ravel()."
    if x.ndim == 3:
        return " One image alone is x[None]; images of one channel are x[:, None]."
    return " Images that are rows are x.reshape(-1, C, H, W)." if x.ndim == 2 else ""


def draw_images(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
    """x (n, C, H, W), gamma and beta (C,), with C not the batch size, and even, so that it has groups."""
    channels = 4 if n != 4 else 6
    x = rng.standard_normal((n, channels, 3, 2))
    return x, rng.uniform(0.5, 2, channels), rng.standard_normal(channels)
