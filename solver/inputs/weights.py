"""Weights of training rows: `sample_weight` of the data times the weight of each row's class."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from base.arrays import Array
from base.class_weights import ClassWeight, class_weights

from .data import Data


def row_weights(data: Data, class_weight: ClassWeight) -> Array | None:
    """One weight for each training row, or None where none are given; ValueError where nothing is left to learn."""
    weights = None if data.sample_weight is None else data.sample_weight.astype(np.float64)
    if class_weight is not None:
        of_rows = class_weights(data.y_train, class_weight, data.y_val)
        weights = of_rows if weights is None else weights * of_rows
    if weights is not None and not np.any(weights > 0):
        raise ValueError("all training rows have the weight 0: nothing would be learned.")
    return weights


def as_record(class_weight: ClassWeight) -> Any:
    """Class weights as plain values; JSON would turn the classes of a dict into text, so it becomes pairs."""
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
