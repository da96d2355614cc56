"""Numbers as texts: percentages, counts of steps with "never" for a miss, medians and ratios with their intervals."""

import math
from collections.abc import Callable
from typing import Any

from ..statistics import Comparison, Interval

Show = Callable[[float], str]


def percent(value: float) -> str:
    """A share as a percentage with two digits behind the point."""
    return f"{100 * value:.2f} %"


def number(value: float) -> str:
    """A number to three digits."""
    return f"{value:.3g}"


def count(value: float) -> str:
    """A number of steps, or of epochs or seconds, which may be fractions; infinity is never."""
    if math.isinf(value):
        return "never"
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.3g}"


def interval(value: Interval, show: Show) -> str:
    """Median and bounds, as in `1,200 [900, never]`."""
    if math.isnan(value.median):
        return "-"
    if math.isnan(value.low) or value.low == value.high:
        return show(value.median)
    return f"{show(value.median)} [{show(value.low)}, {show(value.high)}]"


def versus(found: Comparison | None) -> str:
    """The ratio with its interval, as in `0.93 [0.88, 0.97]`."""
    if found is None:
        return "-"
    bounds = "" if math.isnan(found.low) else f" [{_ratio(found.low)}, {_ratio(found.high)}]"
    return f"{_ratio(found.ratio)}{bounds}"


def _ratio(value: float) -> str:
    """Infinity where only the other one met the target; 0 where only this one did."""
    if math.isinf(value):
        return "never"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def setting(value: Any, digits: int = 7) -> str:
    """The value of a setting: a number to that many digits, a choice as it is."""
    plain = isinstance(value, str | bool)
    return str(value) if plain else f"{value:.{digits}g}"


def counted(times: int, thing: str) -> str:
    """A number of things, as in `1 seed` and `6 seeds`."""
    return f"{times} {thing}{'s' * (times != 1)}"
