"""Settings that belong to the learning rate's schedule: they are tuned like others, and go to the Solver, not the rule.

`schedule` is one of `solver.schedules` by name, drawn as a choice; `warmup` the share of the run that precedes it.
"""

from collections.abc import Mapping
from typing import Any

from base.words import did_you_mean
from solver.schedules import SCHEDULES

NAMES = ("schedule", "warmup")


def check_scheduled(solver: str, ranges: Mapping[str, Any]) -> None:
    """ValueError for schedules that do not exist, and for a warmup that is no share of the run."""
    if not is_scheduled(ranges):
        return
    for name in ranges["schedule"].choices:
        if name not in SCHEDULES:
            hint = did_you_mean(str(name), list(SCHEDULES))
            known = ", ".join(SCHEDULES)
            raise ValueError(f"{solver}.space.schedule: unknown schedule {name!r}.{hint} Known: {known}.")
    warmup = ranges.get("warmup")
    if warmup is None:
        return
    values = warmup.choices or (warmup.at(0.0), warmup.at(1.0))
    if not all(isinstance(value, int | float) and 0 <= value < 1 for value in values):
        raise ValueError(f"{solver}.space.warmup gives {values!r}; expected shares of the run, from 0 to below 1")


def is_scheduled(ranges: Mapping[str, Any]) -> bool:
    """Whether a space draws a schedule."""
    return "schedule" in ranges and ranges["schedule"].scale == "choice"


def rule_settings(ranges: Mapping[str, Any]) -> list[str]:
    """The names of a space's settings that are the rule's."""
    return [name for name in ranges if not (is_scheduled(ranges) and name in NAMES)]


def split(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """(settings of the rule, the schedule as the Solver takes it, or None where none was drawn)."""
    if not isinstance(settings.get("schedule"), str):
        return dict(settings), None
    spec = {"name": settings["schedule"]}
    if settings.get("warmup"):
        spec["warmup"] = float(settings["warmup"])
    return {name: value for name, value in settings.items() if name not in NAMES}, spec
