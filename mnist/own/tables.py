"""Tables: which column holds the labels, which columns are features, and what is left out with a note."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from base.arrays import Array
from base.own_packages import optional
from base.words import did_you_mean

from ..errors import DataError, shown
from . import csv_file
from .material import Material, Pair, Table

SUFFIXES = (*csv_file.SUFFIXES, ".parquet", ".pq")
_LABELS = ("label", "labels", "target", "class", "y", "species", "category")
_COUNTERS = ("", "unnamed: 0", "index", "id", "row", "rownames")


def is_table(path: Path) -> bool:
    """Whether the name is that of a table."""
    return path.name.lower().endswith(SUFFIXES)


def read_columns(path: Path) -> Table:
    """The columns of a CSV or Parquet file."""
    return csv_file.read_csv(path) if path.name.lower().endswith(csv_file.SUFFIXES) else _read_parquet(path)


def read_table(path: Path, label: str | None, drop: Sequence[str]) -> Material:
    """A table with its labels apart: the column `label`, or one that is named label, target, class or y."""
    table, where = read_columns(path), shown(path)
    name = _label_column(table, label, where)
    material = Material(where, path.suffix.lstrip(".").lower(), {}, label=name)
    y = table.columns[table.names.index(name)]
    features = table.without([name, *(_known(one, table, where, "drop") for one in drop)])
    counters = [one for one, column in zip(features.names, features.columns, strict=True) if _counts(one, column)]
    if counters:
        material.notes.append(f"column {counters[0]!r} only counts the rows: left out")
    features = features.without(counters)
    if not features.names:
        raise DataError(f"{where} has no columns beside {name!r} to learn from.")
    return Material(where, material.kind, {"train": Pair(features, y)}, label=name, notes=material.notes)


def _label_column(table: Table, label: str | None, where: str) -> str:
    if label is not None:
        return _known(label, table, where, "label")
    lower = [name.lower() for name in table.names]
    named = [table.names[lower.index(name)] for name in _LABELS if name in lower]
    if not named:
        raise DataError(f"{where}: which column holds the labels? Name it with --label (label=): {_listed(table)}.")
    return named[0]


def _known(name: str, table: Table, where: str, argument: str) -> str:
    """A column by its name, in any case of letters, or by its number, from 1 or from the end as -1."""
    lower = [one.lower() for one in table.names]
    if name in table.names:
        return name
    if lower.count(name.lower()) == 1:
        return table.names[lower.index(name.lower())]
    if name.removeprefix("-").isdecimal() and 1 <= abs(int(name)) <= len(table.names):
        at = int(name)
        return table.names[at - 1 if at > 0 else at]
    near = did_you_mean(name, table.names)
    raise DataError(f"{where}: {argument} is {name!r}, but there is no such column.{near} It has {_listed(table)}.")


def _listed(table: Table) -> str:
    more = f", ... ({len(table.names)} in all)" if len(table.names) > 12 else ""
    return ", ".join(name or "''" for name in table.names[:12]) + more


def _counts(name: str, column: Array) -> bool:
    """Whether a column is the number of its row, as pandas writes its index."""
    if name.lower() not in _COUNTERS or column.dtype.kind != "f" or not len(column):
        return False
    return bool(column[0] in (0, 1) and np.array_equal(column, np.arange(len(column)) + column[0]))


def _read_parquet(path: Path) -> Table:
    parquet = optional("pyarrow.parquet", "reading Parquet needs pyarrow: pip install pyarrow")
    from pyarrow import ArrowException

    try:
        found = parquet.read_table(path)
    except (ArrowException, OSError, ValueError) as error:
        raise DataError(f"{shown(path)} is no Parquet file that can be read: {error}.") from error
    columns = []
    for name, column in zip(found.column_names, found.columns, strict=True):
        values = column.to_pylist()
        if all(isinstance(value, int | float | None) and not isinstance(value, bool) for value in values):
            columns.append(np.array([np.nan if value is None else float(value) for value in values]))
        elif all(isinstance(value, str | bool | None) for value in values):
            columns.append(np.array(["" if value is None else str(value) for value in values], object))
        else:
            raise DataError(
                f"{shown(path)}: column {name!r} holds {column.type}; expected numbers or text. Leave it out."
            )
    return Table(tuple(found.column_names), tuple(columns), np.arange(1, found.num_rows + 1))
