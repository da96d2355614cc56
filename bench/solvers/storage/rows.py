"""The rows of a run from a log: what tables need as columns in memory, all else read again where it is asked for."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

import numpy as np

from base.arrays import Array

from .record import Row

KEPT = ("step", "epoch", "examples", "val_acc", "objective")  # what every run is asked for, of tuning, too


class Rows(Sequence[Row]):
    """A sequence of rows that holds columns. kept: name -> its numbers (NaN for null); load: the whole rows."""

    __slots__ = ("_count", "_load", "kept")

    def __init__(self, count: int, kept: Mapping[str, Array], load: Callable[[], list[Row]]):
        self._count, self.kept, self._load = count, kept, load

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, which: int) -> Row: ...
    @overload
    def __getitem__(self, which: slice) -> Sequence[Row]: ...
    def __getitem__(self, which: int | slice) -> Row | Sequence[Row]:
        if isinstance(which, slice) and which.start in (None, 0) and which.step in (None, 1):
            count = len(range(*which.indices(self._count)))
            return Rows(count, {name: values[:count] for name, values in self.kept.items()}, self._load)
        return self._load()[: self._count][which]

    def column(self, name: str) -> Array:
        """One column; null becomes NaN."""
        return self.kept[name] if name in self.kept else column(self._load()[: self._count], name)


def column(rows: Sequence[Row], name: str) -> Array:
    """One column of rows; null, and what a row lacks, becomes NaN."""
    if isinstance(rows, Rows):
        return rows.column(name)
    return np.array([math.nan if row.get(name) is None else row[name] for row in rows], float)


def as_columns(rows: Sequence[Row]) -> dict[str, Any]:
    """Name -> values, where all rows have the same names in the same order; else the rows themselves as "rows"."""
    names = list(rows[0]) if rows else []
    if any(list(row) != names for row in rows):
        return {"rows": list(rows)}
    return {"columns": {name: [row[name] for row in rows] for name in names}}


def from_columns(content: Mapping[str, Any]) -> list[Row]:
    """The rows that `as_columns` was given."""
    if "rows" in content:
        return list(content["rows"])
    columns = content["columns"]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
