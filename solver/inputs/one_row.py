"""Batches of one row, from which a normalisation by the statistics of the batch learns nothing."""

from typing import Any


def check_batches(model: Any, batch_size: int, rows: int) -> None:
    """ValueError where every batch of a model with running statistics would be one row, or one row many times."""
    state = getattr(model, "state", None)
    if not state or (batch_size > 1 and rows > 1):
        return
    names = ", ".join(dict.fromkeys(str(key).partition(".")[0] for key in state))
    what = f"batch_size={batch_size}" if batch_size == 1 else "one training row"
    raise ValueError(
        f"{names} normalises by mean and variance of the batch, and of one row ({what}) the variance is 0: nothing of"
        " the inputs would come through. Take more rows, a few dozen a batch, or a net without batch norm."
    )


def short_batch(model: Any, batch_size: int, rows: int, sampling: str) -> bool:
    """Whether the last batch of each epoch is a single row, and the model has running statistics."""
    return bool(getattr(model, "state", None)) and sampling == "epoch" and rows % batch_size == 1
