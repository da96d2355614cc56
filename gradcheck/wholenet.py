"""Brings the column updates of `network.py` into a check: recognise the net, compute all weights, audit some with the
real loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .arrays import Array
from .network import gradients, recognise
from .numeric import Derivative
from .subject import Subject, Values

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
            gap = np.abs(value - d.value)[mask]
            if np.any(gap > 20 * (d.bound + bound)[mask] + 1e-9 * np.max(np.abs(value))):
                return None
            value[mask], bound[mask] = d.value[mask], d.bound[mask]
            result[name] = replace(
                d,
                value=value,
                bound=bound,
                left=value,
                right=value,
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
        vague = np.flatnonzero((bound > 1e-6 * np.max(np.abs(value))).ravel())[:200]  # a kink within the step
        audit[n] = np.union1d(rng.permutation(value.size)[:AUDITED], vague)
    return WholeNet(found, audit)
