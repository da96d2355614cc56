"""A `torch.autograd.Function` as a subject: arrays go in and come out, tensors over the same memory are inside."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from base.arrays import Array

from ..subject.border import call
from ..subject.gradients import MISSING
from ..subject.randomness import Streams
from ..subject.subject import Subject, Values
from .torch_arrays import reduced, to_array, to_tensor
from .torch_context import MARKS, Context, is_differentiable, needs_of, saved_names, to_cache, to_context, zeros

Function = Callable[..., Any]
BASE = torch.autograd.Function


class FunctionSubject(Subject):
    """Forward, setup_context and backward (or vjp) of an autograd Function, each called with a context of its own.

    `low` runs it in float32 though its arguments are float64: some functions know nothing else.
    """

    dialect = "torch"
    makes_gradients, makes_outputs = "_backward", "_forward"

    def __init__(self, function: type, names: Sequence[str], wrt: Sequence[str] | None, low: bool = False):
        self.function, self.low = function, low
        self._forward: Function = function.forward  # type: ignore[attr-defined]
        self._setup: Function | None = _own(function, "setup_context")
        self._backward = inspect.unwrap(backward_of(function))  # without once_differentiable
        super().__init__(function.__name__, names, wrt, (self._forward, self._backward))
        hold_stream(self.streams)
        self._saved = saved_names(self._backward, self._setup or self._forward)
        self.dirty: frozenset[int] = frozenset()  # positions of the arguments that forward is allowed to change
        self.last: Any = None  # what backward returned last, as it was
        self.needs: tuple[bool, ...] | None = None  # a choice of needs_input_grad; None: every float array
        self.undefined: tuple[int, ...] = ()  # outputs that get None in place of a gradient

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """The differentiable outputs, and what the context holds."""
        ctx, items = self._run_forward(list(values.values()))
        outputs = []
        for item in items:
            tensor = isinstance(item, torch.Tensor)
            shape, dtype = (tuple(item.shape), item.dtype) if tensor else ((), None)
            outputs.append((shape, dtype, tensor and is_differentiable(item, ctx)))
        outs = [to_array(item) for item, (_, _, used) in zip(items, outputs, strict=True) if used]
        if not outs:
            raise TypeError(
                f"{self.label}.forward returns no tensor that is differentiated (it returns"
                f" {', '.join(str(d) if d else 'no tensor' for _, d, _ in outputs) or 'nothing'})"
            )
        return outs, to_cache(ctx, self._saved, tuple(outputs))

    def _run_forward(self, arguments: list[Any]) -> tuple[Context, tuple[Any, ...]]:
        tensors = [self.tensor(v) for v in arguments]
        for k in self.dirty:
            tensors[k] = tensors[k].clone()
        ctx = Context(self.needs or needs_of(arguments))
        with torch.no_grad():  # as autograd does
            if self._setup is None:
                result = call(self._forward, ctx, *tensors)
            else:
                result = call(self._forward, *tensors)
                call(self._setup, ctx, tuple(tensors), result)
        written = [k for k, t in enumerate(tensors) if any(t is d for d in ctx.dirty_tensors or ())]
        self.dirty |= frozenset(written)
        return ctx, tuple(result) if isinstance(result, (tuple, list)) else (result,)

    def applied(self, leaves: Sequence[Any]) -> list[Any]:
        """The outputs that autograd differentiates, when it runs the Function on these leaves itself."""
        handed = [t.clone() if k in self.dirty else t for k, t in enumerate(leaves)]
        result = self.function.apply(*handed)  # type: ignore[attr-defined]
        items = result if isinstance(result, tuple) else (result,)
        return [o for o in items if isinstance(o, torch.Tensor) and o.is_floating_point() and o.requires_grad]

    def tensor(self, value: Any) -> Any:
        """The tensor that the Function gets for an array, in float32 where it knows nothing else."""
        low = self.low and isinstance(value, np.ndarray) and value.dtype == np.float64
        return to_tensor(value.astype(np.float32) if low else value)

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """What backward returns, position by position."""
        ctx, queue, grads = to_context(cache, self.needs or needs_of(list(values.values()))), list(enumerate(douts)), []
        for shape, dtype, used in cache[MARKS].outputs:
            if not used:
                grads.append(zeros(shape, dtype) if dtype is not None and cache[MARKS].materialize else None)
                continue
            k, dout = queue.pop(0)
            grads.append(None if k in self.undefined else self.tensor(dout))
        with torch.no_grad():
            self.last = raw = call(self._backward, ctx, *grads)
        return tuple(map(to_array, raw)) if isinstance(raw, tuple) else to_array(raw)

    def gradients(self, raw: Any, values: Values) -> dict[str, Any]:
        """Position by position, as autograd reads them: shapes that were broadcast are summed, dtypes are kept."""
        items = raw if isinstance(raw, tuple) else (raw,)
        found: dict[str, Any] = {}
        for k, name in enumerate(values):
            item = items[k] if k < len(items) else MISSING
            if self.low and isinstance(item, np.ndarray) and item.dtype == np.float32:
                item = item.astype(values[name].dtype)
            found[name] = reduced(item, np.shape(values[name]))
        return {n: found[n] if isinstance(found[n], np.ndarray) else _absent(found[n]) for n in self.targets(values)}

    def read(self, value: Any) -> Any:
        """A tensor as an array over the same memory."""
        return to_array(value)

    def write(self, value: Any) -> Any:
        """An array as a tensor."""
        return to_tensor(value)

    @property
    def swapped(self) -> bool:
        """Whether another backward stands in the place of the class's own, which stays as it is."""
        return self._backward is not inspect.unwrap(backward_of(self.function))


def _own(function: type, name: str) -> Any | None:
    """A static method that the class defines itself, or inherits from one that does."""
    mine = getattr(function, name, None)
    return None if mine is getattr(BASE, name, None) else mine


def backward_of(function: type) -> Any:
    """The class's backward, or its vjp, which is another word for it; TypeError where it has none."""
    for name in ("backward", "vjp"):
        if (mine := _own(function, name)) is not None:
            return mine
    raise TypeError(
        f"{function.__name__} defines no backward: write one as a static method, backward(ctx, grad_output)"
    )


def _absent(item: Any) -> Any:
    return item if item is None or item is MISSING else None


def hold_stream(streams: Streams) -> None:
    """PyTorch's global stream is rewound and put back as the others are."""
    streams.hold(lambda: torch.get_rng_state().numpy(), lambda state: torch.set_rng_state(torch.from_numpy(state)))
