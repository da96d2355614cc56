"""Scaling learned on the training rows alone: pixels by their maximum, columns by mean and deviation of each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from ..errors import DataError

_PIXELS = 64  # columns from which numbers 0..1 or 0..255 are taken for pixels
_BLOCK = 1024


class Scaling(NamedTuple):
    """X -> (X / divisor - mean) / std; mean and std are None, one number, or one of each column (D,)."""

    kind: str  # pixels, columns, raw
    divisor: float = 1.0
    mean: Any = None
    std: Any = None

    @classmethod
    def learn(cls, X: Array, *, scaled: bool, standardise: bool, continuous: Array | None, where: str) -> "Scaling":
        """From the training rows X (N, ...); `continuous` (D,) tells the columns of a table that are numbers."""
        with _no_overflow(X, np.float64, where):
            return cls._learn(X, scaled, standardise, continuous, where)

    @classmethod
    def _learn(cls, X: Array, scaled: bool, standardise: bool, continuous: Array | None, where: str) -> "Scaling":
        if continuous is None and is_pixels(X):
            divisor = _maximum(X) if scaled else 1.0
            if not standardise:
                return cls("pixels", divisor)
            mean, std = float(X.mean(dtype=np.float64)) / divisor, float(X.std(dtype=np.float64)) / divisor
            if std == 0:
                raise DataError(f"{where}: all training pixels are equal, so they cannot be standardised.")
            return cls("pixels", divisor, mean, std)
        if not (scaled or standardise) or X.ndim > 2:
            return cls("raw")
        means, stds = X.mean(axis=0, dtype=np.float64), X.std(axis=0, dtype=np.float64)
        stds = np.where(stds <= 1e-12 * np.maximum(1, np.abs(means)), 1.0, stds)
        if continuous is not None:
            means, stds = np.where(continuous, means, 0.0), np.where(continuous, stds, 1.0)
        return cls("columns", 1.0, means, stds)

    def __call__(self, X: Array, dtype: Any) -> Array:
        """X scaled, in `dtype`; blocks of rows, so that no second copy in float64 is made."""
        with _no_overflow(X, dtype, "the data"):
            return self._applied(X, dtype)

    def _applied(self, X: Array, dtype: Any) -> Array:
        if self.kind == "raw" or (self.mean is None and self.divisor == 1):
            return X.astype(dtype, copy=False)
        out = np.empty(X.shape, dtype)
        for start in range(0, len(X), _BLOCK):
            block = X[start : start + _BLOCK].astype(np.float64) / self.divisor
            out[start : start + _BLOCK] = block if self.mean is None else (block - self.mean) / self.std
        return out

    @property
    def words(self) -> str:
        """What it does, in a few words."""
        if self.kind == "columns":
            return "columns standardised by the training rows"
        if self.kind == "raw":
            return "values as stored"
        return f"pixels / {self.divisor:g}" + ("" if self.mean is None else ", standardised")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in self._asdict().items()
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Scaling":
        """What `as_dict` gave."""
        mean, std = (np.array(v) if isinstance(v, list) else v for v in (values["mean"], values["std"]))
        return cls(values["kind"], values["divisor"], mean, std)


@contextmanager
def _no_overflow(X: Array, dtype: Any, where: str) -> Iterator[None]:
    """A DataError where a number is too large for what is reckoned with it: else it would become infinite."""
    try:
        with np.errstate(over="raise"):
            yield
    except FloatingPointError:
        size = float(np.abs(X).max())
        raise DataError(
            f"{where}: holds numbers as large as {size:.3g}, too large for {np.dtype(dtype)} once scaled by the"
            " training rows. Mend or leave out that column, or divide it."
        ) from None


def is_pixels(X: Array) -> bool:
    """Whether an array holds pixels: images, bytes, or many columns of whole numbers 0..255 or of fractions 0..1."""
    if X.dtype == np.uint8:
        return True
    low, high = float(X.min()), float(X.max())
    if X.ndim >= 3:
        return low >= 0
    if X.shape[1] < _PIXELS or low < 0 or high > 255:
        return False
    return high <= 1 or all(
        np.array_equal(X[i : i + _BLOCK], np.rint(X[i : i + _BLOCK])) for i in range(0, len(X), _BLOCK)
    )


def _maximum(X: Array) -> float:
    """What white is: 1, 255 or 65,535 where values come near it, else the largest value."""
    high = float(X.max())
    if high <= 1:
        return 1.0
    return 255.0 if 128 <= high <= 255 else 65535.0 if 32768 <= high <= 65535 and X.dtype.kind in "iu" else high
