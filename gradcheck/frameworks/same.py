"""When a framework, run by itself, has to come to what the user's rule returned, and when two answers are the same."""

import numpy as np

from base.arrays import Array

from ..contracts.contracts import Contract
from ..subject.subject import Values


def comparable(c: Contract, values: Values) -> bool:
    """Whether nothing is wrong so far, so that another answer of the framework is news."""
    whole = all(g is None or getattr(g, "shape", None) == values[n].shape for n, g in c.grads.items())
    return whole and not any(f.severity == "error" for f in c.findings)


def close(a: Array, b: Array) -> bool:
    """The same within rounding, relative to the largest finite element of b; NaN is the same as NaN."""
    if a.shape != b.shape:
        return False
    low = any(x.dtype in (np.float32, np.float16) for x in (a, b))
    size = float(np.max(np.abs(b[np.isfinite(b)]), initial=0.0))
    return bool(np.allclose(a, b, rtol=0, atol=(1e-4 if low else 1e-9) * size, equal_nan=True))
