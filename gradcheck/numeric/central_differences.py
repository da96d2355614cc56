"""The numeric derivative with its own error bound: central differences, a Richardson pair, steps that adapt.

For every input element the outputs are evaluated at x +- h and x +- h/2 and differenced *before* they are projected on
dout, so that outputs that were not reached cancel exactly. D(h), D(h/2) -> G = (4 D(h/2) - D(h)) / 3 with the bound
E = |G - D(h/2)| + noise / h, summed over the outputs with weight |dout|. Steps shrink (or grow) where E is too large.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from base.arrays import Array

from .kinks import Sides, one_sided, suspects
from .noise import noise
from .structure import Structure, audit, fallback

Evaluate = Callable[[dict[str, Any]], Array]
FIRST = 1e-4
# Relative to max(1, |x|). Narrow steps first: a wide one may alias, and counts only if it confirms a narrow one.
LATER = (1e-5, 1e-6, 1e-8, 1e-10, 1.1e-3, 1.3e-2, 0.83)
TINY = (0.3, 1e-2, 1e-4, 1e-6)  # relative to |x|, for x near a kink or the edge of a domain
NOISE = 6.0
ENOUGH = 1e-7  # E / |G| at which no other step is tried
MANY, MANY_ENOUGH = 500, 1e-6  # the same where there are many elements
TINY_SHARE = 1e-10  # of the size of dout: derivatives that one rounding of a still output could outweigh
CHUNK = 4_000_000  # floats held at once


@dataclass
class Derivative:
    """d(sum out * dout) / d(one argument): value and bound per element, kinks with their one-sided derivatives."""

    value: Array
    bound: Array
    kink: Array
    left: Array
    right: Array
    lonely: Array  # a kink that no other element shares: relu's, as against a tie of max
    jac: Array | None  # (elements, outputs) at the best step, None where it would be too large
    h: float
    method: str = "central, Richardson pair"
    checked: Array | None = None  # mask of the elements that were computed, None for all
    kinked: dict[int, Array] = field(default_factory=dict)  # element -> the outputs that have a kink there


def differentiate(
    evaluate: Evaluate,
    values: Mapping[str, Any],
    names: Sequence[str],
    dout: Array,
    base: Array,
    elements: Mapping[str, Array] | None = None,
    structures: Mapping[str, Structure | None] | None = None,
    out_shape: tuple[int, ...] = (),
) -> dict[str, Derivative]:
    """The derivative of sum(out * dout) by every element of `values[name]` (or by the given flat indices).

    `structures` lets elements with disjoint outputs share their evaluations; each is audited, and dropped if it fails.
    """
    values = dict(values)
    for n in names:  # private, contiguous, writeable copies that are perturbed in place
        values[n] = np.array(values[n], dtype=np.float64, order="C")
    rough = noise(evaluate, values, names, base)
    result = {}
    for n in names:
        chosen = np.arange(values[n].size) if elements is None else elements[n]
        probe = Probe(evaluate, values, n, dout, base, rough)
        structure = (structures or {}).get(n) if elements is None and 4 * values[n].size * base.size <= CHUNK else None
        while structure is not None:
            probe.structure = structure
            derivative = _tensor(probe, chosen)
            if derivative.jac is not None and audit(evaluate, values, n, derivative.jac, base):
                derivative.method = f"central, Richardson pair, {structure.name}"
                result[n] = derivative
                break
            structure, probe.structure = fallback(structure, values[n].shape, out_shape), None
        else:
            result[n] = _tensor(probe, chosen)
    _mark_ties(result)
    return result


@dataclass
class Probe:
    """What one tensor's differentiation works with."""

    evaluate: Evaluate
    values: dict[str, Any]
    name: str
    dout: Array
    base: Array
    noise: Array
    structure: Structure | None = None

    def together(self, chosen: Array, h: Array) -> Array:
        """Outputs for every chosen element, (elements, 4, outputs), by one set of evaluations per group."""
        if self.structure is None:
            return np.stack([self.outputs(k, step) for k, step in zip(chosen, h, strict=True)])
        rows = np.empty((len(chosen), 4, self.base.size))
        groups = self.structure.group[chosen]
        for g in np.unique(groups):
            at = np.flatnonzero(groups == g)
            moved = self.outputs(chosen[at], h[at])
            mine = self.structure.owner[g][None, :] == chosen[at][:, None]
            rows[at] = np.where(mine[:, None, :], moved, self.base)
        return rows

    def outputs(self, index: Any, h: Any) -> Array:
        """Outputs at x+h, x-h, x+h/2, x-h/2 as rows; `index` and `h` are one element's or those of a group."""
        flat = self.values[self.name].ravel()
        x = flat[index].copy()
        rows = np.full((4, self.base.size), np.nan)
        for k, step in enumerate((h, -h, h / 2, -h / 2)):
            flat[index] = x + step
            try:
                out = self.evaluate(self.values)
                if out.shape == self.base.shape:
                    rows[k] = out
            except Exception:  # outside of the function's domain: no derivative from here
                pass
            finally:
                flat[index] = x
        return rows


