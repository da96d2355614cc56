"""Dropout as a course's notebooks call it: the probability of keeping, the mode and a seed in one dict."""

from collections.abc import MutableMapping
from typing import Any

import numpy as np

from base.arrays import Array

from .. import dropout as ours
from .mode import mode_of


def dropout_forward(x: Array, dropout_param: MutableMapping[str, Any]) -> tuple[Array, Any]:
    """out, cache of x; dropout_param holds p, mode and perhaps seed.

    p is the probability of keeping an entry, as in the course since 2018 (before, it was that of dropping one: pass
    1 - p). "train": inverted dropout, mask / p; "test": x itself. Where there is a seed, the mask comes from it, the
    same each time; else from fresh entropy. The mask's bits are our generator's, not those of NumPy's global stream.
    """
    mode = mode_of(dropout_param, "dropout_param")
    if "p" not in dropout_param:
        raise KeyError("dropout_param has no 'p', the probability of keeping an entry")
    if mode == "test":
        out, mask = ours.dropout_forward(x, keep=dropout_param["p"])
    else:
        rng = np.random.default_rng(dropout_param.get("seed"))
        out, mask = ours.dropout_forward(x, keep=dropout_param["p"], rng=rng)
    return out, (dropout_param, mask)


def dropout_backward(dout: Array, cache: Any) -> Array:
    """dx = dout mask / p in "train", dout in "test"."""
    dx: Array = ours.dropout_backward(dout, cache[1])
    return dx
