"""Warnings on the scale of the inputs: raw pixels, pixels scaled twice, validation rows scaled otherwise than training.

Nothing fails at once on such data; the net stays near chance, or the validation accuracy means nothing.
"""

import sys
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from base.arrays import Array

LARGE = 30.0  # standardised features seldom exceed 10; raw pixels and untreated measurements do
TYPICAL = 4.0  # root mean square: about 1 of standardised features, also of a pixel that is hardly ever inked
SMALL = 0.1  # twice divided by 255, pixels lie within 0.004; digits 0..16 divided by 255 within 0.063
OUTSIDE = 0.1  # share of one part's values beyond the range of the other (and a tenth of it); of one scale near 0
_VALUES = 200  # fewer tell nothing of a scale
_ROWS = 1000  # that are looked at for the share
_PACKAGE = Path(__file__).parents[1]
_ADVICE = "Use mnist.load(..., scale=True) or X/255."


class Range(NamedTuple):
    """The least and the largest value."""

    low: float
    high: float

    @property
    def largest(self) -> float:
        """The largest absolute value."""
        return max(abs(self.low), abs(self.high))


def warn_of_scale(X_train: Array, X_val: Array, train: Range, val: Range, input_scale: float) -> None:
    """UserWarning for inputs that no net learns well from; `input_scale` is what the model divides them by."""
    said = _scale(X_train, train, input_scale) or _mismatch(X_train, X_val, train, val)
    if said:
        warnings.warn(said, UserWarning, stacklevel=callers_level())


def _scale(X: Array, found: Range, input_scale: float) -> str | None:
    """What is wrong with the scale of the training inputs, or None."""
    where = f"X_train holds values from {found.low:.4g} to {found.high:.4g} ({X.dtype})"
    span, largest = (found.high - found.low) / input_scale, found.largest / input_scale
    if X.dtype == np.uint8 and input_scale == 1 and (found.high > 1 or span == 0):
        return f"X_train is uint8 in 0..255; training on raw bytes is rarely wanted. {_ADVICE}"
    if len(X) > 1 and span == 0:
        return f"all values of X_train are {found.low:.4g}: there is nothing to learn from. Was it scaled in integers?"
    large = largest > LARGE and _root_mean_square(X) / input_scale > TYPICAL
    if large and found.low >= 0 and found.high <= 255:
        return f"{where}: pixels 0..255, unscaled? Training on raw pixels is rarely wanted. {_ADVICE}"
    if large:
        return (
            f"{where}; steps of the usual learning rates are too large for such inputs (pixels 0..255: X/255)."
            " Standardise: subtract X_train.mean(axis=0), divide by X_train.std(axis=0), in X_val as well."
        )
    if X.size >= _VALUES and span < SMALL:
        divided = f", and the model divides by input_scale={input_scale:g}" if input_scale != 1 else ""
        return (
            f"{where}{divided}: hardly any differences to learn from. Were pixels divided by 255 twice?"
            " mnist.load() has scaled them already."
        )
    return None


def _root_mean_square(X: Array) -> float:
    """Of some rows."""
    some = X[:: max(1, len(X) // _ROWS)].astype(np.float64)
    scale = float(np.max(np.abs(some)))  # divided by it, squares cannot overflow
    return scale * float(np.sqrt(np.mean(np.square(some / scale))))


def _mismatch(X_train: Array, X_val: Array, train: Range, val: Range) -> str | None:
    """What tells that training and validation rows were scaled differently, or None."""
    if min(X_train.size, X_val.size) < _VALUES:
        return None
    ratio = val.largest / train.largest if train.largest else 1.0
    outside = max(_share_outside(X_val, train), _share_outside(X_train, val))
    if outside <= OUTSIDE and 0.05 <= ratio <= 20:
        return None
    return (
        f"X_val holds values from {val.low:.4g} to {val.high:.4g}, X_train from {train.low:.4g} to {train.high:.4g}:"
        " they seem to be scaled differently. Treat both alike, with the numbers that X_train gives."
    )


def _share_outside(X: Array, other: Range) -> float:
    some, margin = X[:: max(1, len(X) // _ROWS)], OUTSIDE * (other.high - other.low)
    return float(np.mean((some < other.low - margin) | (some > other.high + margin)))


def callers_level() -> int:
    """The stacklevel at which the first caller outside of this package stands."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and _ours(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    return level


def _ours(filename: str) -> bool:
    return Path(filename).is_relative_to(_PACKAGE)
