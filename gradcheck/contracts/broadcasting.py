"""A column against a row: (N, 1) and (N,) broadcast to (N, N), and a loss is taken over all pairs of examples.

The function runs once on arrays that look at the shapes of every elementwise operation, and that know which arguments
they were made of: targets against predictions are a slip, the distances among all rows of one array are none.
"""

from typing import Any

import numpy as np

from ..findings import Finding
from ..probe_run import ProbeRun
from ..subject.subject import Subject
from .read_only_replay import where_raised

Shape = tuple[int, ...]


class ColumnAgainstRowError(Exception):
    """Raised in the place of the operation."""

    def __init__(self, column: Shape, row: Shape):
        super().__init__(f"{column} and {row}")
        self.column, self.row = column, row


class Watched(np.ndarray[Any, Any]):
    """An array whose elementwise operations refuse to make (n, n) of a column and a row where one side is the targets.

    `rows` is n, `roots` the names of the arguments that it was made of, `targets` those that have no gradient.
    """

    rows: int = 0
    roots: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()

    def __array_finalize__(self, other: Any) -> None:
        vars(self).update(vars(other) if isinstance(other, Watched) else {})

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """The operation on plain arrays, its results watched again."""
        if method == "__call__" and ufunc.signature is None and len(inputs) == 2:
            a, b = map(np.shape, inputs)
            n = self.rows
            crossed = n > 1 and (n, 1) in (a, b) and ((n,) in (a, b) or (1, n) in (a, b))
            if crossed and self._strangers(*map(_roots, inputs)):
                raise ColumnAgainstRowError((n, 1), b if a == (n, 1) else a)
        if "out" in options:
            options["out"] = tuple(map(_plain, options["out"]))
        result = getattr(ufunc, method)(*map(_plain, inputs), **options)
        return _watch(result, self.rows, frozenset().union(*map(_roots, inputs)), self.targets)

    def _strangers(self, a: frozenset[str], b: frozenset[str]) -> bool:
        """Whether one side is made of targets alone and the other of anything but these."""
        return not a & b and any(side and side <= self.targets for side in (a, b)) and bool(a and b)


def _roots(value: Any) -> frozenset[str]:
    return value.roots if isinstance(value, Watched) else frozenset()


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Watched) else value


def _watch(value: Any, rows: int, roots: frozenset[str], targets: frozenset[str]) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    watched = value.view(Watched)
    watched.rows, watched.roots, watched.targets = rows, roots, targets
    return watched


def column_against_row(subject: Subject, run: ProbeRun) -> Finding | None:
    """A WRONG_SHAPE finding if the loss makes (N, N) of predictions and targets, one a column and one a row."""
    if subject.kind == "layer":
        return None
    arrays = {k: v for k, v in run.values.items() if isinstance(v, np.ndarray) and v.dtype.kind in "fiub"}
    targets = frozenset(k for k, v in arrays.items() if k not in run.numeric and v.ndim and v.size == len(v) == run.n)
    values = {k: _watch(v.copy(), run.n, frozenset([k]), targets) if k in arrays else v for k, v in run.values.items()}
    subject.streams.rewind()
    try:
        subject.forward(values)
    except ColumnAgainstRowError as clash:
        return _finding(clash)
    except Exception:  # a function that does not take such arrays tells nothing
        return None
    return None


def _finding(clash: ColumnAgainstRowError) -> Finding:
    n = clash.column[0]
    return Finding(
        "WRONG_SHAPE",
        "error",
        "loss",
        f"{clash.column} and {clash.row} broadcast to {(n, n)}: the loss is taken over all pairs of examples. Give "
        "both the same shape, by .ravel() or .reshape(-1, 1), before they meet",
        {"shapes": [clash.column, clash.row], "result": (n, n)},
        source=where_raised(clash),
    )
