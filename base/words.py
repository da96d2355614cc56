"""Words of error messages that every package needs: the nearest known name, and what was seen in place of a value."""

from collections.abc import Iterable
from typing import Any


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """' Did you mean ...?' with the one or two nearest of `known`, or nothing."""
    import difflib  # only where an error is being written

    near = difflib.get_close_matches(str(name), list(known), n=5)
    near.sort(key=lambda other: (-difflib.SequenceMatcher(None, other, str(name)).ratio(), other[:1] != str(name)[:1]))
    return f" Did you mean {' or '.join(map(repr, near[:2]))}?" if near else ""


def seen(value: Any) -> str:
    """A value in words: 'an array of shape (3, 2)', 'a tuple of 2', 'None', or the name of its type."""
    import numpy as np  # not at the top: names are looked up before the number of BLAS threads is set

    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    return "None" if value is None else type(value).__name__


SHARES = ("accuracy", "subset_accuracy")  # names of measures that are shares of all rows, shown in per cent
_READ = {"r2": "R2", "rmse": "RMSE"}


def readable(measure: str) -> str:
    """The name of a measure as a reader has it: R2, RMSE, subset accuracy."""
    return _READ.get(measure, measure.replace("_", " "))
