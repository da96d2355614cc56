"""Hooks into a run, and the two callbacks that come with the solver: reduce the learning rate, or stop, on a plateau.

A callback is any object with some of `on_train_begin(solver)`, `on_step(solver, logs)`, `on_eval(solver, logs)`,
`on_epoch(solver, logs)`, `on_train_end(solver, reason)`. True from a step, eval or epoch hook stops the run. One that
has `state() -> dict` (of plain values) and `restore(state)` is part of checkpoints.
"""

import math
from collections.abc import Sequence
from typing import Any, Protocol

HOOKS = ("on_train_begin", "on_step", "on_eval", "on_epoch", "on_train_end")


class Callbacks:
    """All callbacks of a run, sorted by hook once, so that an absent hook costs one `if`."""

    def __init__(self, callbacks: Sequence[Any]):
        self.all = list(callbacks)
        self.hooks = {hook: [getattr(c, hook) for c in self.all if hasattr(c, hook)] for hook in HOOKS}
        for callback in self.all:
            if isinstance(callback, type):
                raise TypeError(f"callback {callback.__name__} is a class: pass an object, {callback.__name__}(...).")
            if not any(hasattr(callback, hook) for hook in HOOKS):
                raise TypeError(f"callback {callback!r} has none of the hooks {', '.join(HOOKS)}.")

    def call(self, hook: str, *arguments: Any) -> bool:
        """Call one hook of every callback; whether one of them asked to stop."""
        answers = [function(*arguments) for function in self.hooks[hook]]  # all are called, whatever one answers
        return any(answer is True for answer in answers)

    def state(self) -> list[dict[str, Any]]:
        """Name and state of each callback that has one."""
        return [{"name": type(c).__name__, "state": c.state()} for c in self.all if hasattr(c, "state")]

    def restore(self, saved: list[dict[str, Any]]) -> None:
        """Continue; ValueError where the callbacks with a state are not those that were saved."""
        stateful = [c for c in self.all if hasattr(c, "state")]
        names, wanted = [type(c).__name__ for c in stateful], [entry["name"] for entry in saved]
        if names != wanted:
            raise ValueError(
                f"the run was saved with the callbacks {', '.join(wanted) or 'none'} that have a state; got"
                f" {', '.join(names) or 'none'}. Pass callbacks=[...] of the same classes in the same order."
            )
        for callback, entry in zip(stateful, saved, strict=True):
            callback.restore(entry["state"])


class HasRate(Protocol):
    """What a callback needs of the Solver to reduce its learning rate."""

    def reduce_learning_rate(self, factor: float, lowest: float) -> None:
        """Multiply the learning rate by `factor`; not below `lowest`."""


class _Plateau:
    """Counts evaluations without a better `monitor` (a column of the history; the measure grows, others fall)."""

    def __init__(self, monitor: str = "val_loss", patience: int = 5, min_delta: float = 1e-4):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; got {patience!r}.")
        self.monitor, self.patience, self.min_delta = monitor, patience, min_delta
        self.best, self.since = math.inf, 0

    def waited(self, logs: dict[str, Any]) -> bool:
        """Whether patience ran out with this evaluation."""
        if self.monitor not in logs:
            raise ValueError(
                f"nothing called {self.monitor!r} to monitor. There is: {', '.join(logs)};"
                " train_acc and val_acc hold the measure of the task, whatever it is (R2 of real targets)."
            )
        value = logs[self.monitor] * (-1 if self.monitor.endswith("acc") else 1)
        if value < self.best - self.min_delta:
            self.best, self.since = value, 0
        else:
            self.since += 1
        return self.since >= self.patience

    def state(self) -> dict[str, Any]:
        """Best value and counter."""
        return {"best": self.best, "since": self.since}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from `state()`."""
        self.best, self.since = state["best"], state["since"]


class ReduceOnPlateau(_Plateau):
    """Multiply the learning rate by `factor` whenever `monitor` has not improved for `patience` evaluations."""

    def __init__(
        self,
        factor: float = 0.2,
        monitor: str = "val_loss",
        patience: int = 5,
        min_delta: float = 1e-4,
        lowest: float = 0.0,
    ):
        super().__init__(monitor, patience, min_delta)
        if not 0 < factor < 1:
            raise ValueError(f"factor must be between 0 and 1; got {factor!r}.")
        self.factor, self.lowest = factor, lowest

    def on_eval(self, solver: HasRate, logs: dict[str, Any]) -> None:
        """Reduce when patience ran out; never below `lowest`."""
        if self.waited(logs):
            self.since = 0
            solver.reduce_learning_rate(self.factor, self.lowest)


class StopOnPlateau(_Plateau):
    """Stop when `monitor` has not improved by `min_delta` for `patience` evaluations."""

    def on_eval(self, solver: object, logs: dict[str, Any]) -> bool:
        """True when patience ran out."""
        return self.waited(logs)
