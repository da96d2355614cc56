"""Does the function move at all? A skeleton that returns 0.0 and no gradients agrees with every numeric derivative.

A loss may be flat where it is checked (a hinge without a violation, dead units), so the arguments are also drawn anew,
far from where they were: what is the same number everywhere depends on nothing.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from base.arrays import Array

from ..findings import Finding
from ..numeric.central_differences import Derivative
from ..subject.gradients import MISSING
from ..subject.subject import Subject, Values


def constant(
    subject: Subject, values: Values, outs: list[Array], numeric: Mapping[str, Derivative], analytic: Mapping[str, Any]
) -> Finding | str | None:
    """A finding for a loss that nothing moves, a note for an output that nothing moves, None for what moves.

    A layer may be constant and right (dropout that drops all), and so is the softmax of one class.
    """
    if any(np.any(d.value) for d in numeric.values()) or not numeric or moves(subject, values, list(numeric)):
        return None
    one_class = subject.kind == "loss" and next(iter(numeric.values())).value.shape[-1:] == (1,)
    if subject.kind == "layer" or one_class:
        return "the output does not depend on any argument: there was no gradient to compare"
    value = f" {outs[0].item():g}" if outs[0].size == 1 else ""
    absent = [n for n, a in analytic.items() if a is None or a is MISSING]
    missing = f", and no gradient is returned for {', '.join(absent)}" if absent else ""
    verb = "is" if len(numeric) == 1 else "are"
    message = f"the loss is{value} whatever {', '.join(numeric)} {verb}{missing}: is it not written yet?"
    return Finding("CONSTANT", "error", "loss", message)


def moves(subject: Subject, values: Values, names: list[str]) -> bool:
    """Whether the outputs change when all of `names` are drawn anew; True where no such draw can be evaluated."""
    base = subject.evaluate(values)
    compared = False
    for scale, keep in ((1.0, 1), (1.0, 0), (10.0, 1), (10.0, 0), (100.0, 1), (100.0, 0)):
        out = _elsewhere(subject, values, names, scale, keep)
        if out is not None and out.shape == base.shape and np.all(np.isfinite(out)):
            compared = True
            if not np.array_equal(out, base):
                return True
    return not compared


def _elsewhere(subject: Subject, values: Values, names: list[str], scale: float, keep: int) -> Array | None:
    """The outputs after a random move of every argument from where it is (keep = 1), or from 0."""
    rng = np.random.default_rng([97, int(10 * scale)])
    moved = dict(values)
    for n in names:
        v = values[n]
        moved[n] = keep * v + scale * (1 + np.std(v)) * rng.standard_normal(v.shape)
    try:
        return subject.evaluate(moved)
    except Exception:  # outside of the function's domain
        return None
