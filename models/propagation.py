"""Forward and backward propagation through a graph: the two loops, and the calls and buffers that they use.

The calls are prepared once for each shape of input, which is what makes a step on a small batch cheap: it is bound by
the number of Python operations. Gradients are summed where values meet.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

import numpy as np

from base.arrays import Array

from .flat import FlatParams
from .pair_checks import Shape, check_gradients, first_forward
from .plan import Step

SEVERAL = (tuple, list)  # what a backward of more than one input returns
MOMENTUM = 0.1  # of the running statistics, as in Ioffe and Szegedy's implementation and its successors


def forward(
    calls: Sequence["ForwardCall"],
    state: Mapping[str, Array],
    X: Array,
    *,
    training: bool = False,
    rng: np.random.Generator | None = None,
) -> tuple[dict[str, Array], list[Any]]:
    """All values by name and the caches in order; they live in the calls' buffers until the next pass."""
    values, caches = {"x": X}, []
    for call in calls:
        if call.varies:
            _vary(call, state, training, rng)
        value, cache = call.function(*map(values.__getitem__, call.inputs), *call.params, **call.settings)
        values[call.name] = value
        caches.append(cache)
    return values, caches


def _vary(call: "ForwardCall", state: Mapping[str, Array], training: bool, rng: np.random.Generator | None) -> None:
    """The settings that depend on training or evaluating: noise from `rng`, and running statistics for evaluation."""
    if call.layer.noisy:
        call.settings["rng"] = rng if training else None
    if call.layer.stats:
        running = tuple(state[f"{call.name}.{name}"] for name in call.layer.state)
        call.settings["stats"] = None if training else running


def backward(workspace: "Workspace", dscores: Array, caches: Sequence[Any], grads: FlatParams) -> None:
    """Write the gradient of every parameter into `grads`; those of `shared` parameters are summed over their nodes."""
    shared = workspace.shared
    for name in shared:
        grads[name][...] = 0
    calls = workspace.bind(grads)
    dvalues = {calls[0].name: dscores}
    for call, cache in zip(calls, reversed(caches), strict=True):
        dout = dvalues.pop(call.name, None)
        if dout is None:  # it depends on no parameter
            continue
        result = call.function(dout, cache, **call.settings)
        gradients = result if isinstance(result, SEVERAL) else (result,)
        if call.fresh:
            call.adopt(gradients, dout, workspace.shapes[call.name])
        for i, name, own in call.params:
            if name in shared:
                grads[name] += gradients[i]
            elif gradients[i] is not own:
                grads[name] = gradients[i]
        for i, name in call.values:
            gradient = gradients[i]
            if gradient is None:
                continue
            if name in dvalues:
                gradient = workspace.sums[name] = np.add(dvalues[name], gradient, out=workspace.sums.get(name))
            dvalues[name] = gradient


def track(steps: Sequence[Step], caches: Sequence[Any], state: Mapping[str, Array]) -> None:
    """Move the running statistics towards those of the batch that the caches hold."""
    for step, cache in zip(steps, caches, strict=True):
        layer = step.node.layer
        for name, batch in zip(layer.state, layer.stats(cache) if layer.stats else (), strict=True):
            running = state[f"{step.node.name}.{name}"]
            running += (batch - running) * running.dtype.type(MOMENTUM)


class ForwardCall:
    """One node of the forward loop: value, cache = function(*inputs by name, *params, **settings)."""

    __slots__ = ("differentiated", "function", "inputs", "layer", "name", "params", "settings", "takes_out", "varies")

    def __init__(self, step: Step, params: FlatParams):
        node = step.node
        self.name, self.layer = node.name, node.layer
        self.inputs, self.differentiated = node.inputs, node.differentiated
        self.function: Callable[..., Any] = partial(first_forward, node)  # the forward itself after the first pass
        self.takes_out = step.forward_out
        self.params = [params[name] for name in node.params]
        self.settings = dict(node.settings)
        self.varies = node.layer.noisy or node.layer.stats is not None


