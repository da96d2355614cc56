"""Memory for intermediate values of a backward pass: the caller's `out`, where that is safe."""

import numpy as np

from base.arrays import Array


def scratch(out: Array | None, *needed: Array) -> Array | None:
    """`out`, to be filled before the `needed` arrays are read, or None (allocate) where it overlaps one of them."""
    if out is not None:
        for array in needed:
            if np.may_share_memory(out, array):
                return None
    return out
