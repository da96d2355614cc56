"""A graph's compiled step, ready to be run on its own arrays."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Protocol

import numpy as np

from base.arrays import Array
from base.own_packages import optional
from layers.losses.logistic_loss import in_unit
from layers.losses.targets import one_hot
from layers.scalars import Rows

from ..description import Described
from ..flat import FlatParams
from ..plan import plan
from . import products
from .cache import load
from .options import Model, Options, Update
from .scalars import NotPlainError
from .step import Step, reason_against, write
from .text import Number

NEED = "the compiled engine needs numba: pip install 'layergraph[fast]'"


class NoCompiledFormError(ValueError):
    """Why a run cannot be compiled: the message names what has no form for it."""


class GraphLike(Described, Protocol):
    """What is read of a Graph."""

    state: dict[str, Array]

    def loss(self, X: Array) -> Any:
        """The scores."""


class Program:
    """The compiled step of `graph` under `update`; `limits` are the Solver's numbers by name, see `Options`.

    Raises NoCompiledFormError, naming what has no form, where the step cannot be written; ImportError without Numba.
    """

    def __init__(
        self, graph: GraphLike, update: Update, limits: Mapping[str, float], X: Array, y: Array, average: bool
    ):
        optional("numba", NEED)
        self.targets, labels = _targets(graph, X, y)
        self._largest_input = math.inf
        self.graph, self._made_of = graph, _what_shapes_the_code(graph)
        self._written_for = (update, dict(limits), labels, average)
        self.step = written(graph, *self._written_for)
        self.library = products.library(str(graph.params.flat.dtype))
        self._function = load(self.step.source)

    def measure(self, X: Array) -> None:
        """Note how large the inputs are, anew for each training: where they are small, the guard may look at less."""
        self._largest_input = max(abs(float(X.min())), abs(float(X.max()))) / self.graph.input_scale

    @property
    def columns(self) -> tuple[str, ...]:
        """What differs from step to step, in the order in which `run` takes it."""
        return self.step.columns

    def run(self, arrays: Mapping[str, Any], slots: Mapping[str, Array], grads: FlatParams) -> int:
        """Steps until `losses` is full; the number of those done, -1 - that number where a label is wrong.

        arrays: X (N, D), y, rows and starts of the batches, numbers (steps, columns), losses to be filled, noise (a
        generator), average. slots: state of the rule. The gradient of the last step is left in `grads`.
        """
        if self._made_of != _what_shapes_the_code(self.graph):  # a callback has given the model a penalty, say
            self._made_of, self.step = (
                _what_shapes_the_code(self.graph),
                written(self.graph, *self._written_for),
            )
            self._function = load(self.step.source)
        params, state = self.graph.params, self.graph.state
        given = {
            **arrays,
            "blas": self.library.address,
            "largest_input": self._largest_input,
            "constants": np.array([value() for value in self.step.constants.values()], np.float64),
            "w": params.flat,
            "g": grads.flat,
            "decaying": params.decaying.size,
            **{f"slot {name}": array for name, array in slots.items()},
            **{f"param {name}": array for name, array in params.items()},
            **{f"gradient {name}": array for name, array in grads.items()},
            **{f"running {name}": array for name, array in state.items()},
        }
        return int(self._function(*(given[name] for name in self.step.arguments)))


def _targets(graph: GraphLike, X: Array, y: Array) -> tuple[Array, bool]:
    """y as the step reads it, int64 labels or rows of the scores' shape and dtype, and whether they are labels."""
    scores = graph.loss(X[:1])
    labels = y.ndim == 1 and y.dtype.kind in "iub"
    if labels and "labels" in graph.loss_layer.targets:
        return y.astype(np.int64, copy=False), True
    if labels and scores.shape[1:] > (1,):
        y = one_hot(y, scores.shape[1], scores.dtype.type)
    elif scores.shape[1:] == (1,) and y.ndim == 1:
        y = y[:, None]
    if graph.loss_layer.link == "sigmoid":
        y = in_unit(y)
    if scores.ndim != 2 or y.shape[1:] != scores.shape[1:]:
        raise NoCompiledFormError(f"targets of shape {y.shape} for scores of shape (N, *{scores.shape[1:]})")
    return np.ascontiguousarray(y, scores.dtype), False


def _what_shapes_the_code(graph: GraphLike) -> tuple[bool, ...]:
    """What a user may change in a model after it was built and is more than a number."""
    rows = graph.loss_layer.scalar
    averaged = isinstance(rows, Rows) and rows.averaged(graph.loss_settings)
    return bool(graph.reg), bool(graph.l1), graph.input_scale != 1, averaged


def written(graph: GraphLike, update: Update, limits: Mapping[str, float], labels: bool, average: bool) -> Step:
    """The step of a graph as text; raises NoCompiledFormError, naming what has no form."""
    known = {field.name for field in fields(Options)}
    options = Options(labels=labels, average=average, **{name: True for name in limits if name in known})
    model = _model(graph, update)
    reason = reason_against(model, options)
    if reason is not None:
        raise NoCompiledFormError(reason)
    try:
        return write(model, update, options, _numbers(graph, limits))
    except NotPlainError as error:
        raise NoCompiledFormError(str(error)) from None


def _numbers(graph: GraphLike, limits: Mapping[str, float]) -> dict[str, Number]:
    """Where the present value of each number of the run is found."""
    fixed: dict[str, Number] = {name: lambda value=value: float(value) for name, value in limits.items()}  # type: ignore[misc]
    return fixed | {
        "reg": lambda: float(graph.reg),
        "l1": lambda: float(graph.l1),
        "input_scale": lambda: graph.input_scale,
    }


def _model(graph: GraphLike, update: Update) -> Model:
    steps = plan(graph.nodes, graph.params)
    wanted = frozenset(step.node.name for step in steps if step.wanted or step.node.params)
    layers = ", ".join(node.layer.name for node in graph.nodes)
    return Model(
        name=f"{layers}, {graph.loss_layer.name} under {update.name}",
        nodes=tuple(graph.nodes),
        params=graph.params,
        loss=graph.loss_layer,
        loss_settings=graph.loss_settings,
        wanted=wanted,
        scaled=graph.input_scale != 1,
        reg=bool(graph.reg),
        l1=bool(graph.l1),
        dtype=str(graph.params.flat.dtype),
    )
