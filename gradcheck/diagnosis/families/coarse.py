"""A large fault beside a small one: another eps must not hide a missing 1/N or the mean term of a normalisation.

What the simplest families say is taken if it leaves little of the error, though more than noise.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..view import Explanation, View
from . import norm, scale

LITTLE = 3e-4  # of the gradient, what may remain
LARGE = 2e-2  # of the gradient, what has to be explained


def explain(views: Sequence[View]) -> Explanation | None:
    """SCALE_*, SIGN, BN_MEAN_TERM or BN_VAR_TERM, where what remains is below 3e-4 of the gradient."""
    if any(np.max(np.abs(v.r[~v.kink]), initial=0) < LARGE * v.size for v in views):
        return None
    wide = [replace(v, e=v.e + LITTLE * v.size / 20) for v in views]
    told = _constant(wide) or _terms(views, wide)
    if told is not None:
        told.message += ". A small difference remains beside it, as of another eps or a rounded constant"
    return told


def _constant(wide: Sequence[View]) -> Explanation | None:
    c = [scale.constant(v) for v in wide]
    if any(k is None for k in c) or any(v.g.size < 3 for v in wide):
        return None
    for code, symbol, message, fix, value in scale.NAMED:
        if np.allclose(np.array(c, dtype=float), [value(v) for v in wide], rtol=LITTLE, atol=0):
            return Explanation(code, message, {"ratio": c, "constant": symbol}, fix)
    return None


def _terms(views: Sequence[View], wide: Sequence[View]) -> Explanation | None:
    exact, told = norm.explain(views), norm.explain(wide)
    if exact is not None and exact.code.startswith("BN_"):  # nothing remains beside it: its own turn comes
        return None
    return told if told is not None and told.code.startswith("BN_") else None
