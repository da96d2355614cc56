"""Carries the gradient of a weight back to the scores or pre-activations: dW = X.T dZ gives dZ, where N <= D.

That is what makes the masks and labels inside a whole net or a linear classifier visible. A penalty's share c W
is taken out on the way; the hidden activation is recognised by what the numeric gradients admit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from base.arrays import Array

from ...numeric.recognised_nets import ACTIVATIONS
from ...probe_run import ProbeRun
from ...subject.arrays import is_float
from ..evidence import Evidence
from ..layouts import layouts
from ..view import Explanation, View
from . import elementwise, labels, masks, samples, scale


@dataclass
class Stage:
    """One affine stage z = h w + b of a chain: its weight and bias, its input, its pre-activation, what follows it."""

    run: ProbeRun
    weight: str
    bias: str | None
    flipped: bool  # the weight is (n_out, n_in)
    h: Array
    z: Array
    activation: str  # of the last stage the one before it: a net that ends in an activation mostly ends in the same

    def upright(self, t: Array) -> Array:
        """The weight, or a gradient of it, as (n_in, n_out)."""
        return t.T if self.flipped else t

    @property
    def w(self) -> Array:
        """The weight as (n_in, n_out)."""
        return self.upright(self.run.values[self.weight])

    def dz(self) -> Array | None:
        """The numeric gradient by the pre-activation, None where it cannot be had."""
        numeric = self.run.numeric
        db = numeric[self.bias].value if self.bias else None
        return solve(self.h, self.upright(numeric[self.weight].value), self.w, db)


def explain(evidence: Evidence, runs: Sequence[ProbeRun], wrong: Sequence[str]) -> list[tuple[str, Explanation]]:
    """(tensor, explanation) for the stage nearest to the loss whose pre-activation gradient is wrong."""
    usable = [pair for s in (*runs, *evidence.fewer_rows(runs)) if (pair := _upright(s))[1]]
    if not usable:
        return []
    longest = max(len(c) for _, c in usable)
    usable = [(s, c) for s, c in usable if len(c) == longest][:2]
    for depth in reversed(range(longest)):
        views = [v for s, c in usable if (v := lifted(evidence, s, c, depth)) is not None]
        if not views:
            found = _product(evidence, usable, depth)
            if found:
                return [found]
            continue
        if all(np.max(np.abs(v.r)) <= 1e-6 * v.size for v in views):
            continue
        weight = usable[0][1][depth].weight
        told = _tell(
            views,
            last=depth == sum(v.ndim == 2 for n, v in usable[0][0].values.items() if n in usable[0][0].numeric) - 1,
        )
        if told:
            told.evidence["follows"] = _behind(usable[0][1], depth)
        return [(weight, told)] if told else []
    return []


def _upright(run: ProbeRun) -> tuple[ProbeRun, list[Stage]]:
    """The run in the layout in which most of its affine stages are found, and these."""
    found = [(s, chain(s)) for s in layouts(run)]
    return max(found, key=lambda pair: sum(len(pair[0].values[stage.weight]) > 1 for stage in pair[1]))


def _behind(stages: Sequence[Stage], depth: int) -> list[str]:
    """The tensors whose gradients come through the pre-activation of this stage: its bias, and the stages before."""
    names = [name for stage in stages[: depth + 1] for name in (stage.weight, stage.bias)]
    return [n for n in names if n is not None and n != stages[depth].weight]


def _tell(views: Sequence[View], last: bool) -> Explanation | None:
    families: list[Callable[[Sequence[View]], Explanation | None]] = [scale.explain]
    if last:
        families += [labels.explain]
    families += [samples.explain, masks.explain, _flipped, elementwise.explain, elementwise.wrong_point]
    for family in families:
        told = family(views)
        if told is not None:
            told.message = f"at {'the scores' if last else 'the hidden pre-activation'} z: {told.message}"
            return told
    return None


def _flipped(views: Sequence[View]) -> Explanation | None:
    """The gradient came back through the next weight untransposed."""
    for v in views:
        other = next((t for n, t in v.extra if n == "untransposed"), None)
        if other is None or not np.allclose(v.a, other, atol=1e-6 * v.size):
            return None
    return Explanation("TRANSPOSED", "the gradient comes back through W, should be through W.T", {}, "dscores @ W.T")


def chain(run: ProbeRun) -> list[Stage]:
    """The affine stages of a net of weights, in order, with the activations that the numeric gradients admit."""
    params = {n: run.values[n] for n in run.numeric if not n.startswith("#")}
    data = [v for n, v in run.values.items() if is_float(v) and n not in run.numeric and v.ndim >= 2]
    if not data:
        return []
    h = data[0].reshape(len(data[0]), -1)
    stages: list[Stage] = []
    rest = [n for n, v in params.items() if v.ndim == 2]
    inputs: list[tuple[str, Array]] = [("", h)]
    while rest:
        step = _next(run, params, rest[0], inputs)
        if step is None:
            return stages
        if stages:
            stages[-1].activation = step.activation
        stages.append(step)
        rest = rest[1:]
        inputs = [(name, f(step.z)) for name, f in ACTIVATIONS.items()]
    return stages


def _next(run: ProbeRun, params: dict[str, Array], weight: str, inputs: list[tuple[str, Array]]) -> Stage | None:
    """The stage of a weight, with the activation before it; None where no input explains the gradients."""
    w = params[weight]
    for name, h in inputs:
        for flipped in (False, True):
            m = w.T if flipped else w
            if m.shape[0] != h.shape[1] or (flipped and w.shape[0] == w.shape[1]):
                continue
            bias = _bias_name(params, weight, m.shape[1])
            z = h @ m + (params[bias].reshape(1, -1) if bias else 0.0)
            stage = Stage(run, weight, bias, flipped, h, z, name)
            if stage.dz() is not None:
                return stage
    return None


def _bias_name(params: dict[str, Array], weight: str, size: int) -> str | None:
    digits = "".join(ch for ch in weight if ch.isdigit())
    fits = [
        n for n, v in params.items() if v.size == size and v.ndim <= 2 and n != weight and (v.ndim == 1 or 1 in v.shape)
    ]
    named = [n for n in fits if "".join(ch for ch in n if ch.isdigit()) == digits]
    return next(iter(named), None)


def solve(h: Array, g: Array, w: Array, db: Array | None = None) -> Array | None:
    """dz with h.T dz = g - c w for some c (the penalty) and sum(dz) = db; None where there is none or it is not unique.

    The bias counts as one more input that is always 1, which settles the rows of samples whose units are all off.
    """
    if db is not None:
        h, g = np.hstack([h, np.ones((len(h), 1))]), np.vstack([g, db.reshape(1, -1)])
        w = np.vstack([w, np.zeros((1, w.shape[1]))])
    if len(h) >= h.shape[1] or np.linalg.matrix_rank(h) < len(h):  # as many rows as inputs would admit any h
        return None
    inverse = np.linalg.pinv(h.T)
    beyond = np.eye(h.shape[1]) - h.T @ inverse
    left, term = beyond @ g, beyond @ w
    square = float(np.sum(term**2))
    c = float(np.sum(left * term)) / square if square > 1e-12 else 0.0
    if np.max(np.abs(left - c * term)) > 1e-6 * max(float(np.max(np.abs(g))), 1e-12):
        return None
    return np.asarray(inverse @ (g - c * w))


def lifted(evidence: Evidence, run: ProbeRun, stages: list[Stage], depth: int) -> View | None:
    """The view of the pre-activation gradient of one stage."""
    stage = stages[depth]
    a, g = run.analytic.get(stage.weight), run.numeric[stage.weight].value
    if not isinstance(a, np.ndarray) or a.shape != g.shape or not np.all(np.isfinite(a)):
        return None
    dg, da = stage.dz(), None
    db = run.analytic.get(stage.bias) if stage.bias else None
    if stage.bias and isinstance(db, np.ndarray) and db.shape == run.numeric[stage.bias].value.shape:
        da = solve(stage.h, stage.upright(a), stage.w, db)
    da = solve(stage.h, stage.upright(a), stage.w) if da is None else da  # a bias with a fault of its own
    if da is None or dg is None:
        return None
    size = max(float(np.max(np.abs(dg))), 1e-12)
    view = View(run, evidence, stage.weight, da, dg, np.full(dg.shape, 1e-9 * size), stage.z, lifted=True)
    view.extra = [("z", stage.z)]
    if stage.activation in ACTIVATIONS:
        view.extra.append(("h", ACTIVATIONS[stage.activation](stage.z)))
    if depth + 1 < len(stages):
        after, w2 = lifted(evidence, run, stages, depth + 1), stages[depth + 1].w
        if after is not None:
            view.unmasked = after.g @ w2.T
            if w2.shape[0] == w2.shape[1]:
                on = np.where(np.abs(view.unmasked) > 1e-9, dg / np.where(view.unmasked == 0, 1, view.unmasked), 0)
                view.extra.append(("untransposed", (after.g @ w2) * on))
    return view


def _product(
    evidence: Evidence, usable: Sequence[tuple[ProbeRun, list[Stage]]], depth: int
) -> tuple[str, Explanation] | None:
    """The weight's gradient is not of the form h.T dz: another operand stands in for h."""
    for what in ("the pre-activation", "the input"):
        hits = 0
        for run, stages in usable:
            stage, a = stages[depth], run.analytic.get(stages[depth].weight)
            if not isinstance(a, np.ndarray) or a.shape != run.numeric[stage.weight].value.shape or depth == 0:
                return None
            other = stages[depth - 1].z if what == "the pre-activation" else stages[0].h
            dz = stage.dz()
            if dz is None or other.shape != stage.h.shape:
                break
            predicted, w = other.T @ dz, stage.w
            rest = stage.upright(a) - predicted
            rest = rest - w * float(np.sum(rest * w)) / float(np.sum(w * w))  # the penalty's share
            hits += bool(np.max(np.abs(rest)) <= 1e-5 * float(np.max(np.abs(predicted))))
        if hits == len(usable):
            weight = usable[0][1][depth].weight
            return weight, Explanation("WRONG_POINT", f"d{weight} is formed with {what} instead of the activation", {})
    return None


def bias_axis(evidence: Evidence, runs: Sequence[ProbeRun], name: str) -> Explanation | None:
    """A bias gradient of length N: the pre-activation gradient summed over the units instead of the samples."""
    told = 0
    for run, stages in map(_upright, runs):
        for stage in stages:
            if stage.bias == name:
                dz = stage.dz()
                a = np.asarray(run.analytic[name])
                told += (
                    dz is not None
                    and a.size == len(dz)
                    and bool(np.allclose(dz.sum(axis=1), a.ravel(), atol=1e-6 * np.abs(dz).max()))
                )
    if not told:
        return None
    return Explanation(
        "WRONG_AXIS", "summed over the units (axis 1) instead of the samples (axis 0)", {}, ".sum(axis=0)"
    )
