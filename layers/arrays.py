"""What every layer asks of arrays: a floating input, and memory for intermediate values where that is safe.

Integers would wrap around (uint8 pixels times weights) or truncate a gradient, without a word.
"""

from typing import Any

import numpy as np

from base.arrays import Array


def require_floating(x: Any, function: str, name: str = "x") -> None:
    """TypeError, saying what to do, unless x is an array of floating (or complex) numbers."""
    dtype = getattr(x, "dtype", None)
    if dtype is None:
        raise TypeError(f"{function} takes arrays; {name} is a {type(x).__name__}: use np.asarray({name}, float)")
    if dtype.kind not in "fc":
        raise TypeError(f"{function} takes floating {name}, which is {dtype}: use {name}.astype(float)")


def scratch(out: Array | None, *needed: Array) -> Array | None:
    """`out`, to be filled before the `needed` arrays are read, or None (allocate) where it overlaps one of them."""
    if out is not None:
        for array in needed:
            if np.may_share_memory(out, array):
                return None
    return out
