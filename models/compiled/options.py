"""What a compiled step is written from: the model, the update rule, and what a Solver adds to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from base.arrays import Array
from layers.registry import Layer

from ..node import Node


class Model(NamedTuple):
    """What the step is written from, of a Graph."""

    name: str
    nodes: tuple[Node, ...]
    params: Mapping[str, Array]
    loss: Layer
    loss_settings: Mapping[str, Any]
    wanted: frozenset[str]  # values that depend on a parameter
    scaled: bool
    reg: bool
    l1: bool
    dtype: str


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

    labels: bool  # the targets are integers
    average: bool
    accumulate: bool = False
    clip_norm: bool = False
    clip_value: bool = False
    max_norm: bool = False
