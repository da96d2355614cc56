"""Moves the weights: the rule with its state, the schedules of its settings, and the max-norm constraint."""

import inspect
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from base.arrays import Array

from . import rules
from .gradient import Gradient
from .inputs.returns import check_update
from .parameters import Parameters
from .protocols import Config, Schedule, UpdateRule

WHOLE = "*"  # the name, in `configs` and in checkpoints, of all parameters together: none of them is called so


class Updater:
    """Applies one update rule to the parameters; `base` holds the settings before schedules.

    Our rules, and those that take `layout=`, get the whole vector in one call, with one config. Others are called as in
    the course: once for each parameter, with a config of its own, and with copies of w and dw, which they may keep.
    """

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
        self.whole = self.registered or _takes_layout(self.rule)
        self.configs: dict[str, Config] = {
            name: {key: value.copy() if isinstance(value, np.ndarray) else value for key, value in settings.items()}
            for name in ([WHOLE] if self.whole else parameters.names)
        }
        self._unchecked = set() if self.registered else set(self.configs)
        numbers = {k: v for k, v in settings.items() if isinstance(v, int | float) and not isinstance(v, bool)}
        self.base: dict[str, float] = numbers
        self._warned = False

    def apply(self, gradient: Gradient, step: int) -> None:
        """One update of all weights."""
        if self.schedules:
            self.set_step(step)
        w, layout = self.parameters.vector, self.parameters.layout
        if self.whole:
            self._move(WHOLE, w, self._call(WHOLE, w, gradient.vector, out=w, layout=layout), step)
        else:
            for name, w in self.parameters.views.items():
                self._move(name, w, self._call(name, w.copy(), gradient.views[name].copy()), step)
        if self.max_norm is not None:
            self._constrain(self.max_norm)

    def _call(self, name: str, w: Array, dw: Array, **keywords: Any) -> Array:
        """What the rule makes of w; its answer is checked the first time."""
        answer = self.rule.function(w, dw, self.configs[name], **keywords)
        if name in self._unchecked:
            check_update(self.rule.name, answer, w)
            self._unchecked.remove(name)
        next_w, self.configs[name] = answer
        return next_w

    def _move(self, name: str, w: Array, next_w: Array, step: int) -> None:
        if next_w is w:
            return
        if next_w.dtype != w.dtype and not self._warned:
            warnings.warn(
                f"update of {name!r} is {next_w.dtype} at step {step + 1}, and converted to {w.dtype}; the update rule"
                " or loss promotes. Reported once.",
                UserWarning,
                stacklevel=4,
            )
            self._warned = True
        w[...] = next_w

    def _constrain(self, limit: float) -> None:
        """Scale each unit's incoming weights (a column of a matrix) to at most `limit` (Srivastava et al., 2014)."""
        for slot in self.parameters.layout:
            if slot.decays and len(slot.shape) == 2:
                w = self.parameters.views[slot.name]
                norms = np.sqrt(np.einsum("ij,ij->j", w, w))
                if norms.max(initial=0) > limit:
                    w *= np.minimum(1, limit / np.maximum(norms, np.finfo(w.dtype).tiny)).astype(w.dtype)

    def set_schedules(self, schedules: Mapping[str, Schedule]) -> None:
        """Schedules by the name of the setting that they multiply."""
        for name in schedules:
            self.base_value(name)
        self.schedules = dict(schedules)

    def set_step(self, step: int) -> None:
        """Set the scheduled settings for `step` (0 for the first): base value times the schedule's factor."""
        for name, schedule in self.schedules.items():
            self._write(name, self.base[name] * float(schedule(step)))

    def scale(self, factor: float, name: str = "learning_rate") -> None:
        """Multiply the base value of a setting (lr_decay, reduce-on-plateau)."""
        self.set_base(name, self.base_value(name) * factor)

    def set_base(self, name: str, value: float) -> None:
        """Set the value of a setting before its schedule."""
        self.base[name] = float(value)
        if name not in self.schedules:
            self._write(name, self.base[name])

    def base_value(self, name: str = "learning_rate") -> float:
        """The value of a setting before its schedule. ValueError for one that the rule does not have.

        A rule of the user's may fill in its settings only when it is called: they are looked for there, too.
        """
        seen = next(iter(self.configs.values())).get(name)
        if name not in self.base and isinstance(seen, int | float):
            self.base[name] = seen
        if name not in self.base:
            known = f"It has: {', '.join(self.base)}." if self.registered else f"Pass optim_config={{{name!r}: ...}}."
            raise ValueError(f"{self.rule.name} has no {name!r} to schedule or decay. {known}")
        return self.base[name]

    def value(self, name: str = "learning_rate") -> float:
        """The present value of a setting."""
        first = next(iter(self.configs.values()))
        return float(first.get(name, self.base.get(name, float("nan"))))

    def _write(self, name: str, value: float) -> None:
        for config in self.configs.values():
            config[name] = value

    def evaluation_weights(self) -> dict[str, Array] | None:
        """Name -> weights to evaluate, where the rule says that they are not those it trains (schedule-free rules)."""
        slot, config = self.rule.evaluates_at, self.configs.get(WHOLE, {})
        return self.parameters.split(config[slot]) if slot in config else None

    def by_parameter(self) -> dict[str, Config]:
        """Name -> settings and state of that parameter, the state as views (the course's `optim_configs`)."""
        if not self.whole:
            return self.configs
        result: dict[str, Config] = {name: {} for name in self.parameters.names}
        for key, value in self.configs[WHOLE].items():
            if not key.startswith("_"):
                state = isinstance(value, np.ndarray) and value.shape == self.parameters.vector.shape
                parts = self.parameters.split(value) if state else dict.fromkeys(result, value)
                for name, config in result.items():
                    config[key] = parts[name]
        return result


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
