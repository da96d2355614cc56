"""Stratified splits: every part holds the classes in their proportions, and none is missing from training."""

import numpy as np

from base.arrays import Array

from ..digits import balanced_order
from ..errors import DataError

VAL, TEST = 0.1, 0.2  # shares, where no counts are given


def split(y: Array, sizes: dict[str, int | None], seed: int, where: str) -> dict[str, Array]:
    """Rows of each part in `sizes` ("val", "test": a count, or None for the share above), and of "train", the rest.

    y: labels (N,), or real targets, which are drawn as they come. Any head of the training rows is stratified as well.
    """
    rng, count = np.random.default_rng(seed), len(y)
    classes = y.dtype.kind != "f"
    order = balanced_order(y, rng) if classes else rng.permutation(count)
    shares = {"val": VAL, "test": TEST}
    sizes = {part: max(1, round(shares[part] * count)) if size is None else size for part, size in sizes.items()}
    total = sum(size or 0 for size in sizes.values())
    if total >= count:
        asked = " and ".join(f"{size} for {part}" for part, size in sizes.items())
        raise DataError(f"{where} has {count} rows; {asked} leave none for training. Ask for fewer with val and test.")
    rows, end = {}, count
    for part, size in reversed(sizes.items()):
        rows[part], end = order[end - (size or 0) : end], end - (size or 0)
    rows["train"] = order[:end]
    return _none_missing(y, rows) if classes else rows


def _none_missing(y: Array, rows: dict[str, Array]) -> dict[str, Array]:
    """Rows of a class that training would lack go there: one of each."""
    for label in np.setdiff1d(y, y[rows["train"]]):
        part = next(part for part in rows if part != "train" and label in y[rows[part]])
        at = int(np.argmax(y[rows[part]] == label))
        rows["train"] = np.append(rows["train"], rows[part][at])
        rows[part] = np.delete(rows[part], at)
    return rows
