"""Memory for intermediate values of a backward pass: the caller's `out`, where that is safe."""

import numpy as np

from .registry import Array


def scratch(out: Array | None, *needed: Array) -> Array | None:
    """`out`, to be filled before the `needed` arrays are read, or None (allocate) where it overlaps one of them."""
    return None if out is None or any(np.may_share_memory(out, array) for array in needed) else out