class BackwardCall:
    """One node of the backward loop: gradients = function(dout, cache, **settings), of its inputs, then its parameters.

    values: (position, name) of the inputs that a gradient is passed on to. params: (position, name, where the gradient
    is written) of the parameters; the last is None where it is summed over several nodes.
    """

    __slots__ = ("buffers", "fresh", "function", "name", "names", "params", "settings", "step", "takes_out", "values")

    def __init__(self, step: Step, shared: set[str], grads: FlatParams):
        node, self.step = step.node, step
        self.name, self.names, self.fresh, self.takes_out = node.name, node.params, True, step.backward_out
        self.function = cast("Callable[..., Any]", node.layer.backward)  # plan refuses losses, which have none
        self.values = [(i, name) for i, name in enumerate(node.differentiated) if name != "x"]
        self.settings: dict[str, Any] = {"need_dx": step.wanted} if step.need_dx else {}
        self.buffers: list[Array | None] = [None] * len(node.differentiated)
        self.bind(shared, grads)

    def bind(self, shared: set[str], grads: FlatParams) -> None:
        """Write the gradients of parameters straight into `grads`, except for those that are summed over nodes."""
        first = len(self.buffers)
        self.params = [(first + i, name, None if name in shared else grads[name]) for i, name in enumerate(self.names)]
        self._set_out()

    def adopt(self, gradients: Sequence[Any], dout: Array, shapes: Sequence[Shape]) -> None:
        """Keep the gradients of the inputs, fresh arrays of the first pass, as buffers for the later ones.

        shapes: of the inputs and parameters; the gradients that are used must have them.
        """
        check_gradients(self.step, gradients, shapes)
        self.buffers = [gradient if _is_new(gradient, [dout]) else None for gradient in gradients[: len(self.buffers)]]
        self.fresh = False
        self._set_out()

    def _set_out(self) -> None:
        if self.takes_out:
            out = (*self.buffers, *(own for _, _, own in self.params))
            self.settings["out"] = out if len(out) > 1 else out[0]


class Workspace:
    """The calls for one shape of input. The first pass allocates; what it made are the buffers of all later ones."""

    def __init__(self, steps: Sequence[Step], params: FlatParams, shared: set[str]):
        self.steps, self.shared = steps, shared
        self.forward = [ForwardCall(step, params) for step in steps]
        self.backward: list[BackwardCall] = []
        self.sums: dict[str, Array] = {}  # gradients of values that several nodes use
        self.x: Array | None = None  # the input, where it has to be converted
        self.shapes: dict[str, list[Shape]] = {}  # node -> of its inputs and parameters, from the first pass on
        self.fresh = True  # before the first pass
        self._grads: FlatParams | None = None

    def adopt(self, values: dict[str, Array], caches: Sequence[Any]) -> None:
        """After the first forward pass: its values become buffers, and activations are told to work in place."""
        self.fresh = False
        made = {call.name: (call, cache) for call, cache in zip(self.forward, caches, strict=True)}
        for call in self.forward:
            call.function = call.layer.forward
            self.shapes[call.name] = [
                array.shape for array in (*map(values.__getitem__, call.differentiated), *call.params)
            ]
            value, inputs = values[call.name], [values[name] for name in call.inputs]
            if call.takes_out and _is_new(value, inputs):
                call.settings["out"] = inputs[0] if self._may_overwrite(call, values, made) else value

    def bind(self, grads: FlatParams) -> list[BackwardCall]:
        """The backward calls, last node first, writing into `grads`."""
        if grads is not self._grads:
            if not self.backward:
                self.backward = [BackwardCall(step, self.shared, grads) for step in reversed(self.steps)]
            for call in self.backward:
                call.bind(self.shared, grads)
            self._grads = grads
        return self.backward

    def _may_overwrite(self, call: ForwardCall, values: dict[str, Array], made: dict[str, Any]) -> bool:
        """Whether an activation may write over its input: nobody reads that value later, by name or in a cache."""
        (source, *others) = call.inputs
        readers = sum(other.inputs.count(source) for other in self.forward)
        if others or call.layer.kind != "activation" or readers > 1 or source not in made:
            return False
        producer, cache = made[source]
        out = producer.settings.get("out")
        caches = [cache, made[call.name][1]]
        return out is values[source] and all(_is_free_of(values[source], cache) for cache in caches)


def _is_new(value: Any, inputs: Iterable[Array]) -> bool:
    """Whether `value` is an array with memory of its own, which may be kept and written over."""
    return isinstance(value, np.ndarray) and not any(np.may_share_memory(value, array) for array in inputs)


def _is_free_of(value: Array, cache: Any) -> bool:
    """Whether a cache surely holds no view of `value`; one of an unknown kind might."""
    if isinstance(cache, tuple | list):
        return all(_is_free_of(value, item) for item in cache)
    if isinstance(cache, np.ndarray):
        return not np.may_share_memory(value, cache)
    return cache is None or isinstance(cache, int | float | np.generic)
