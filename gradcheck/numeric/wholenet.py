"""Brings the column updates of `network.py` into a check: recognise the net, compute all weights, audit some with the
real loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from base.arrays import Array

from ..subject.subject import Subject, Values
from .central_differences import Derivative
from .network import gradients, recognise

AUDITED = 15  # entries of every parameter


@dataclass
class WholeNet:
    """All numeric gradients of a net, and the entries that are compared with honest evaluations of its own loss."""

    found: Mapping[str, tuple[Array, Array]]
    audit: dict[str, Array]

    def merge(self, honest: Mapping[str, Derivative]) -> dict[str, Derivative] | None:
        """The column updates, with honest values where those were taken; None if the two disagree anywhere."""
        result = {}
        for name, d in honest.items():
            value, bound = (a.copy() for a in self.found[name])
            mask = d.checked if d.checked is not None else np.ones(value.shape, bool)
            smooth = mask & ~d.kink & np.isfinite(bound) & np.isfinite(d.bound)
            gap = np.abs(value - d.value)[smooth]
            largest = np.max(np.abs(value[np.isfinite(bound)]), initial=0.0)
            if np.any(gap > 20 * (d.bound + bound)[smooth] + 1e-9 * largest):
                return None
            take = mask & ~(bound <= d.bound)
            value[take], bound[take] = d.value[take], d.bound[take]
            result[name] = replace(
                d,
                value=value,
                bound=bound,
                kink=d.kink & take,
                left=np.where(take, d.left, value),
                right=np.where(take, d.right, value),
                jac=None,
                checked=None,
                method=f"central, Richardson pair, column updates ({int(mask.sum())} entries audited)",
            )
        return result


def whole_net(subject: Subject, values: Values, names: Sequence[str], seed: int) -> WholeNet | None:
    """The gradients by column updates and what to audit, None for a net that is not recognised."""
    data = [values[n] for n in subject.names if n not in names and n in values]
    if len(data) < 2:
        return None
    params = {n: np.array(values[n], dtype=np.float64) for n in names}
    net = recognise(params, data[0], data[1], lambda p: float(subject.evaluate({**values, **p})[0]))
    if net is None:
        return None
    found = gradients(net, params)
    rng = np.random.default_rng([seed, 50])
    audit = {}
    for n in names:
        value, bound = found[n]
        largest = np.max(np.abs(value[np.isfinite(bound)]), initial=0.0)
        vague = np.flatnonzero((bound > 1e-6 * largest).ravel())[:200]  # a kink within the step
        audit[n] = np.union1d(rng.permutation(value.size)[:AUDITED], vague)
    return WholeNet(found, audit)
