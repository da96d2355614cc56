"""The border of every layer and loss: its input is a floating array.

Integers would wrap around (uint8 pixels times weights) or truncate a gradient, without a word.
"""

from typing import Any


def require_floating(x: Any, function: str, name: str = "x") -> None:
    """TypeError, saying what to do, unless x is an array of floating (or complex) numbers."""
    dtype = getattr(x, "dtype", None)
    if dtype is None:
        raise TypeError(f"{function} takes arrays; {name} is a {type(x).__name__}: use np.asarray({name}, float)")
    if dtype.kind not in "fc":
        raise TypeError(f"{function} takes floating {name}, which is {dtype}: use {name}.astype(float)")
