"""The two loops of a graph: forwards, keeping a cache per step, and backwards, summing gradients where values meet."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from layers.registry import Array

from .flat import FlatParams
from .plan import Step

Buffers = dict[tuple[str, str | int], Any]  # (node, "out" or the position of an input) -> array, for one shape of X
MOMENTUM = 0.1  # of the running statistics, as in Ioffe and Szegedy's implementation and its successors


def forward(
    steps: Sequence[Step],
    params: Mapping[str, Array],
    state: Mapping[str, Array],
    X: Array,
    *,
    buffers: Buffers | None = None,
    training: bool = False,
    rng: np.random.Generator | None = None,
) -> tuple[dict[str, Array], list[Any]]:
    """All values by name and the caches in order. With `buffers` the values live there until the next call."""
    values, caches = {"x": X}, []
    for node, takes_out, _, _, _ in steps:
        args = [values[name] for name in node.inputs] + [params[name] for name in node.params]
        settings = dict(node.settings)
        if takes_out and buffers is not None:
            settings["out"] = buffers.get((node.name, "out"))
        if node.layer.noisy:
            settings["rng"] = rng if training else None
        if node.layer.stats and not training:
            settings["stats"] = tuple(state[f"{node.name}.{name}"] for name in node.layer.state)
        value, cache = node.layer.forward(*args, **settings)
        if takes_out and buffers is not None:
            buffers[node.name, "out"] = value
        values[node.name] = value
        caches.append(cache)
    return values, caches


def backward(
    steps: Sequence[Step], dscores: Array, caches: Sequence[Any], grads: FlatParams, shared: set[str], buffers: Buffers
) -> None:
    """Write the gradient of every parameter into `grads`; those of `shared` parameters are summed over their nodes."""
    dvalues = {steps[-1].node.name: dscores}
    for name in shared:
        grads[name][...] = 0
    for (node, _, takes_out, takes_need_dx, wanted), cache in zip(reversed(steps), reversed(caches), strict=True):
        if node.name not in dvalues:  # it depends on no parameter
            continue
        settings: dict[str, Any] = {"need_dx": wanted} if takes_need_dx else {}
        if takes_out:
            out = [buffers.get((node.name, i)) for i in range(len(node.inputs))]
            out += [None if name in shared else grads[name] for name in node.params]
            settings["out"] = tuple(out) if len(out) > 1 else out[0]
        result = node.layer.backward(dvalues.pop(node.name), cache, **settings)
        gradients = result if isinstance(result, tuple | list) else (result,)
        for i, (name, gradient) in enumerate(zip(node.inputs + node.params, gradients, strict=True)):
            if i >= len(node.inputs):  # by position: a node may bear the name of a parameter
                if name in shared:
                    grads[name] += gradient
                elif gradient is not grads[name]:
                    grads[name] = gradient
            elif name != "x" and gradient is not None:
                if takes_out:
                    buffers[node.name, i] = gradient
                dvalues[name] = dvalues[name] + gradient if name in dvalues else gradient


def track(steps: Sequence[Step], caches: Sequence[Any], state: Mapping[str, Array]) -> None:
    """Move the running statistics towards those of the batch that the caches hold."""
    for step, cache in zip(steps, caches, strict=True):
        layer = step.node.layer
        for name, batch in zip(layer.state, layer.stats(cache) if layer.stats else (), strict=True):
            running = state[f"{step.node.name}.{name}"]
            running += (batch - running) * running.dtype.type(MOMENTUM)
