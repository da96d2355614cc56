"""The mathematics of a layer for one number, of a loss for one row: from it the compiled step is written.

They are definitions. The array functions beside them are their vectorised form, and a test holds the two equal. They
are plain Python on numbers, with `math` and nothing else, and no branch loses a NaN.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Elementwise(NamedTuple):
    """An activation: `value(x)` and `slope(x, y)`, its derivative at x, where y = value(x).

    `slope` takes x, y or both, by these names. Settings of the layer follow as further arguments of both, by name.
    """

    value: Callable[..., float]
    slope: Callable[..., float]


def _always(settings: Mapping[str, Any]) -> bool:
    return True


class Rows(NamedTuple):
    """A loss: `labels(x, y, dx)` for an integer y, `targets(x, y, dx)` for a row of targets; None where it takes none.

    They return the loss of the row of scores x and write its gradient into dx, both before averaging over the batch.
    numbers: the settings of the loss as numbers, further arguments of both. averaged: whether these settings average.
    """

    labels: Callable[..., float] | None
    targets: Callable[..., float] | None
    numbers: Callable[..., Mapping[str, float]] = dict
    averaged: Callable[[Mapping[str, Any]], bool] = _always
