"""Batches of one row, from which a normalisation by the statistics of the batch learns nothing."""

import warnings
from collections.abc import Mapping
from typing import Any

from .scale import callers_level


def check_batches(model: Any, batch_size: int, rows: int) -> None:
    """ValueError where every batch of a model with batch norm would be one row, or one row many times."""
    names = _normalising(model)
    if names and (batch_size == 1 or rows == 1):
        what = f"batch_size={batch_size}" if batch_size == 1 else "one training row"
        raise ValueError(
            f"{names} normalises by mean and variance of the batch, and of one row ({what}) the variance is 0: nothing"
            " of the inputs would come through. Take more rows, a few dozen a batch, or a net without batch norm."
        )


def warn_of_last_row(model: Any, batch_size: int, rows: int, sampling: str) -> None:
    """UserWarning where the last batch of each epoch is one row, for an engine in which the model cannot say so."""
    names = _normalising(model)
    if names and sampling == "epoch" and rows % batch_size == 1:
        warnings.warn(
            f"the last batch of each epoch is one row ({rows} rows in batches of {batch_size}), and {names} normalises"
            " by the variance of the batch, which is 0 for one row. It is left out of the running statistics. Choose a"
            " batch_size that leaves more rows, or none, over.",
            UserWarning,
            stacklevel=callers_level(),
        )


def _normalising(model: Any) -> str:
    """The layers of a model that normalise by the rows of a batch; "" where there are none.

    It may name them in `row_statistics`; else they are those that keep a running variance, `name.var` in its `state`.
    """
    told = getattr(model, "row_statistics", None)
    if isinstance(told, tuple):
        return ", ".join(told)
    state = getattr(model, "state", None)
    keys = map(str, state) if isinstance(state, Mapping) else ()
    return ", ".join(key.removesuffix(".var") for key in keys if key.endswith(".var"))
