"""From what users hold (lists, tables, masked or foreign-endian arrays) to a plain array of numbers, or a reason.

Only what cannot change a value is done without a word; everything else is refused with what to do.
"""

from typing import Any

import numpy as np

from base.arrays import Array
from base.words import seen

_MISSING = ("nan", "None", "<NA>", "NaT", "")


def plain(name: str, value: Any) -> Array:
    """`value` as an array of booleans, integers or floats in the machine's byte order.

    Taken: whatever `np.asarray` reads, object arrays that hold numbers, masked arrays without a masked value. Raises
    TypeError for text, dates, np.matrix, sparse matrices and records, ValueError for missing values and rows of unequal
    lengths.
    """
    if hasattr(value, "toarray") and hasattr(value, "nnz"):
        raise TypeError(f"{name} is a sparse matrix; layers take dense arrays: pass {name}.toarray().")
    if isinstance(value, np.matrix):
        raise TypeError(f"{name} is a np.matrix, which never has one axis alone; pass an array: np.asarray({name}).")
    if isinstance(value, np.ma.MaskedArray):
        hidden = int(np.sum(np.ma.getmaskarray(value)))
        if hidden:
            raise ValueError(f"{name} holds {hidden} masked values; fill them or leave their rows out before training.")
        value = value.data
    try:
        array = np.asarray(value)
    except ValueError as error:  # a list of rows of unequal lengths
        raise ValueError(f"{name} is no table: its rows differ in length or shape ({_short(error)}).") from error
    if array.dtype.kind in "OUST":
        array = _numbers(name, array)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be an array of numbers; got dtype {array.dtype}, shape {array.shape}.")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _numbers(name: str, array: Array) -> Array:
    """An array of objects or text as numbers, where every entry is one already."""
    if array.ndim == 0:
        raise TypeError(f"{_wanted(name)}; got {seen(array.item())}.")
    if array.size == 0:
        raise ValueError(f"{name} has no rows.")
    flat = array.reshape(-1)
    for at, entry in enumerate(flat):
        if isinstance(entry, bool | int | float | np.number | np.bool_):
            continue
        if isinstance(entry, np.ndarray | list | tuple):
            return _stacked(name, flat)
        where = f"row {at // (array.size // len(array))}"
        if str(entry) in _MISSING:
            raise ValueError(
                f"{name} holds a missing value ({entry!r}), first in {where}. Clean the data before training."
            )
        raise TypeError(_explain(name, array, entry, where))
    return np.array(flat.tolist()).reshape(array.shape)


def _stacked(name: str, flat: Array) -> Array:
    """One array from an array of arrays, one a row."""
    rows = [np.asarray(row) for row in flat]
    if len({row.shape for row in rows}) > 1 or any(row.dtype.kind not in "biuf" for row in rows):
        raise ValueError(f"{name} is no table: its rows differ in length or hold other things than numbers.")
    return np.stack(rows)


def _wanted(name: str) -> str:
    return f"{name} must be an array of numbers with one {'entry' if name.startswith('y') else 'row'} per example"


def _explain(name: str, array: Array, entry: Any, where: str) -> str:
    got = f"{_wanted(name)}; got {array.dtype}, {where} holds"
    if not isinstance(entry, str | bytes):
        return f"{got} {seen(entry)}."
    got = f"{got} the text {entry[:40]!r}."
    if name.startswith("y"):
        coded = f"classes = np.unique(y_train), {name} = np.searchsorted(classes, {name})"
        return f"{got} Losses take integers 0..C-1: {coded}."
    try:
        float(entry)
    except ValueError:
        return f"{got} Leave such columns out or code them as numbers."
    return f"{got} Use {name}.astype(float)."


def _short(error: ValueError) -> str:
    return str(error).partition(". The detected")[0].rstrip(".")
