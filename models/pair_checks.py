"""What the functions of a node answer, checked in the first pass of each shape of input and in no later one."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from base.arrays import Array
from base.words import seen

from .node import Node
from .plan import Step

Shape = tuple[int, ...]


def first_forward(node: Node, *args: Array, **settings: Any) -> tuple[Array, Any]:
    """The forward of `node`, whose answer must be (out, cache), out an array; else TypeError."""
    answer = node.layer.forward(*args, **settings)
    if isinstance(answer, tuple | list) and len(answer) == 2:
        if isinstance(answer[0], np.ndarray):
            return answer[0], answer[1]
        got = f"({seen(answer[0])}, {seen(answer[1])})"
    else:
        got = seen(answer)
    what = f"node {node.name!r}: forward {_name(node.layer.forward)} must return (out, cache)"
    raise TypeError(f"{what}, out an array; got {got}. End it with: return out, cache")


def check_gradients(step: Step, gradients: Sequence[Any], shapes: Sequence[Shape]) -> None:
    """ValueError unless a backward gave one gradient for each input and parameter, of their shapes, in their order.

    None will do for an input that no parameter reaches, and nobody looks at the gradient of the batch itself.
    """
    node = step.node
    names, got = (*node.differentiated, *node.params), [None if g is None else np.shape(g) for g in gradients]
    n = len(node.differentiated)
    if len(got) == len(names) and not (step.wanted and got[:n] == [None] * n):
        inputs = zip(node.differentiated, got, shapes, strict=False)
        fits = [name == "x" or seen in (None, shape) for name, seen, shape in inputs]
        if all(fits) and got[n:] == list(shapes[n:]):
            return
    turned = [
        name for name, seen, shape in zip(names, got, shapes, strict=False) if seen and shape != seen == shape[::-1]
    ]
    came = f"{len(got)} gradient{'s' * (len(got) != 1)}: {', '.join(map(str, got))}"
    expected = ", ".join(f"{name} {shape}" for name, shape in zip(names, shapes, strict=True))
    raise ValueError(
        f"node {node.name!r}: backward {_name(node.layer.backward)} returned {came}; expected {len(names)}, in the"
        f" order and of the shapes of {expected}."
        f"{f' Is {turned[0]} transposed?' if turned else ''}"
    )


def _name(function: Callable[..., Any] | None) -> str:
    return getattr(function, "__name__", type(function).__name__)
