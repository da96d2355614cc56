"""The two loops of a graph: forwards, keeping a cache per step, and backwards, summing gradients where values meet."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from base.arrays import Array

from .flat import FlatParams
from .plan import Step
from .workspace import ForwardCall, Workspace

SEVERAL = (tuple, list)  # what a backward of more than one input returns
MOMENTUM = 0.1  # of the running statistics, as in Ioffe and Szegedy's implementation and its successors


def forward(
    calls: Sequence[ForwardCall],
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


def _vary(call: ForwardCall, state: Mapping[str, Array], training: bool, rng: np.random.Generator | None) -> None:
    """The settings that depend on training or evaluating: noise from `rng`, and running statistics for evaluation."""
    if call.layer.noisy:
        call.settings["rng"] = rng if training else None
    if call.layer.stats:
        running = tuple(state[f"{call.name}.{name}"] for name in call.layer.state)
        call.settings["stats"] = None if training else running


def backward(workspace: Workspace, dscores: Array, caches: Sequence[Any], grads: FlatParams) -> None:
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
