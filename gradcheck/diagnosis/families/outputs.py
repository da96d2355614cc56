"""Layers of several outputs: the upstream gradient of one of them does not reach a gradient."""

from collections.abc import Iterator, Sequence

import numpy as np

from base.arrays import Array

from ..view import Explanation, View

SMALL = 1e-6


def explain(views: Sequence[View]) -> Explanation | None:
    """IGNORES_DOUT: right by some outputs and zero by the others, which the argument moves."""
    found = [_ignored(v) for v in views]
    if any(f is None or f != found[0] for f in found) or not found[0]:
        return None
    which = ", ".join(map(str, found[0]))
    return Explanation(
        "IGNORES_DOUT",
        f"what comes back from output {which} does not reach d{views[0].name}: its upstream gradient is not used here",
        {"outputs": found[0]},
        f"add the upstream gradient of output {which} on the way to d{views[0].name}",
    )


def _ignored(v: View) -> list[int] | None:
    """The outputs whose upstream gradient is lost, None where something else is wrong as well."""
    jac, ours = v.jac, v.ours
    if len(v.run.outs) < 2 or jac is None or ours is None:
        return None
    level = SMALL * float(np.max(np.abs(jac)))
    lost = []
    for k, (right, mine) in enumerate(_parts(v.run.outs, jac, ours)):
        if np.all(np.abs(right - mine) <= 10 * level):
            continue
        if np.any(np.abs(mine) > level):
            return None
        lost.append(k)
    return lost


def _parts(outs: Sequence[Array], jac: Array, ours: Array) -> Iterator[tuple[Array, Array]]:
    """The numeric and the analytic Jacobian by each output."""
    start = 0
    for out in outs:
        part = slice(start, start + out.size)
        start += out.size
        yield jac[:, part], ours[:, part]
