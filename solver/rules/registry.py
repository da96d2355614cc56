"""The registry of update rules: each is registered, with its settings and its state, on the line where it is defined.

A rule is `rule(w, dw, config, *, out=None, layout=None) -> (next_w, config)`; `Rule` is what the solver knows of it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from base import entry_points
from base.arrays import Array
from base.places import same_place
from base.user_checks import require_callable, unnamed
from base.user_code import find, is_reference
from base.words import did_you_mean

from ..protocols import Config, Layout, UpdateRule


class Element(NamedTuple):
    """An element-wise rule for one number, from which the compiled step is written.

    function(w, dw, *state, *numbers) -> (w, *state), plain Python on numbers, which `Formula` runs on arrays.
    prepare(w, dw, config) makes the state arrays that are missing; advance(config) counts one step and gives its
    numbers; settled: they are the same at every step, but for schedules.
    """

    name: str
    function: Callable[..., Any]
    slots: tuple[str, ...]
    numbers: tuple[str, ...]
    prepare: Callable[[Array, Array, Config], object]
    advance: Callable[[Config], Mapping[str, float]]
    settled: bool


class Rule(NamedTuple):
    """One update rule: its function, its settings with their defaults, and the names of its state."""

    name: str
    function: UpdateRule
    settings: Mapping[str, Any]
    slots: tuple[str, ...] = ()  # state arrays of the shape of w
    counters: Mapping[str, float] = {}  # state numbers with their first values
    evaluates_at: str | None = None  # the slot that holds the point to evaluate, where it is not w itself
    resolve: Callable[[Config, Layout], Config] | None = None  # settings that depend on all parameters of a model
    element: Callable[[Config], Element] | None = None  # the rule for one number, given the settings


_RULES: dict[str, Rule] = {}
# name: (lowest, highest, whether the highest itself is allowed)
_RANGES: dict[str, tuple[float, float, bool]] = {
    "learning_rate": (0.0, float("inf"), False),
    "weight_decay": (0.0, float("inf"), False),
    "epsilon": (0.0, float("inf"), False),
    "momentum": (0.0, 1.0, False),
    "decay_rate": (0.0, 1.0, False),
    "beta1": (0.0, 1.0, False),
    "beta2": (0.0, 1.0, False),
    "momentum_decay": (0.0, float("inf"), False),
    "adamw_scale": (0.0, float("inf"), False),
    "ns_steps": (1, 100, True),
}


def add(rule: Rule) -> Rule:
    """Register `rule`; its name must be new, or taken by the same function of the same module or file, run again."""
    if rule.name in _RULES and not same_place(_RULES[rule.name].function, rule.function):
        raise ValueError(f"an update rule named {rule.name!r} is registered already: choose another name")
    _RULES[rule.name] = rule
    return rule


def known() -> list[str]:
    """The names of all rules, sorted."""
    return sorted(_RULES)


def get(name: str) -> Rule:
    """The rule `name`, one that an installed package brings, or a function of the user's own, `file.py:name`.

    An unknown name is a ValueError that lists what there is.
    """
    if not isinstance(name, str):
        raise TypeError(f"update_rule must be a name or a function (w, dw, config) -> (next_w, config); got {name!r}.")
    if name in _RULES:
        return _RULES[name]
    if is_reference(name):
        return _as_rule(name, find(name))
    point = entry_points.find("rules", name)
    if point is not None:
        return _as_rule(point.value, entry_points.load(point))
    names = sorted({*known(), *entry_points.names("rules")})
    raise ValueError(f"unknown update rule {name!r}.{did_you_mean(name, names)} Known rules: {', '.join(names)}.")


def _as_rule(reference: str, found: Any) -> Rule:
    """The rule that a user's name stands for: a function, or a Rule with its settings."""
    if isinstance(found, Rule):
        return found
    registered = next((rule for rule in _RULES.values() if rule.function is found), None)
    if registered is not None:
        return registered
    what = "an update rule: a function (w, dw, config) -> (next_w, config)"
    function = require_callable(reference, found, ["w", "dw", "config"], what)
    return Rule(getattr(function, "__name__", type(function).__name__), function, {})


def unread(name: str | None, settings: Sequence[str]) -> list[str]:
    """A sentence for each setting that a rule of the user's own never names, and none of our rules takes."""
    if not is_reference(name):
        return []
    return unnamed(str(name), settings, {key for rule in _RULES.values() for key in (*rule.settings, *rule.counters)})


def check_settings(rule: Rule, given: Mapping[str, Any]) -> Config:
    """The settings of `rule`, defaults filled in; ValueError where a name is unknown or a value out of its range."""
    for name in given:
        if name not in rule.settings and name not in rule.slots and name not in rule.counters:
            raise ValueError(
                f"{rule.name} does not take {name!r}.{did_you_mean(name, list(rule.settings))}"
                f" It takes: {', '.join(rule.settings)}."
            )
    config = {**rule.settings, **given}
    for name, default in rule.settings.items():
        config[name] = _checked(rule.name, name, config[name], default)
    return config


def _checked(rule: str, name: str, value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ValueError(f"{name} of {rule} must be True or False; got {value!r}.")
        return value
    if name not in _RANGES:
        return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
    lowest, highest, closed = _RANGES[name]
    try:
        if isinstance(value, str | bool):
            raise TypeError
        number = type(default)(value)
    except (TypeError, ValueError, OverflowError):  # of int(inf)
        raise ValueError(f"{name} of {rule} must be a number; got {value!r}.") from None
    if not (lowest <= number < highest or (closed and number == highest)):
        upper = f" and {'at most' if closed else 'below'} {highest:g}" if highest != float("inf") else " and finite"
        raise ValueError(f"{name} of {rule} must be at least {lowest:g}{upper}; got {value!r}.")
    return number