def _tensor(p: Probe, chosen: Array) -> Derivative:
    x = p.values[p.name].ravel()
    keep_jac = 4 * len(chosen) * p.base.size <= CHUNK
    state = _State(x.size, p.base.size if keep_jac else 0, float(np.abs(p.dout).sum()))
    scale = np.maximum(1.0, np.abs(x))
    _sweep(p, state, chosen, FIRST * scale)
    for relative in LATER:
        todo = state.unsettled(chosen)
        if relative < FIRST:  # what is rough already only gets rougher
            todo = todo[~state.rough[todo] | state.kink[todo]]
        _sweep(p, state, todo, relative * scale)
    todo = state.unsettled(chosen)
    todo = todo[(x[todo] != 0) & (np.abs(x[todo]) < 10) & (~state.rough[todo] | state.kink[todo])]
    for relative in TINY:
        if todo.size:
            _sweep(p, state, todo, relative * np.abs(x))
            todo = np.intersect1d(todo, state.unsettled(chosen))
    return state.derivative(p.values[p.name].shape, chosen)


def exact_steps(x: Array, h: Array) -> Array:
    """Short binary fractions near h: x + h - x is h, or nearly, and no step is a multiple of another."""
    power = np.floor(np.log2(np.maximum(h, 1e-290)))
    h = np.round(h * 2.0 ** (6 - power)) * 2.0 ** (power - 6)
    return np.asarray((x + h) - x)


