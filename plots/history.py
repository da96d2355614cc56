"""A training history, checked and placed on the axis: every list of numbers gets the epochs (or steps) it belongs to.

Histories come from solvers of different habits: with an entry before training or without, stopped early, not finite.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array
from base.words import SHARES

EVALUATED = ("train_loss", "val_loss", "train_acc", "val_acc")
KEYS = ("loss", *EVALUATED, "steps_per_epoch", "epoch", "measure")


class Series(NamedTuple):
    """Values y at places x of the horizontal axis, both (n,)."""

    x: Array
    y: Array


def read_history(history: Mapping[str, Any]) -> tuple[dict[str, Series], str]:
    """The series with at least one finite value, by key, and the unit of their x, "epoch" or "step".

    Lists that are absent, None, empty or all NaN are left out. The unit is "step" for a loss without steps_per_epoch.
    Raises TypeError for what is no mapping and ValueError for values that make no history.
    """
    if not isinstance(history, Mapping):
        raise TypeError(f"history is a {type(history).__name__}; expected a dict with any of {', '.join(KEYS)}.")
    unknown = [key for key in history if key not in KEYS]
    if unknown:
        raise ValueError(f"history has an unknown key {unknown[0]!r}; it takes {', '.join(KEYS)}.")
    steps, measure = _steps_per_epoch(history.get("steps_per_epoch")), measure_of(history)
    loss = _values(history, "loss", measure)
    read = {"loss": Series((np.arange(loss.size) + 1) / (steps or 1), loss)}
    for key in EVALUATED:
        values = _values(history, key, measure)
        read[key] = Series(_places(key, values.size, loss.size, steps, history.get("epoch")), values)
    kept = {key: series for key, series in read.items() if np.isfinite(series.y).any()}
    if not kept:
        raise ValueError(f"history has nothing to draw; expected finite numbers in loss, {', '.join(EVALUATED)}.")
    return kept, "step" if loss.size and steps is None else "epoch"


def measure_of(history: Mapping[str, Any]) -> str:
    """What train_acc and val_acc hold: the name under "measure", accuracy by default."""
    measure = history.get("measure") or "accuracy"
    if not isinstance(measure, str):
        raise ValueError(f"measure is {measure!r}; expected the name of what train_acc and val_acc hold, as 'r2'.")
    return measure


def last_finite(values: Array) -> float:
    """The last of the values that is finite; there must be one."""
    return float(values[np.isfinite(values)][-1])


def _steps_per_epoch(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"steps_per_epoch is {value!r}; expected a positive integer.")
    return int(value)


def _values(history: Mapping[str, Any], key: str, measure: str) -> Array:
    """The list under `key` as float64; accuracies must be fractions."""
    given = history.get(key)
    try:
        values = np.asarray([] if given is None else given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{key} is no list of numbers: {error}") from error
    if values.ndim != 1:
        raise ValueError(f"{key} has shape {values.shape}; expected a list of numbers.")
    if key.endswith("_acc") and measure in SHARES:
        wrong = values[(values < 0) | (values > 1)]
        if wrong.size:
            raise ValueError(f"{key} holds {wrong[0]:g}; expected fractions 0..1: divide percentages by 100,"
                             " or say what it is with measure, as 'r2'.")  # fmt: skip
    return values


def _places(key: str, count: int, steps_done: int, steps_per_epoch: int | None, epoch: Any) -> Array:
    """Where the `count` evaluations of one list stand on the axis.

    They are the numbers in `epoch` where those are given; otherwise one at each epoch's end, after one before training
    if there are more of them than epochs, the last at the last step.
    """
    if count and steps_done and steps_per_epoch is None:
        raise ValueError(f"{key} and the loss of every step share an axis only with steps_per_epoch: add it.")
    if epoch is not None and count:
        places = np.asarray(epoch, dtype=np.float64)
        if places.shape != (count,) or not np.isfinite(places).all() or (np.diff(places) < 0).any():
            raise ValueError(f"epoch has shape {places.shape}; expected {count} rising numbers, as many as {key} has.")
        return places
    if not steps_done:
        return np.arange(count, dtype=np.float64)
    epochs = steps_done / (steps_per_epoch or 1)
    if count > np.ceil(epochs) + 1:
        raise ValueError(f"{key} has {count} entries for {epochs:g} epochs of loss; expected one for each epoch and "
                         "one before training; or give the list epoch.")  # fmt: skip
    first = 0 if count > epochs else 1
    return np.minimum(first + np.arange(count, dtype=np.float64), epochs)
