"""From a table's columns to numbers (N, D), learned on training rows: text becomes one column a value."""

from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from ..errors import DataError, printable
from .material import Table

MOST = 30  # values of a text column that become columns, if most rows have not one of their own


class Column(NamedTuple):
    """A column of a table; `values` are those that text had in training, None where it holds numbers."""

    name: str
    values: tuple[str, ...] | None = None

    @property
    def width(self) -> int:
        """How many columns of X it becomes."""
        return 1 if self.values is None else len(self.values)


class Features(NamedTuple):
    """The columns in their order."""

    columns: tuple[Column, ...]

    @classmethod
    def learn(cls, table: Table, where: str) -> "Features":
        """What the training rows hold; DataError for text of too many values."""
        columns = []
        for name, column in zip(table.names, table.columns, strict=True):
            if column.dtype.kind == "f":
                columns.append(Column(name))
                continue
            values = sorted({str(value) for value in column} - {""})
            if len(values) > MOST or len(values) > max(3, len(table) / 2):
                raise DataError(f"{where}: column {name!r} holds text of {len(values)} different values, as "
                                f"{printable(values[0], 30)}: leave it out with --drop (drop=), or make it numbers."
                                )  # fmt: skip
            columns.append(Column(name, tuple(values)))
        return cls(tuple(columns))

    def numbers(self, table: Table, where: str) -> Array:
        """X (N, D) float64; DataError for a column that is missing, and for cells that are empty or of another kind."""
        blocks = []
        for column in self.columns:
            if column.name not in table.names:
                raise DataError(f"{where} has no column {column.name!r}, which the net was trained with.")
            found = table.columns[table.names.index(column.name)]
            blocks.append(self._block(column, found, table, where))
        return np.concatenate(blocks, axis=1)

    def _block(self, column: Column, found: Array, table: Table, where: str) -> Array:
        missing = ~np.isfinite(found) if found.dtype.kind == "f" else found == ""
        if missing.any():
            at = int(np.argmax(missing))
            what = "is empty" if found.dtype.kind != "f" or np.isnan(found[at]) else f"is {found[at]}"
            raise DataError(f"{where}: column {column.name!r} {what} in line {table.lines[at]} ({int(missing.sum())} "
                            "such rows). Fill it, leave the rows out, or the column with --drop.")  # fmt: skip
        if column.values is None:
            if found.dtype.kind != "f":
                raise DataError(f"{where}: column {column.name!r} holds the text {printable(str(found[0]), 30)}; it "
                                "held numbers in training.")  # fmt: skip
            return found[:, None]
        words = np.array([_word(value) for value in found.tolist()], object)
        return np.stack([words == value for value in column.values], axis=1).astype(np.float64)

    @property
    def continuous(self) -> Array:
        """(D,) whether a column of X is a number of the table, not one of the values of a text."""
        return np.concatenate([np.full(column.width, column.values is None) for column in self.columns])

    def as_list(self) -> list[dict[str, Any]]:
        """Plain values for JSON."""
        return [{"name": c.name, **({} if c.values is None else {"values": list(c.values)})} for c in self.columns]

    @classmethod
    def from_list(cls, columns: list[dict[str, Any]]) -> "Features":
        """What `as_list` gave."""
        return cls(tuple(Column(c["name"], tuple(c["values"]) if "values" in c else None) for c in columns))


def _word(value: Any) -> str:
    """A value as text; numbers without the .0 that a table of numbers gives them."""
    return f"{value:g}" if isinstance(value, float) else str(value)
