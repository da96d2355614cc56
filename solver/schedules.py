"""Learning-rate schedules: any `f(step) -> factor`, here the usual ones, by name or as functions; step counts from 0.

The factor multiplies the setting's base value. A schedule with an end keeps its last factor after it.
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

import numpy as np

from base.user_checks import call, line_of, require_callable
from base.user_code import UserCodeError, find, is_reference
from base.words import did_you_mean, seen

from .protocols import Schedule


def constant() -> Schedule:
    """1."""
    return lambda step: 1.0


def exponential(rate: float = 0.95, every: float = 1) -> Schedule:
    """rate^(step / every), smoothly; `every` is a number of steps. By name its default is one epoch."""
    if not every > 0:
        raise ValueError(f"every must be a positive number of steps; got {every!r}.")
    return lambda step: float(rate ** (step / every))


def inverse_scaling(power: float = 0.5) -> Schedule:
    """(step + 1)^-power; scikit-learn's "invscaling", per step."""
    return lambda step: float((step + 1) ** -power)


def inverse_time(rate: float = 1e-4) -> Schedule:
    """1 / (1 + rate step); Bottou's 1/t decay."""
    return lambda step: 1.0 / (1.0 + rate * step)


def steps(boundaries: Sequence[int] = (), factor: float = 0.1, total: int = 1) -> Schedule:
    """factor^k after the k-th of `boundaries` (default: at half and three quarters of the run)."""
    at = sorted(boundaries) if boundaries else [total // 2, 3 * total // 4]
    return lambda step: float(factor ** sum(step >= boundary for boundary in at))


def linear(total: int = 1, end: float = 0.0) -> Schedule:
    """1 - (1 - end) step / total."""
    return lambda step: 1.0 - (1.0 - end) * min(step / total, 1.0)


def polynomial(total: int = 1, power: float = 2.0, end: float = 0.0) -> Schedule:
    """end + (1 - end) (1 - step / total)^power."""
    return lambda step: end + (1.0 - end) * (1.0 - min(step / total, 1.0)) ** power


def cosine(total: int = 1, end: float = 0.0, restarts: int = 0, stretch: float = 1.0) -> Schedule:
    """end + (1 - end) (1 + cos(pi t)) / 2, t from 0 to 1 over the run, or over each of `restarts + 1` cycles.

    Each cycle is `stretch` times as long as the one before. Loshchilov and Hutter, 2017 (SGDR), eq. 5.
    """
    lengths = [stretch**k for k in range(restarts + 1)]
    ends = [total * sum(lengths[: k + 1]) / sum(lengths) for k in range(len(lengths))]

    def factor(step: int) -> float:
        cycle = next((k for k, stop in enumerate(ends) if step < stop), restarts)
        start = ends[cycle - 1] if cycle else 0.0
        t = min((step - start) / (ends[cycle] - start), 1.0)
        return end + (1.0 - end) * 0.5 * (1.0 + math.cos(math.pi * t))

    return factor


def one_cycle(total: int = 1, peak: float = 0.3, start: float = 0.04, end: float = 4e-6) -> Schedule:
    """Cosine from `start` to 1 over the first `peak` of the run, then cosine to `end`. Smith and Topin, 2018."""
    top = max(peak * total, 1e-9)

    def factor(step: int) -> float:
        low, t = (start, step / top) if step < top else (end, 1.0 - min((step - top) / max(total - top, 1e-9), 1.0))
        return low + (1.0 - low) * 0.5 * (1.0 - math.cos(math.pi * t))

    return factor


def trapezoid(total: int = 1, rise: float = 0.1, fall: float = 0.2, end: float = 0.0) -> Schedule:
    """Linear up over the share `rise` of the run, constant, linear down to `end` over the share `fall`."""
    up, down = rise * total, fall * total

    def factor(step: int) -> float:
        left = max(total - step, 0)
        rising, falling = (step + 1) / up if up else math.inf, end + (1.0 - end) * left / down if down else math.inf
        return min(1.0, rising, falling)

    return factor


def warmup(schedule: Schedule, length: int) -> Schedule:
    """(step + 1) / length up to `length` steps, then `schedule` as if it began there (Goyal et al., 2017, 2.2)."""
    return lambda step: (step + 1) / length if step < length else float(schedule(step - length))


LENGTHS = ("total", "every")  # settings that are filled in: the length of the run, and that of an epoch
OWN = "a schedule: a function (step) -> factor, or settings -> a function step -> factor"
SCHEDULES: dict[str, Callable[..., Schedule]] = {
    function.__name__: function
    for function in (
        *(constant, exponential, inverse_scaling, inverse_time, steps),
        *(linear, polynomial, cosine, one_cycle, trapezoid),
    )
}


def make(spec: str | Mapping[str, Any] | Schedule, total: int, epoch: int = 1) -> Schedule:
    """A schedule from its name, from `{"name": ..., "warmup": ..., settings}`, or a function as it is.

    `total` is the length of the run in steps, `epoch` that of one epoch (the default of `every`); `warmup` is a number
    of steps, or a share of the run below 1.
    """
    if callable(spec):
        return spec
    settings: dict[str, Any] = {"name": spec} if isinstance(spec, str) else dict(spec)
    name = settings.pop("name", None)
    function = _factory(name)
    if function is None:
        hint = did_you_mean(name, list(SCHEDULES)) if isinstance(name, str) else ""
        raise ValueError(f"unknown schedule {name!r}.{hint} Known: {', '.join(SCHEDULES)}, or FILE.py:NAME.")
    for key, value in settings.items():
        if value is None or isinstance(value, str):
            raise TypeError(f"{key} of schedule {name!r} must be a number; got {value!r}.")
    length = settings.pop("warmup", 0)
    length = round(length * total) if isinstance(length, float) and length < 1 else int(length)
    takes = _arguments(function)
    for key in settings:
        if key not in takes:
            hint = did_you_mean(key, takes)
            known = ", ".join(["warmup", *takes])
            raise ValueError(f"schedule {name!r} does not take {key!r}.{hint} It takes: {known}.")
    if "total" in takes:
        settings.setdefault("total", max(total - length, 1))
    if "every" in takes:
        settings.setdefault("every", epoch)
    schedule = function(**settings)
    if name not in SCHEDULES:
        _check_own(str(name), schedule)
    return warmup(schedule, length) if length else schedule


def _factory(name: Any) -> Callable[..., Schedule] | None:
    """What makes the schedule of that name, or of one's own `file.py:name`; None where there is none.

    One's own is f(step, settings) -> factor, whose first argument has no default, or settings -> (step -> factor), with
    `total` or `every` among the settings if it wants the length of the run or of an epoch.
    """
    if name in SCHEDULES or not is_reference(name):
        return SCHEDULES.get(name)
    found = find(name)
    if not callable(found) or not _takes_step(found):
        lengths = [key for key in _arguments(found) if key in LENGTHS] if callable(found) else []
        return require_callable(name, found, lengths, OWN)
    require_callable(name, found, ["step"], OWN)

    def bound(**settings: Any) -> Schedule:
        return functools.partial(_at_step, found, settings)

    vars(bound)["__signature__"] = signature(found).replace(parameters=list(signature(found).parameters.values())[1:])
    return bound


def _at_step(function: Callable[..., float], settings: Mapping[str, Any], step: int) -> float:
    return function(step, **settings)


def _check_own(name: str, schedule: Any) -> None:
    factor = call(name, schedule, 0) if callable(schedule) else schedule
    if isinstance(factor, bool) or not isinstance(factor, int | float | np.number):
        raise UserCodeError(f"{line_of(name)}: {name} gives {seen(factor)} for step 0; expected {OWN}")


def _takes_step(function: Callable[..., Any]) -> bool:
    """Whether a function's first argument is the step: it has no default, and is no length of the run."""
    try:
        first = next(iter(signature(function).parameters.values()), None)
    except (TypeError, ValueError):
        return True
    return first is not None and first.default is first.empty and first.name not in LENGTHS


def require_spec(name: str, spec: Any) -> None:
    """TypeError unless `spec`, of the setting `name`, is something that `make` takes, or None for lr_schedule."""
    setting = "learning_rate" if name == "lr_schedule" else name
    if not (callable(spec) or isinstance(spec, str | Mapping) or (spec is None and name == "lr_schedule")):
        what = name if name == "lr_schedule" else f"the schedule of {name!r}"
        raise TypeError(
            f"{what} must be a name, {{'name': ..., settings}} or a function step -> factor; got {spec!r}."
            f" A constant goes in optim_config={{{setting!r}: ...}}."
        )


def has_horizon(spec: Any) -> bool:
    """Whether a spec is laid out over the length of the run."""
    if callable(spec) or spec is None:
        return False
    name, given = (spec, {}) if isinstance(spec, str) else (spec.get("name"), spec)
    function = _factory(name)
    return function is not None and "total" in _arguments(function) and "total" not in given


def _arguments(function: Callable[..., Schedule]) -> list[str]:
    return list(signature(function).parameters)
