"""What a compiled step does besides loss and gradient: the update rule, and what a Solver adds to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class Update(Protocol):
    """An element-wise update rule for one number: `function(w, dw, *state, *numbers) -> (w, *state)`."""

    @property
    def name(self) -> str:
        """The name of the rule."""

    @property
    def function(self) -> Callable[..., Any]:
        """The definition."""

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of its state arrays."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The names of its numbers, which may differ from step to step."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a Solver adds to a step; limits are numbers of each run, only whether there is one shapes the code."""

    labels: bool = True  # the targets are integers
    accumulate: bool = False
    clip_norm: bool = False
    clip_value: bool = False
    max_norm: bool = False
    average: bool = False
