"""Weights of classes, as an option: checked at the border, and as plain values for a checkpoint."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

ClassWeight = str | Mapping[Any, float] | None


def check_class_weight(class_weight: Any) -> None:
    """TypeError or ValueError unless it is None, "balanced", or class -> a finite number of at least 0."""
    if isinstance(class_weight, Mapping):
        for name, weight in class_weight.items():
            number = isinstance(weight, int | float | np.number) and not isinstance(weight, bool)
            if not number or not 0 <= weight < math.inf:
                raise ValueError(f"class_weight of class {name!r} must be a number of at least 0; got {weight!r}.")
    elif class_weight is not None and not (isinstance(class_weight, str) and class_weight == "balanced"):
        error = ValueError if isinstance(class_weight, str) else TypeError
        raise error(f"class_weight must be 'balanced', a dict as {{0: 1.0, 1: 5.0}}, or None; got {class_weight!r}.")


def as_record(class_weight: ClassWeight) -> Any:
    """Plain values; JSON would turn the classes of a dict into text, so it becomes pairs."""
    if isinstance(class_weight, Mapping):
        return {"pairs": [[_number(key), float(value)] for key, value in class_weight.items()]}
    return class_weight


def from_record(record: Any) -> ClassWeight:
    """What `as_record` was given."""
    if isinstance(record, Mapping):
        return dict(record["pairs"])
    weight: ClassWeight = record
    return weight


def _number(key: Any) -> Any:
    return key.item() if isinstance(key, np.generic) else key
