"""Memory for intermediate values of a backward pass: the caller's `out`, where that is safe."""

import numpy as np

from .registry import Array


def scratch(out: Array | None, dout: Array) -> Array | None:
    """`out`, to be filled before dout is read, or None (allocate) where the two overlap."""
    return None if out is None or np.may_share_memory(out, dout) else out
