"""What every reader of this room gives: raw inputs and labels by part, before anything is learned from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from base.arrays import Array

from ..errors import DataError
from .labels import Labels

PARTS = ("train", "val", "test")


class Table(NamedTuple):
    """Named columns of equal length: float64, or text as an array of objects; `lines` tells where a row stands."""

    names: tuple[str, ...]
    columns: tuple[Array, ...]
    lines: Array

    def __len__(self) -> int:
        return len(self.lines)

    def take(self, rows: Array) -> "Table":
        """These rows alone."""
        return Table(self.names, tuple(column[rows] for column in self.columns), self.lines[rows])

    def without(self, names: Sequence[str]) -> "Table":
        """All columns but these."""
        kept = [at for at, name in enumerate(self.names) if name not in names]
        return Table(tuple(self.names[at] for at in kept), tuple(self.columns[at] for at in kept), self.lines)


class Pair(NamedTuple):
    """Inputs and labels of one part: X an array (N, ...) or a Table, y as it was found."""

    X: "Array | Table"
    y: Array


@dataclass
class Material:
    """What a file or folder holds: `pairs` has at least "train"; parts that it lacks are split off from that."""

    where: str
    kind: str
    pairs: Mapping[str, Pair]
    label: str | None = None  # the column of the labels
    pictures: str | None = None  # L or RGB, where the rows are pictures of a folder
    labels: Labels | None = None  # where the classes are known by the set's name
    notes: list[str] = field(default_factory=list)
    verified: bool = False


def take(X: "Array | Table", rows: Array) -> "Array | Table":
    """These rows of X."""
    return X.take(rows) if isinstance(X, Table) else X[rows]


def _hint(X: tuple[int, ...], y: tuple[int, ...]) -> str:
    """What may be meant where the first axes of inputs and labels differ."""
    if len(y) == 2 and y[0] == 1 and y[1] == X[0]:
        return f" The labels have shape {y}: save y.ravel()."
    axis = X.index(y[0]) if y and y[0] in X[1:] else 0
    if axis:
        turned = "X.T" if len(X) == 2 else f"np.moveaxis(X, {axis}, 0)"
        return f" The inputs have shape {X}, an example for each place of axis {axis}: save {turned}."
    return ""


def check_rows(material: Material) -> Material:
    """DataError for parts without rows, or whose inputs and labels differ in length."""
    for part, (X, y) in material.pairs.items():
        if not isinstance(X, Table) and not (X.ndim and y.ndim):
            raise DataError(f"{material.where}: inputs {X.shape} and labels {y.shape} have no rows ({part}).")
        if len(X) != len(y):
            hint = _hint(X.shape, y.shape) if not isinstance(X, Table) else ""
            raise DataError(f"{material.where}: {len(X)} rows of inputs but {len(y)} labels ({part}).{hint}")
        if not len(X):
            raise DataError(f"{material.where} holds no rows ({part}).")
        if not isinstance(X, Table) and X.dtype.kind in "fiub" and not np.prod(X.shape[1:]):
            raise DataError(f"{material.where}: the inputs have no columns, their shape is {X.shape}.")
    return material
