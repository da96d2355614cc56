"""How rough is a function? The rounding noise of every output, from a table of differences along a random direction.

The noise decides how small a step may be, and it is part of the bound that comes with every numeric derivative.
Source: More and Wild, Estimating computational noise (2011).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from base.arrays import Array

from ..subject.arrays import is_float
from ..subject.subject import Subject, Values

POINTS = 7
STEP = 3e-7  # several float32 roundings wide, so that a float32 intermediate shows
ORDERS = (4, 5)
ULPS = 2.0  # by how many units in the last place arguments and dout are moved to measure a backward's own noise
_GAMMA = {
    k: np.prod([j * j for j in range(1, k + 1)]) / np.prod([float(j) for j in range(1, 2 * k + 1)]) for k in ORDERS
}


def noise(
    evaluate: Callable[[dict[str, Any]], Array], values: Mapping[str, Any], names: Sequence[str], base: Array
) -> Array:
    """Standard deviation of the rounding noise of every output at `values`, at least one half ulp of the output."""
    largest = float(np.max(np.abs(base), initial=0.0)) or 1.0  # an output near 0 is a difference of larger numbers
    least = 1.0 if base.size == 1 else 1e-3 * largest
    floor = 0.5 * np.finfo(np.float64).eps * np.where(base == 0, largest, np.maximum(np.abs(base), least))
    rng = np.random.default_rng(12345)
    directions = {n: STEP * np.abs(values[n]) * rng.uniform(0.2, 1, np.shape(values[n])) for n in names}
    table = np.empty((POINTS, base.size))
    table[0] = base
    for k in range(1, POINTS):
        moved = {n: v + k * directions[n] if n in directions else v for n, v in values.items()}
        out = evaluate(moved)
        if out.shape != base.shape:
            return floor
        table[k] = out
    if not np.all(np.isfinite(table)):
        table = np.where(np.isfinite(table).all(axis=0), table, base)
    floor = np.maximum(floor, _narrow(table))
    estimates = []
    for order in range(1, max(ORDERS) + 1):
        table = np.diff(table, axis=0)
        if order in ORDERS:
            estimates.append(np.sqrt(_GAMMA[order] * np.mean(table**2, axis=0)))
    return np.asarray(np.maximum(floor, np.minimum(*estimates)))


def _narrow(table: Array) -> Array:
    """The rounding of outputs that were computed in single precision: all values are float32 numbers, and not round.

    Such outputs move in steps; between two steps a table of differences sees no noise at all.
    """
    with np.errstate(all="ignore"):
        single = np.all(table == table.astype(np.float32), axis=0)
        mantissa = np.frexp(table)[0] * 2.0**12
        single &= np.mean(mantissa != np.round(mantissa), axis=0) > 0.5
    return np.where(single, np.finfo(np.float32).eps * np.max(np.abs(table), axis=0), 0.0)


def shaken(t: Array, rng: np.random.Generator) -> Array:
    """An array moved by a unit or two in the last place, every element in its own direction."""
    step = ULPS * (np.finfo(t.dtype).eps if t.dtype.kind == "f" else 0.0)
    return np.asarray(t * (1 + step * rng.choice((-1.0, 1.0), t.shape)), dtype=t.dtype)


def own_noise(subject: Subject, values: Values, douts: list[Array], name: str, analytic: Array) -> float:
    """How far rounding moves an analytic gradient: its largest change when arguments and dout move by an ulp or two.

    Only changes that can be rounding count (below 1e-10 of dout): a gradient that jumps has been caught at a kink.
    """
    rng = np.random.default_rng(31)
    seen = 0.0
    for _ in range(3):
        moved = {n: shaken(v, rng) if is_float(v) else v for n, v in values.items()}
        grad = subject.run(moved, douts if subject.kind != "layer" else [shaken(d, rng) for d in douts])[1][name]
        if not isinstance(grad, np.ndarray) or grad.shape != analytic.shape:
            return 0.0
        seen = max(seen, float(np.max(np.abs(grad - analytic), initial=0.0)))
    largest = max(float(np.max(np.abs(d), initial=0.0)) for d in douts)
    return 8 * seen if seen <= 1e-10 * largest else 0.0
