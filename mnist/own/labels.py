"""Labels of any kind to 0..C-1 and back: text, truths, numbers from 1 or with gaps, columns and one-hot rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from base.arrays import Array

from ..errors import DataError, printable

MISSING = ("", "na", "n/a", "nan", "null", "<na>")  # "none" may well be a class
_MANY = 30  # rows from which it tells something that nearly every row has a label of its own


class Labels(NamedTuple):
    """The classes in their order, as text; None for real targets, which stay as they are.

    first: where the classes have names of their own, the number that stands for the first of them.
    """

    classes: tuple[str, ...] | None
    first: int | None = None

    def code(self, y: Array, where: str) -> Array:
        """Labels as int64 0..C-1 (real targets as float64); DataError for one that training has not."""
        if self.classes is None:
            return y.astype(np.float64)
        if self.first is not None and y.dtype.kind in "iu":
            wrong = (y < self.first) | (y >= self.first + len(self.classes))
            if wrong.any():
                last = self.first + len(self.classes) - 1
                raise DataError(f"{where} holds the label {y[wrong][0]}; expected {self.first}..{last}.")
            return y.astype(np.int64) - self.first
        known = {name: at for at, name in enumerate(self.classes)}
        values, inverse = np.unique(y, return_inverse=True)
        strange = [str(value) for value in values if str(value) not in known]
        if strange:
            raise DataError(f"{where} holds the label {printable(strange[0])}, which the training rows have not; they "
                            f"have {', '.join(self.classes[:12])}{', ...' if len(self.classes) > 12 else ''}."
                            )  # fmt: skip
        coded: Array = np.array([known[str(value)] for value in values], np.int64)[inverse.reshape(-1)]
        return coded


def learn(ys: Sequence[Array], where: str) -> Labels:
    """The classes in the training labels `ys`; DataError where there is only one."""
    if ys[0].dtype.kind == "f":
        return Labels(None)
    values = np.unique(np.concatenate(ys))
    if len(values) < 2:
        only = printable(str(values[0]))
        raise DataError(f"{where}: all labels are {only}: with one class there is nothing to learn.")
    return Labels(tuple(str(value) for value in values))


def plain_labels(y: Array, where: str, real: bool, lines: Array | None = None) -> Array:
    """(N,) int64, text, or float64 for real targets; DataError for missing ones and shapes that are no labels."""
    y = _one_axis(y, where)
    if y.dtype.kind == "b":
        y = y.astype(str)
    if y.dtype.kind in "OUS":
        y = _text(y, where, lines)
        if real:
            raise DataError(f"{where}: the labels are text, as {printable(str(y[0]))}; real targets must be numbers.")
        return y
    if y.dtype.kind not in "iuf":
        raise DataError(f"{where}: the labels have type {y.dtype}; expected numbers or text.")
    if y.dtype.kind == "f":
        wrong = ~np.isfinite(y)
        if wrong.any():
            raise DataError(f"{where}: no label in {_place(int(np.argmax(wrong)), lines)}. Leave such rows out.")
    if real or not np.array_equal(y, np.rint(y)):
        return y.astype(np.float64)
    values = len(np.unique(y))
    if len(y) >= _MANY and values > len(y) / 2:
        raise DataError(f"{where}: {len(y)} rows have {values} different labels: no classes. For real targets set "
                        "coding to \"value\" (--set coding=value --loss squared); or name another column with --label."
                        )  # fmt: skip
    return y.astype(np.int64)


def _one_axis(y: Array, where: str) -> Array:
    if y.ndim == 2 and y.shape[1] == 1:
        return y[:, 0]
    one_hot = y.ndim == 2 and y.shape[1] > 1 and y.dtype.kind in "biuf" and np.isin(y, (0, 1)).all()
    if one_hot and (y.sum(axis=1) == 1).all():
        labels: Array = np.argmax(y, axis=1)
        return labels
    if y.ndim != 1:
        raise DataError(f"{where}: the labels have shape {y.shape}; expected (N,), (N, 1) or one-hot rows (N, C).")
    return y


def _text(y: Array, where: str, lines: Array | None) -> Array:
    try:
        words = ["" if one is None else one.decode() if isinstance(one, bytes) else str(one) for one in y.tolist()]
    except (ValueError, UnicodeDecodeError) as error:
        raise DataError(f"{where}: the labels are no text that can be read: {error}.") from error
    words = [word.strip() for word in words]
    missing = next((at for at, word in enumerate(words) if word.lower() in MISSING), None)
    if missing is not None:
        raise DataError(f"{where}: no label in {_place(missing, lines)}. Leave such rows out.")
    return np.array(words)


def _place(row: int, lines: Array | None) -> str:
    return f"row {row}" if lines is None else f"line {lines[row]}"
