"""Moves the weights: the rule with its state, the schedules of its settings, and the max-norm constraint."""

import inspect
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from base.arrays import Array

from . import rules
from .inputs.returns import check_update
from .parameters import FLAT, Parameters
from .protocols import Config, Schedule, UpdateRule


class Updater:
    """Applies one update rule to every unit of the parameters; `base` holds the settings before schedules."""

    def __init__(
        self,
        parameters: Parameters,
        rule: str | UpdateRule,
        optim_config: Mapping[str, Any],
        max_norm: float | None = None,
    ):
        self.parameters, self.max_norm = parameters, max_norm
        self.schedules: dict[str, Schedule] = {}
        self.rule = _as_rule(rule)
        self.registered = self.rule.name in rules.known() and rules.get(self.rule.name) is self.rule
        settings = rules.check_settings(self.rule, optim_config) if self.registered else dict(optim_config)
        if self.rule.resolve is not None:
            settings = self.rule.resolve(settings, parameters.layout)
        self.takes_layout = self.registered or _takes_layout(self.rule)
        self.units = parameters.units(self.takes_layout)
        self._unchecked = 0 if self.registered else len(self.units)
        self._call = self.rule.function if self.registered else self._first_call
        self.configs: dict[str, Config] = {unit.name: _own(settings) for unit in self.units}
        numbers = {k: v for k, v in settings.items() if isinstance(v, int | float) and not isinstance(v, bool)}
        self.base: dict[str, float] = numbers
        self._warned = False

    def set_schedules(self, schedules: Mapping[str, Schedule]) -> None:
        """Schedules by the name of the setting that they multiply."""
        for name in schedules:
            self._check_base(name)
        self.schedules = dict(schedules)

    def set_step(self, step: int) -> None:
        """Set the scheduled settings for `step` (0 for the first): base value times the schedule's factor."""
        for name, schedule in self.schedules.items():
            self._write(name, self.base[name] * float(schedule(step)))

    def scale(self, factor: float, name: str = "learning_rate") -> None:
        """Multiply the base value of a setting (lr_decay, reduce-on-plateau)."""
        self._check_base(name)
        self.set_base(name, self.base[name] * factor)

    def set_base(self, name: str, value: float) -> None:
        """Set the value of a setting before its schedule."""
        self.base[name] = float(value)
        if name not in self.schedules:
            self._write(name, self.base[name])

    def _check_base(self, name: str) -> None:
        """A rule of the user's may fill in its settings only when it is called: look there too."""
        seen = next(iter(self.configs.values())).get(name)
        if name not in self.base and isinstance(seen, int | float):
            self.base[name] = seen
        if name not in self.base:
            known = f"It has: {', '.join(self.base)}." if self.registered else f"Pass optim_config={{{name!r}: ...}}."
            raise ValueError(f"{self.rule.name} has no {name!r} to schedule or decay. {known}")

    def value(self, name: str = "learning_rate") -> float:
        """The present value of a setting."""
        first = next(iter(self.configs.values()))
        return float(first.get(name, self.base.get(name, float("nan"))))

    def _write(self, name: str, value: float) -> None:
        for config in self.configs.values():
            config[name] = value

    def apply(self, gradients: Mapping[str, Array], step: int) -> None:
        """One update of all weights."""
        if self.schedules:
            self.set_step(step)
        for unit in self.units:
            w, dw = self.parameters[unit.name], gradients[unit.name]
            if not self.takes_layout:
                next_w, config = self._call(w, dw, self.configs[unit.name])
            else:
                out = w if self.parameters.flat else None
                next_w, config = self._call(w, dw, self.configs[unit.name], out=out, layout=unit.layout)
            self.configs[unit.name] = config
            if next_w is not w:
                if next_w.dtype != w.dtype:
                    self._warn_dtype(unit.name, next_w, w, step)
                self.parameters[unit.name] = next_w
        if self.max_norm is not None:
            self._constrain(self.max_norm)

    def _first_call(self, w: Array, dw: Array, config: Config, **keywords: Any) -> tuple[Array, Config]:
        """The user's rule, its answer checked once for each unit; then `_call` is the rule itself."""
        answer = self.rule.function(w, dw, config, **keywords)
        check_update(self.rule.name, answer, w)
        self._unchecked -= 1
        if not self._unchecked:
            self._call = self.rule.function
        return answer

    def _warn_dtype(self, name: str, next_w: Array, w: Array, step: int) -> None:
        if not self._warned:
            became = f"parameter {name!r} became {next_w.dtype} at step {step + 1} (was {w.dtype})"
            if self.parameters.flat:
                became = f"update of {name!r} is {next_w.dtype} at step {step + 1}, and converted to {w.dtype}"
            warnings.warn(
                f"{became}; the update rule or loss promotes. Reported once.",
                UserWarning,
                stacklevel=4,
            )
        self._warned = True

    def _constrain(self, limit: float) -> None:
        """Scale each unit's incoming weights (a column of a matrix) to at most `limit` (Srivastava et al., 2014)."""
        for slot in self.parameters.layout:
            if slot.decays and len(slot.shape) == 2:
                w = self.parameters[slot.name]
                norms = np.sqrt(np.einsum("ij,ij->j", w, w))
                if norms.max(initial=0) > limit:
                    factors = np.minimum(1, limit / np.maximum(norms, np.finfo(w.dtype).tiny)).astype(w.dtype)
                    self.parameters[slot.name] = w * factors

    def evaluation_weights(self) -> dict[str, Array] | None:
        """Name -> weights to evaluate, where the rule says that they are not those it trains (schedule-free rules)."""
        slot = self.rule.evaluates_at
        if slot is None or any(slot not in config for config in self.configs.values()):
            return None
        if FLAT in self.configs:
            return self.parameters.split(self.configs[FLAT][slot])
        return {name: config[slot] for name, config in self.configs.items()}

    def by_parameter(self) -> dict[str, Config]:
        """Name -> settings and state of that parameter, the state as views (the course's `optim_configs`)."""
        if FLAT not in self.configs:
            return self.configs
        whole, size = self.configs[FLAT], self.parameters[FLAT].size
        result: dict[str, Config] = {name: {} for name in self.parameters.names}
        for key, value in whole.items():
            if key.startswith("_"):
                continue
            split = self.parameters.split(value) if isinstance(value, np.ndarray) and value.shape == (size,) else None
            for name, config in result.items():
                config[key] = split[name] if split else value
        return result


def _own(settings: Config) -> Config:
    """A config of its own for a unit: course code hands every parameter a copy."""
    return {key: value.copy() if isinstance(value, np.ndarray) else value for key, value in settings.items()}


def _takes_layout(rule: rules.Rule) -> bool:
    """Whether a rule of the user's wants the layout; TypeError where it cannot be called as a rule."""
    signature = inspect.signature(rule.function)
    layout = "layout" in signature.parameters
    try:
        signature.bind("w", "dw", "config", **({"out": None, "layout": ()} if layout else {}))
    except TypeError:
        raise TypeError(
            f"update rule {rule.name!r} must take (w, dw, config){', out= and layout=' if layout else ''}; it takes"
            f" {signature}."
        ) from None
    return layout


def _as_rule(rule: Any) -> rules.Rule:
    """The registered rule of that name or function, or a Rule around a function of the user's."""
    if not callable(rule):
        return rules.get(rule)
    known = (rules.get(name) for name in rules.known())
    own = rules.Rule(getattr(rule, "__name__", type(rule).__name__), rule, {})
    return next((one for one in known if one.function is rule), own)