def _sweep(p: Probe, state: "_State", chosen: Array, steps: Array) -> None:
    """Try one step per element and keep what has the smaller bound."""
    x = p.values[p.name].ravel()
    h = exact_steps(x[chosen], steps[chosen])
    chosen, h = chosen[h > 0], h[h > 0]
    if not chosen.size:
        return
    size = max(1, CHUNK // (8 * max(p.base.size, 1)))
    for start in range(0, len(chosen), size):
        part, hp = chosen[start : start + size], h[start : start + size]
        state.offer(part, hp, p.together(part, hp), p)


class _State:
    """The best value so far for every element of one tensor."""

    def __init__(self, size: int, outputs: int, weight: float):
        self.weight = weight  # the size of dout
        self.value, self.bound = np.full(size, np.nan), np.full(size, np.inf)
        self.kink, self.left, self.right = np.zeros(size, bool), np.full(size, np.nan), np.full(size, np.nan)
        self.h, self.scale = np.zeros(size), np.zeros(size)
        self.rough = np.zeros(size, bool)  # rounding is the larger part of the bound
        self.jac = np.zeros((size, outputs)) if outputs else None
        self.kinked: dict[int, Array] = {}  # element -> which outputs have the kink
        self.moves = np.zeros((size, outputs), bool) if outputs else None

    def offer(self, part: Array, h: Array, rows: Array, p: Probe) -> None:
        """Take the derivatives from these outputs wherever their bound is smaller."""
        column = h[:, None]
        coarse, fine = (rows[:, 0] - rows[:, 1]) / (2 * column), (rows[:, 2] - rows[:, 3]) / column
        jac = (4 * fine - coarse) / 3
        reached = np.any(rows != p.base, axis=1)
        if self.moves is not None:
            self.moves[part] |= reached
            reached = self.moves[part]
        rough = np.where(reached, NOISE * np.maximum(p.noise, 1e-16 * np.abs(rows).max(axis=1)), 0.0)
        if not reached.all():  # an output that did not move may have moved by less than one ulp
            still = ~reached.any(axis=1, keepdims=True)
            rough = np.maximum(rough, np.where(still, np.maximum(NOISE * p.noise, 2e-16 * column), 0.0))
        weight = np.abs(p.dout)
        value = jac @ p.dout
        if not reached.all():  # beside a tiny derivative, what such an output may hide counts
            tiny = (np.abs(value) <= TINY_SHARE * self.weight)[:, None] & ~reached
            rough = np.where(tiny, np.maximum(rough, NOISE * p.noise), rough)
        rounding = (rough / column) @ weight
        bound = np.abs(jac - fine) @ weight + rounding
        bound = np.where(np.isfinite(bound) & np.isfinite(value), bound, np.inf)
        broken = suspects(rows, p.base, column, rough / column)
        kink = np.asarray(broken.any(axis=1))
        self.scale[part] = np.maximum(self.scale[part], np.nan_to_num(np.abs(value)))
        was_kink = self.kink[part]
        # A smaller step that stays clear of a kink beats one that has it at its centre, if its own bound is good.
        clear = was_kink & (h < self.h[part]) & (bound <= 1e-4 * np.maximum(np.abs(value), self.scale.max(initial=0.0)))
        better = np.where(kink == was_kink, bound < self.bound[part], clear | ~np.isfinite(self.bound[part]))
        with np.errstate(
            invalid="ignore"
        ):  # a wider step must confirm what a narrower one said: a jump may lie between
            apart = np.abs(value - self.value[part]) > 2 * (bound + self.bound[part])
        known = np.isfinite(self.bound[part])
        better = np.asarray(better & np.isfinite(bound)) & ~(apart & (h > self.h[part]) & known)
        better |= apart & known & (h < self.h[part]) & (bound < 0.01 * np.abs(value)) & ~kink & ~was_kink
        better = np.asarray(better)
        at = part[better]
        self.value[at], self.bound[at] = value[better], bound[better]
        self.h[at], self.kink[at] = h[better], kink[better]
        self.rough[at] = (rounding > 0.5 * bound)[better]
        if self.jac is not None:
            self.jac[at] = jac[better]
        sides: Sides = one_sided(rows[better], p.base, column[better])
        self.left[at], self.right[at] = sides.left @ p.dout, sides.right @ p.dout
        for k in np.flatnonzero(better & kink):
            self.kinked[int(part[k])] = np.flatnonzero(broken[k])
            if self.jac is not None:
                self.jac[part[k]] = np.where(broken[k], _smaller(sides, int(np.sum(better[:k]))), self.jac[part[k]])

    def unsettled(self, chosen: Array) -> Array:
        """Elements whose bound is still too large for their value, or that sit on a kink."""
        size = np.maximum(np.abs(self.value), 1e-3 * np.nanmax(np.abs(self.value), initial=0.0))
        with np.errstate(invalid="ignore"):
            enough = ENOUGH if len(chosen) <= MANY else MANY_ENOUGH
            rough = ~(self.bound <= np.maximum(enough * size, 1e-14 * self.weight))
        return np.asarray(chosen[np.asarray(rough | self.kink)[chosen]])

    def derivative(self, shape: tuple[int, ...], chosen: Array) -> Derivative:
        """What was found, in the shape of the argument."""
        checked = None
        if len(chosen) < self.value.size:
            checked = np.zeros(self.value.size, bool)
            checked[chosen] = True
            checked = checked.reshape(shape)
        used = self.h[chosen]
        value, bound, kink, left, right = (
            np.asarray(a.reshape(shape)) for a in (self.value, self.bound, self.kink, self.left, self.right)
        )
        h = float(np.median(used)) if used.size else FIRST
        lonely = np.zeros(shape, bool)
        return Derivative(value, bound, kink, left, right, lonely, self.jac, h, checked=checked, kinked=self.kinked)


def _smaller(sides: Sides, k: int) -> Array:
    return np.asarray(np.where(np.abs(sides.left[k]) <= np.abs(sides.right[k]), sides.left[k], sides.right[k]))


def _mark_ties(result: Mapping[str, Derivative]) -> None:
    """A kink is lonely when no other element of any argument has a kink in the same output."""
    owners: dict[int, int] = {}
    for d in result.values():
        for outs in d.kinked.values():
            for o in outs:
                owners[int(o)] = owners.get(int(o), 0) + 1
    for d in result.values():
        flat = d.lonely.reshape(-1)
        for index, outs in d.kinked.items():
            flat[index] = all(owners[int(o)] == 1 for o in outs)
