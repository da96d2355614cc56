"""The `ctx` of an autograd Function outside of autograd: what was saved in it, as a dictionary of named arrays.

The class is PyTorch's own `FunctionCtx`, which keeps what it is told in attributes; autograd itself adds
`saved_tensors` and `needs_input_grad`, and so does this one.
"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.autograd.function import FunctionCtx

from ..subject.arrays import is_float
from ..subject.functions import tree_of, unpacked_from
from .torch_arrays import to_array, to_tensor

OWN = ("needs_input_grad", "to_save", "dirty_tensors", "non_differentiable", "materialize_grads", "saved_for_forward")
MARKS = "(marks)"


class Context(FunctionCtx):  # type: ignore[misc, unused-ignore]
    """A context with what autograd's C++ half would add."""

    def __init__(self, needs: Sequence[bool]):
        self.needs_input_grad = tuple(needs)
        self.to_save: tuple[Any, ...] = ()
        self.dirty_tensors: tuple[Any, ...] = ()
        self.non_differentiable: tuple[Any, ...] = ()
        self.materialize_grads = True

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved for the backward."""
        return tuple(self.to_save or ())


@dataclass(slots=True)
class Marks:
    """What a cache needs to become a context again, apart from its arrays."""

    saved: tuple[str, ...]
    attributes: tuple[tuple[str, str, bool], ...]  # (attribute, key, whether it was a tensor)
    outputs: tuple[tuple[tuple[int, ...], Any, bool], ...]  # (shape, dtype, whether it is differentiated)
    materialize: bool


def to_cache(ctx: Context, names: Sequence[str], outputs: tuple[Any, ...]) -> dict[str, Any]:
    """The context as name -> array; what is no tensor stays as it is."""
    tensors = ctx.saved_tensors
    keys = list(names) if len(names) == len(tensors) else [f"saved {k}" for k in range(len(tensors))]
    cache = {key: to_array(t) for key, t in zip(keys, tensors, strict=True)}
    attributes = []
    for name, value in vars(ctx).items():
        if name not in OWN:
            cache[f"ctx.{name}"] = to_array(value)
            attributes.append((name, f"ctx.{name}", isinstance(value, torch.Tensor)))
    cache[MARKS] = Marks(tuple(keys), tuple(attributes), outputs, bool(ctx.materialize_grads))
    return cache


def to_context(cache: dict[str, Any], needs: Sequence[bool]) -> Context:
    """A context with the arrays of the cache as tensors over the same memory."""
    ctx, marks = Context(needs), cache[MARKS]
    ctx.to_save = tuple(to_tensor(cache[key]) for key in marks.saved)
    ctx.materialize_grads = marks.materialize
    for name, key, tensor in marks.attributes:
        setattr(ctx, name, to_tensor(cache[key]) if tensor else cache[key])
    return ctx


def saved_names(*functions: Callable[..., Any]) -> list[str]:
    """The names under which saved tensors are unpacked (`x, w = ctx.saved_tensors`), or with which they were saved."""
    for function in functions:
        tree = tree_of(function)
        found = unpacked_from(tree, lambda text: text.endswith(".saved_tensors")) or _saved(tree)
        if found and len(set(found)) == len(found):
            return found
    return []


def _saved(tree: ast.AST) -> list[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".save_for_backward"):
            return [ast.unparse(a) for a in node.args if not isinstance(a, ast.Starred)]
    return []


def zeros(shape: tuple[int, ...], dtype: Any) -> Any:
    """The gradient of an output that takes no part."""
    return torch.zeros(shape, dtype=dtype)


def is_differentiable(tensor: Any, ctx: Context) -> bool:
    """Whether autograd would differentiate this output."""
    return tensor.is_floating_point() and not any(tensor is marked for marked in ctx.non_differentiable or ())


def needs_of(values: Sequence[Any]) -> tuple[bool, ...]:
    """`needs_input_grad` where every float array is a tensor that requires a gradient."""
    return tuple(map(is_float, values))
