"""Random affine and elastic distortions of images, a whole batch at a time; the seed and the step decide each of them.

Displacements are one matrix product: every field is a sum of a few fixed shapes with random coefficients.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from base.arrays import Array

_BLOCK = 128  # images at a time: the working arrays stay in the cache
_LEFT_OUT = 1e-3  # share of the elastic variance that the shapes left out would add


@dataclass(frozen=True)
class Distortion:
    """What may happen to an image of `shape` (height, width); every strength of 0 leaves its part out.

    elastic: root mean square displacement along each axis, in pixels; sigma: width of the Gaussian that smooths it, in
    pixels. rotation: up to so many degrees either way. scaling: up to this share larger or smaller, per axis.
    shear: up to so many pixels sideways per pixel. shift: up to so many pixels along each axis. All uniform but the
    elastic part, which is a Gaussian random field with correlation exp(-d^2 / 4 sigma^2): the limit of smoothed noise
    in Simard, Steinkraus and Platt (2003), section 2, whose sigma 4 and alpha 34 come to 1.38 pixels.
    Raises ValueError for strengths that are negative or not finite.
    """

    shape: tuple[int, int] = (28, 28)
    elastic: float = 0.0
    sigma: float = 4.0
    rotation: float = 0.0
    scaling: float = 0.0
    shear: float = 0.0
    shift: float = 0.0

    def __post_init__(self) -> None:
        for name in ("elastic", "sigma", "rotation", "scaling", "shear", "shift"):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)
            if not number or value < 0 or (name == "sigma" and value == 0) or (name == "scaling" and value >= 1):
                limits = {"sigma": "above 0", "scaling": "0 or more, below 1"}.get(name, "0 or more")
                raise ValueError(f"{name} is {value!r}; expected a number {limits}")

    def fields(self, seed: int, step: int, n: int) -> "Fields":
        """Where each pixel of n images comes from, for training step `step` of a run with that seed."""
        coefficients = self._draw(np.random.default_rng([seed, step]), n)
        height, width = self.shape
        y, x = (coefficients @ self._shapes).reshape(2, n, height * width)
        # one pixel of background lies around each image, and whatever lies further off is background as well
        for place, size in ((y, height), (x, width)):
            np.clip(place, 0, np.float32(size + 1) - np.float32(1e-3), out=place)
        row, column = np.floor(y), np.floor(x)
        y -= row
        x -= column
        row *= width + 2
        row += column  # whole numbers below 2^24, exact in float32
        index = row.astype(np.intp)
        index += (np.arange(n) * ((height + 2) * (width + 2)))[:, None]
        return Fields(index, y, x, self.shape)

    def __call__(self, images: Array, *, seed: int, step: int = 0) -> Array:
        """Distorted copies of `images` (N, D) or (N, height, width), pixels of background 0, of the same shape."""
        out = np.empty_like(images)
        for block, at in enumerate(range(0, len(images), _BLOCK)):
            part = images[at : at + _BLOCK]
            self.fields(seed, step * (1 << 20) + block, len(part)).apply(part, out=out[at : at + _BLOCK])
        return out

    @cached_property
    def _shapes(self) -> Array:
        """(K + 3, D) float32: K elastic shapes of unit variance together, the coordinates y and x, and a constant."""
        height, width = self.shape
        y, x = np.mgrid[:height, :width].reshape(2, -1) - (np.array([[height], [width]]) - 1) / 2
        return np.vstack([self._elastic_shapes(), y, x, np.ones_like(y)]).astype(np.float32)

    def _elastic_shapes(self) -> Array:
        """The Karhunen-Loeve expansion of the random field: eigenvectors of its covariance, the largest ones."""
        parts = [_eigen(size, self.sigma) for size in self.shape]
        variance = np.outer(parts[0][0], parts[1][0]).reshape(-1)
        order = np.argsort(variance)[::-1]
        kept = order[: 1 + int(np.searchsorted(np.cumsum(variance[order]), (1 - _LEFT_OUT) * variance.sum()))]
        rows, columns = np.divmod(kept, self.shape[1])
        vectors = np.einsum("yk,xk->kyx", parts[0][1][:, rows], parts[1][1][:, columns])
        shapes = vectors.reshape(len(kept), -1) * np.sqrt(variance[kept])[:, None]
        unit: Array = shapes / np.sqrt(np.sum(shapes**2, axis=0))  # unit variance at every pixel
        return unit

    def _draw(self, rng: np.random.Generator, n: int) -> Array:
        """Coefficients (2 n, K + 3): the y fields of all images, then the x fields."""
        count = len(self._shapes) - 3
        uniform = rng.uniform(-1, 1, (6, n))
        angle = np.deg2rad(self.rotation) * uniform[0]
        sy, sx = 1 / (1 + self.scaling * uniform[1]), 1 / (1 + self.scaling * uniform[2])
        cos, sin = np.cos(angle), np.sin(angle)
        coefficients = np.empty((2, n, count + 3), np.float32)
        coefficients[..., :count] = rng.standard_normal((2, n, count), np.float32)
        coefficients[..., :count] *= np.float32(self.elastic)
        coefficients[0, :, count:] = np.stack([sy * cos, sy * sin, self.shift * uniform[4]], axis=1)
        sheared = sx * (cos * self.shear * uniform[3] - sin), sx * (cos + sin * self.shear * uniform[3])
        coefficients[1, :, count:] = np.stack([*sheared, self.shift * uniform[5]], axis=1)
        for axis, size in enumerate(self.shape):
            coefficients[axis, :, -1] += (size - 1) / 2 + 1  # from the centre, in the padded image
        return coefficients.reshape(2 * n, count + 3)


class Fields(NamedTuple):
    """Where the pixels of n images come from: the upper left of four neighbours, and how far between them.

    corner (n, D): its index in the padded images; y, x (n, D): the fractions of a pixel below and to the right of it.
    """

    corner: Array
    y: Array
    x: Array
    shape: tuple[int, int]

    def apply(self, images: Array, *, out: Array | None = None) -> Array:
        """Bilinear interpolation of `images` (n, D) or (n, height, width) at the fields' places; `out` takes it."""
        n, (height, width) = len(images), self.shape
        if images[0].size != height * width or n > len(self.corner):
            raise ValueError(f"images have shape {images.shape}; expected up to {len(self.corner)} of {self.shape}")
        padded = np.zeros((n, height + 2, width + 2), np.float32)
        padded[:, 1:-1, 1:-1] = images.reshape(n, height, width)
        pixels = padded.reshape(padded.size)
        index, y, x = self.corner[:n], self.y[:n], self.x[:n]
        above, far = _between(pixels, index, x), _between(pixels[width + 2 :], index, x)
        far -= above
        far *= y
        above += far
        out = np.empty(images.shape, images.dtype) if out is None else out
        out[...] = above.reshape(out.shape)
        return out


def _between(pixels: Array, index: Array, share: Array) -> Array:
    """pixels[index] + share (pixels[index + 1] - pixels[index])."""
    near, far = np.empty(index.shape, np.float32), np.empty(index.shape, np.float32)
    np.take(pixels, index, out=near, mode="clip")  # "clip" writes straight to out; no index is out of range
    np.take(pixels[1:], index, out=far, mode="clip")
    far -= near
    far *= share
    near += far
    return near


def _eigen(size: int, sigma: float) -> tuple[Array, Array]:
    """Eigenvalues and eigenvectors of the covariance exp(-(i - j)^2 / 4 sigma^2) of one axis."""
    i = np.arange(size)
    values, vectors = np.linalg.eigh(np.exp(-((i[:, None] - i) ** 2) / (4 * sigma**2)))
    return np.maximum(values, 0), vectors
