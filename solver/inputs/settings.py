"""The options of a Solver: the one place of their names, types and defaults, and where each is checked."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from base.class_weights import ClassWeight, check_class_weight
from base.tasks import TASKS, Measure, Task, as_task
from base.words import did_you_mean

from .. import rules
from ..protocols import Gathering, Schedule, UpdateRule
from ..sampling import SAMPLINGS
from ..schedules import require_spec

ENGINES = ("auto", "numpy", "compiled")
PROGRESS = ("auto", "bar", "line", "lines", "none")
ScheduleSpec = str | Mapping[str, Any] | Schedule
P = ParamSpec("P")


@dataclass(kw_only=True)
class Settings:
    """The checked options of a Solver, explained there: their names, types and defaults stand here alone."""

    update_rule: str | UpdateRule = "sgd"
    optim_config: Mapping[str, Any] | None = None
    lr_decay: float = 1.0
    batch_size: int = 100
    num_epochs: int = 10
    print_every: int = 100
    verbose: bool = True
    num_train_samples: int | None = 1000
    num_val_samples: int | None = None
    checkpoint_name: str | Path | None = None
    checkpoint_every: int | None = None
    seed: int = 0
    sampling: str = "with_replacement"
    lr_schedule: ScheduleSpec | None = None
    schedules: Mapping[str, ScheduleSpec] | None = None
    clip_norm: float | None = None
    clip_value: float | None = None
    accumulate: int = 1
    max_norm: float | None = None
    patience: int | None = None
    min_delta: float = 0.0
    target: float | None = None
    max_seconds: float | None = None
    callbacks: Sequence[Any] = ()
    log: str | Path | Sequence[str | Path] | None = None
    progress: str = "auto"
    average: float | str | None = None
    eval_every: int | None = None
    restore_best: bool = True
    metadata: Mapping[str, Any] | None = None
    gather: Gathering | None = None
    engine: str = "auto"
    task: str | Task | Measure | None = None
    class_weight: ClassWeight = None

    def __post_init__(self) -> None:
        self._mapping("optim_config", "a dict of the rule's settings, as {'learning_rate': 0.1}")
        self._mapping("schedules", "a dict, setting -> schedule, as {'momentum': 'linear'}")
        self._mapping("metadata", "a dict of plain values")
        for name, spec in (("lr_schedule", self.lr_schedule), *(self.schedules or {}).items()):
            require_spec(name, spec)
        if self.gather is not None and not callable(self.gather):
            raise TypeError(f"gather must be a function (rows, step) -> (X, y), or None; got {self.gather!r}.")
        if self.callbacks is not None and not isinstance(self.callbacks, list | tuple):
            raise TypeError(f"callbacks must be a list; got {self.callbacks!r}. Pass callbacks=[it].")
        self.callbacks = list(self.callbacks or ())
        for name in ("batch_size", "num_epochs", "print_every", "accumulate"):
            self._whole(name, 0 if name == "num_epochs" else 1)
        for name in ("num_train_samples", "num_val_samples", "checkpoint_every", "eval_every"):
            self._whole(name, 1, optional=True)
        self._whole("patience", 1, optional=True)
        self._whole("seed", 0)
        self._number("lr_decay", lambda x: x > 0, "a positive number")
        for name in ("clip_norm", "clip_value", "max_norm", "max_seconds"):
            self._number(name, lambda x: x > 0, "a positive number or None", optional=True)
        if self.task is None or (isinstance(self.task, str) and self.task in TASKS):  # of one's own may be anything
            expected = "a validation accuracy above 0, at most 1, or None"
            self._number("target", lambda x: 0 < x <= 1, expected, optional=True)
        self._number("min_delta", lambda x: x >= 0, "a number of at least 0")
        if self.sampling not in SAMPLINGS:
            hint = did_you_mean(str(self.sampling), SAMPLINGS)
            raise ValueError(f"sampling must be one of {', '.join(SAMPLINGS)}; got {self.sampling!r}.{hint}")
        if self.progress not in PROGRESS:
            raise ValueError(f"progress must be one of {', '.join(PROGRESS)}; got {self.progress!r}.")
        if self.engine not in ENGINES:
            hint = did_you_mean(str(self.engine), ENGINES)
            raise ValueError(f"engine must be one of {', '.join(ENGINES)}; got {self.engine!r}.{hint}")
        if self.task is not None:
            as_task(self.task)
        check_class_weight(self.class_weight)
        if self.average is not None and self.average != "polyak":
            expected = "a decay from 0 to below 1 (EMA), 'polyak', or None"
            self._number("average", lambda x: 0 <= x < 1, expected)

    def set_epochs(self, num_epochs: int) -> None:
        """Change the total number of epochs."""
        self.num_epochs = num_epochs
        self._whole("num_epochs", 0)

    def _mapping(self, name: str, expected: str) -> None:
        value = getattr(self, name)
        if value is not None and not isinstance(value, Mapping):
            raise TypeError(f"{name} must be {expected}; got {value!r}.")
        setattr(self, name, dict(value or {}))

    def _whole(self, name: str, lowest: int, optional: bool = False) -> None:
        value = getattr(self, name)
        if value is None and optional:
            return
        whole = isinstance(value, float) and value.is_integer()
        if isinstance(value, bool) or not (whole or hasattr(value, "__index__")) or int(value) < lowest:
            extra = " or None" if optional else ""
            raise ValueError(f"{name} must be an integer of at least {lowest}{extra}; got {value!r}.")
        setattr(self, name, int(value))

    def _number(self, name: str, good: Callable[[float], bool], expected: str, optional: bool = False) -> None:
        value = getattr(self, name)
        if value is None and optional:
            return
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if isinstance(value, str | bool) or not math.isfinite(number) or not good(number):
            raise ValueError(f"{name} must be {expected}; got {value!r}.")
        setattr(self, name, number)


OPTIONS = tuple(entry.name for entry in fields(Settings))


@dataclass
class Arguments(Settings):
    """Everything that Solver is called with; only its signature is used."""

    model: Any
    data: Mapping[str, Any]
    comm: Any = field(default=None, kw_only=True)


def takes(arguments: Callable[P, Any]) -> Callable[[Callable[..., None]], Callable[Concatenate[Any, P], None]]:
    """Give a method the signature of `arguments`: for type checkers, for `help` and for completion."""
    own = [Parameter("self", Parameter.POSITIONAL_OR_KEYWORD), *signature(arguments).parameters.values()]

    def give(method: Callable[..., None]) -> Callable[Concatenate[Any, P], None]:
        vars(method)["__signature__"] = Signature(own)
        return method

    return give


def refuse_unknown(options: Mapping[str, Any]) -> None:
    """TypeError for an argument that Solver does not have; it knows the settings of rules too."""
    name = next((name for name in options if name not in OPTIONS), None)
    if name is None:
        return
    of_rules = sorted({setting for rule in rules.known() for setting in rules.get(rule).settings})
    message = f"Solver got unknown argument {name!r}."
    if name not in of_rules and did_you_mean(name, OPTIONS):
        raise TypeError(message + did_you_mean(name, OPTIONS))
    hint = did_you_mean(name, of_rules)
    close = [name] if name in of_rules else [setting for setting in of_rules if repr(setting) in hint]
    near = next(iter(close), "learning_rate")
    raise TypeError(f"{message} Rule settings go in optim_config={{{near!r}: …}}.")
