"""Ratios of times within one round, their median and spread: all that is read off a measurement."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np


class Ratio(NamedTuple):
    """Median over the rounds, with the quartiles as its spread."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.low)}-{_short(self.high)})"


def ratio(over: Sequence[float], under: Sequence[float]) -> Ratio:
    """over / under, round by round."""
    low, median, high = np.percentile(np.divide(over, under), [25, 50, 75])
    return Ratio(float(median), float(low), float(high))


def by_rule(result: dict[str, Any]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """(rule, dtype) -> its problems, in the order of their measurement."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for problem in result["problems"]:
        groups.setdefault((problem["rule"], problem["dtype"]), []).append(problem)
    return groups


def to_floor(problem: dict[str, Any]) -> dict[str, Ratio]:
    """Contender -> its step as a multiple of the five products."""
    times = problem["seconds_per_step"]
    return {name: ratio(seconds, times["floor"]) for name, seconds in times.items() if name != "floor"}


def to_ours(problem: dict[str, Any]) -> dict[str, Ratio]:
    """Contender -> its step as a multiple of ours: above 1, it is slower."""
    times = problem["seconds_per_step"]
    return {name: ratio(seconds, times["ours"]) for name, seconds in times.items() if name not in ("floor", "ours")}


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
