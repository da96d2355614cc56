"""A `torch.nn.Module` as a subject: its inputs and parameters are differentiated by autograd, or by its own backward.

By autograd the gradients come through whatever custom Functions the forward uses; the first of them is where an edit
is looked for. A module with a `backward(grad_output)` method is called with it, and its parameters' `.grad` are read.
"""

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch

from base.arrays import Array

from ..subject.arrays import is_float
from ..subject.border import call
from ..subject.gradients import MISSING
from ..subject.subject import Subject, Values
from .torch_arrays import Tape, reduced, to_array, to_tensor
from .torch_function import BASE, backward_of, hold_stream

Function = Callable[..., Any]


class ModuleSubject(Subject):
    """A copy of a module in float64, called with given parameters."""

    dialect = "torch"
    makes_gradients = "_backward"

    def __init__(self, module: Any, names: Sequence[str], parameters: Sequence[str], wrt: Sequence[str] | None):
        self.module = copy.deepcopy(module).double()
        self.inputs, self.parameters = tuple(names), tuple(parameters)
        self._buffers = {k: b.clone() for k, b in self.module.named_buffers()}
        own = getattr(type(module), "backward", None)
        self._backward: Function | None = own if inspect.isfunction(own) else None
        self.custom: type | None = None  # the first autograd Function on the way back
        super().__init__(type(module).__name__, (*names, *parameters), wrt, (type(module).forward, self._backward))
        hold_stream(self.streams)

    def _prepared(self, values: Values) -> tuple[Any, list[Any]]:
        """The module with the parameters and its buffers as they were, and the inputs as tensors."""
        named = dict(self.module.named_parameters())
        with torch.no_grad():
            for name in self.parameters:
                named[name].data = to_tensor(values[name])
                named[name].grad = None
            for name, buffer in self.module.named_buffers():
                buffer.copy_(self._buffers[name])
        return self.module, [to_tensor(values[n]) for n in self.inputs]

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """The float outputs; the cache is what backward needs."""
        module, inputs = self._prepared(values)
        leaves = [t.requires_grad_() if is_float(values[n]) else t for n, t in zip(self.inputs, inputs, strict=True)]
        with torch.set_grad_enabled(self._backward is None):
            result = call(module, *leaves)
        outs = [o for o in _tensors(result) if o.is_floating_point()]
        if not outs:
            raise TypeError(f"{self.label} returns no tensor of floats to differentiate")
        if self.custom is None and self._backward is None:
            self.custom = _first_function(outs)
        return [to_array(o) for o in outs], Tape(outs, leaves)

    def evaluate(self, values: Values) -> Array:
        """All outputs as one vector, without a tape."""
        with torch.no_grad():
            return super().evaluate(values)

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """name -> gradient."""
        named = dict(self.module.named_parameters())
        grads = [to_tensor(d) for d in douts]
        if self._backward is not None:
            with torch.no_grad():
                raw = call(self._backward, self.module, *grads)
            items = raw if isinstance(raw, (tuple, list)) else (raw,)
            found = dict(zip([n for n in self.inputs if is_float(values[n])], items, strict=False))
            found.update({n: named[n].grad for n in self.parameters})
            return found
        names = [*(n for n in self.inputs if is_float(values[n])), *self.parameters]
        leaves = dict(zip(self.inputs, cache.leaves, strict=True)) | named
        outs = [(o, g) for o, g in zip(cache.outs, grads, strict=True) if o.requires_grad]
        wrt = [leaves[n] for n in names]
        if not outs:
            return dict.fromkeys(names)
        got = torch.autograd.grad([o for o, _ in outs], wrt, [g for _, g in outs], allow_unused=True, retain_graph=True)
        return dict(zip(names, got, strict=True))

    def gradients(self, raw: Any, values: Values) -> dict[str, Any]:
        """They come by name."""
        arrays = {n: to_array(g) for n, g in raw.items()}
        return {n: reduced(arrays.get(n, MISSING), values[n].shape) for n in self.targets(values)}

    def swap(self, function: Function | None) -> Any:
        """Exchange the module's backward, or that of the custom Function: the search puts it back."""
        if self._backward is not None or self.custom is None:
            return super().swap(function)
        name = "vjp" if self.custom.backward is BASE.backward else "backward"  # type: ignore[attr-defined]
        held = getattr(self.custom, name)
        if function is not None:
            setattr(self.custom, name, staticmethod(function))
        return held

    def swap_forward(self, function: Function | None) -> Any:
        """The forward of a module stays: what it calls is its own."""
        return type(self.module).forward

    def sources(self) -> list[Function]:
        """The module's backward, or that of the first custom Function."""
        if self._backward is not None:
            return [self._backward]
        return [] if self.custom is None else [inspect.unwrap(backward_of(self.custom))]


def _tensors(result: Any) -> list[Any]:
    if isinstance(result, torch.Tensor):
        return [result]
    values = result.values() if isinstance(result, dict) else result if isinstance(result, (tuple, list)) else ()
    return [t for v in values for t in _tensors(v)]


def _first_function(outs: list[Any]) -> type | None:
    """The custom Function next to the outputs on the way back."""
    queue, seen = [o.grad_fn for o in outs if o.grad_fn is not None], set()
    while queue:
        node = queue.pop(0)
        if node in seen:
            continue
        seen.add(node)
        if (cls := getattr(type(node), "_forward_cls", None)) is not None:
            return cls  # type: ignore[no-any-return]
        queue += [n for n, _ in node.next_functions if n is not None]
    return None
