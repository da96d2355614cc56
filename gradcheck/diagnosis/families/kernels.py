"""Convolutions: the gradient of the input comes back through a kernel turned round once too often or too little."""

from collections.abc import Sequence

import numpy as np

from ..view import Explanation, View, float_arguments

TURNS: tuple[tuple[int, ...], ...] = ((-1,), (-2, -1), (-2,))


def explain(views: Sequence[View]) -> Explanation | None:
    """TRANSPOSED: right for the kernel turned round along its last axes."""
    first = views[0]
    for name, kernel in float_arguments(first.run) if first.subject.kind == "layer" and not first.lifted else ():
        if name == first.name or kernel.ndim < 3:
            continue
        for axes in TURNS:
            if all(_right_for(v, name, axes) for v in views):
                along = " and ".join(str(kernel.ndim + k) for k in reversed(axes))
                text = f"right for {name} turned round along axis {along}: the kernel is (not) flipped on the way back"
                return Explanation("TRANSPOSED", text, {"axes": axes}, f"np.flip({name}, {axes}), or without it")
    return None


def _right_for(v: View, name: str, axes: tuple[int, ...]) -> bool:
    turned = np.ascontiguousarray(np.flip(v.run.values[name], axes))
    return v.right_with({**v.run.values, name: turned})
