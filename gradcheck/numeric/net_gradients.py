"""Every weight of a recognised net by column updates, in a check: some entries are audited with the net's own loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from base.arrays import Array

from ..subject.subject import Subject, Values
from .central_differences import Derivative
from .column_updates import Net, slopes_and_bends
from .recognised_nets import Recognised, recognise

AUDITED = 15  # entries of every parameter
H = 1e-4


@dataclass
class WholeNet:
    """All numeric gradients of a net, and the entries that are compared with evaluations of its own loss."""

    found: Mapping[str, tuple[Array, Array]]
    audit: dict[str, Array]

    def merge(self, evaluated: Mapping[str, Derivative]) -> dict[str, Derivative] | None:
        """The column updates, with evaluated values where those were taken; None if the two disagree anywhere."""
        result = {}
        for name, d in evaluated.items():
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
    known = recognise(params, data[0], data[1], lambda p: float(subject.evaluate({**values, **p})[0]))
    if known is None:
        return None
    found = gradients(known, params)
    rng = np.random.default_rng([seed, 50])
    audit = {}
    for n in names:
        value, bound = found[n]
        largest = np.max(np.abs(value[np.isfinite(bound)]), initial=0.0)
        vague = np.flatnonzero((bound > 1e-6 * largest).ravel())[:200]  # a kink within the step
        audit[n] = np.union1d(rng.permutation(value.size)[:AUDITED], vague)
    return WholeNet(found, audit)


def gradients(known: Recognised, params: Mapping[str, Array], h: float = H) -> dict[str, tuple[Array, Array]]:
    """Name -> (numeric gradient, bound) of every parameter, central differences with a Richardson pair."""
    net, strength = known
    coarse, fine = (slopes_and_bends(net, params, step) for step in (h, h / 2))
    noise = rounding(net, net.layers(params)[2]) / h
    result = {}
    for n, (wide, wide_bend) in coarse.items():
        narrow, bend = fine[n]
        # A smooth function bends half as much at half the step. What does not has a kink within the step, and one at
        # the very centre shows in no other way: both steps are wrong by the same half of the jump.
        kinked = (np.abs(bend) > 20 * noise) & (np.abs(bend) > 0.6 * np.abs(wide_bend))
        bound = np.abs(narrow - wide) / 3 + noise + np.where(kinked, np.abs(bend), 0.0)
        # the derivative of a sum of squares needs no difference
        exact = 2 * strength * params[n] if n in (net.hidden[0], net.last[0]) else 0.0
        result[n] = (4 * narrow - wide) / 3 + exact, np.where(np.isnan(bound), np.inf, bound)
    return result


def rounding(net: Net, s: Array) -> float:
    """How far rounding may move the loss: by the size of its rows, and by one ulp of every score.

    A row whose loss is nearly 0 is a difference of larger numbers, log(1 + tiny): the ulp of the 1 counts, not its own.
    """
    eps = np.finfo(np.float64).eps
    rows = net.losses(s)
    rng = np.random.default_rng(5)
    moves = [np.abs(net.losses(s * (1 + eps * rng.choice((-1.0, 1.0), s.T.shape).T)) - rows) for _ in range(4)]
    return float(np.sum(8 * eps * np.maximum(np.abs(rows), rows > 0) + 2 * np.max(moves, axis=0)) / net.divisor)
