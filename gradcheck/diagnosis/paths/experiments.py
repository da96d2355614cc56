"""The experiments with a forward, the simpler ones first, each with the words for what it would explain."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..view import Explanation
from .sites import Site
from .slopes import BLOCKS, IN_BLOCKS, WRONG, in_block
from .switches import ONE, TURNED, Experiment
from .trial import Trial

Told = tuple[Experiment, Explanation]


def further(trial: Trial, moving: Sequence[int]) -> Iterator[Told]:
    """What may be wrong beyond a lost path, at the sites that the gradient comes through."""
    kinds = [(k, trial.switches.sites[k].kind) for k in moving]
    unary, products = [k for k, kind in kinds if kind == "unary"], [k for k, kind in kinds if kind in "*@"]
    for k in unary:
        yield from _slopes(trial, k)
    for k in (k for k, kind in kinds if kind not in "*@" and trial.switches.passes(k) > 1):
        yield from ((Experiment((k,), live=live), _one_pass(trial, k, live)) for live in (0, -1))
    for group in _uses(trial, moving):
        for k in group:
            yield Experiment(tuple(j for j in group if j != k)), _only(trial, k)
        if trial.switches.passes(group[0]) > 1:
            yield from ((Experiment(group, live=live), _one_pass(trial, group[0], live)) for live in (0, -1))
    for k in products:
        yield from _operands(trial, k)
    yield from _shadows(trial, moving)
    for k in unary:
        yield from _blocks(trial, k)


def _slopes(trial: Trial, k: int) -> Iterator[Told]:
    site = trial.switches.sites[k]
    for wrong in WRONG:
        says, fix = (t.format(f=f"`{site.name}`") for t in (wrong.says, wrong.fix))
        yield Experiment((k,), wrong.slope), Explanation(wrong.code, f"{says} ({_place(site)})", {}, fix)


def _blocks(trial: Trial, k: int) -> Iterator[Told]:
    """One of several equal blocks of columns or rows only: one of the gates that are computed together."""
    site = trial.switches.sites[k]
    value = trial.switches.value(k, 0)
    if not isinstance(value, np.ndarray) or value.ndim != 2:
        return
    for axis, blocks, which in BLOCKS:
        if value.shape[axis] % blocks or value.shape[axis] == blocks:
            continue
        width = value.shape[axis] // blocks
        where = f"in its {('rows', 'columns')[axis]} {which * width} to {(which + 1) * width - 1}"
        for wrong in IN_BLOCKS:
            says = f"{where}, {wrong.says.format(f=f'`{site.name}`')} ({_place(site)})"
            slope = in_block(wrong.slope, axis, blocks, which)
            yield Experiment((k,), slope), Explanation(wrong.code, says, {}, wrong.fix.format(f=f"`{site.name}`"))


def _operands(trial: Trial, k: int) -> Iterator[Told]:
    """The derivative of a product by one of its sides is formed with another tensor than the other side."""
    site, switches = trial.switches.sites[k], trial.switches
    for side, right in enumerate(switches.operands(k)):
        if not isinstance(right, np.ndarray) or right.dtype.kind not in "fbiu":
            continue
        which = ("first", "second")[side]
        if site.kind == "*":
            what, code = ("mask", "MASK_MISSING") if _is_mask(right) else ("factor", "ELEMENTWISE_FACTOR")
            text = f"the {what} that is the {which} operand of `{site.name}` is left out ({_place(site)})"
            yield Experiment((k,), operand=(side, ONE)), Explanation(code, text, {}, "multiply by it")
        elif right.ndim == 2 and right.shape[0] == right.shape[1] > 1:
            text = f"the {which} operand of `{site.name}` is not transposed as it has to be ({_place(site)})"
            yield Experiment((k,), operand=(side, TURNED)), Explanation("TRANSPOSED", text, {}, "transpose it")
        for other in _alike(trial, k, right):
            name = switches.sites[other].name
            text = f"formed with `{name}` in the place of the {which} operand of `{site.name}` ({_place(site)})"
            told = Explanation("WRONG_POINT", text, {"computed": name}, f"use the {which} operand, not `{name}`")
            yield Experiment((k,), operand=(side, other)), told


def _is_mask(factor: np.ndarray) -> bool:
    """Whether it lets some elements through and holds back the others, at one scale: 0 or 1, or 0 or 1/keep."""
    return bool(np.unique(factor).size == 2 and np.any(factor == 0))


def _shadows(trial: Trial, moving: Sequence[int]) -> Iterator[Told]:
    """All that leads from one variable to another of its shape is passed over, or is taken element by element."""
    switches, groups = trial.switches, _uses(trial, moving, fewest=1)
    for group in groups:
        value = switches.value(group[0], 0)
        for other in (g[0] for g in groups if g is not group):
            first = switches.value(other, 0)
            if not isinstance(value, np.ndarray) or np.shape(first) != value.shape or np.array_equal(first, value):
                continue
            a, b, place = switches.sites[group[0]].name, switches.sites[other].name, _place(switches.sites[group[0]])
            text = f"the derivative on the way from `{b}` to `{a}` is left out ({place})"
            told = Explanation("ELEMENTWISE_FACTOR", text, {"from": b, "to": a}, "multiply by it")
            yield Experiment(group, shadow=(other, np.ones_like)), told
            if np.all((value > 0) & (value < 1)):
                text = f"the derivative of `{a}` is taken as {a} (1 - {a}), as if each depended on its own {b} alone"
                told = Explanation("MISSING_TERM", f"{text} ({place})", {}, "add the terms through the sum")
                yield Experiment(group, shadow=(other, _own_only)), told


def _own_only(p: np.ndarray) -> np.ndarray:
    return np.asarray(p * (1 - p))


def _alike(trial: Trial, k: int, right: np.ndarray) -> Iterator[int]:
    """Sites where another tensor of this shape stands, each value once."""
    seen = [right]
    for other in range(len(trial.switches.sites)):
        passes = trial.switches.passes(other)
        if passes not in (1, trial.switches.passes(k)):
            continue
        value = trial.switches.value(other, 0)
        if not isinstance(value, np.ndarray) or value.shape != right.shape or value.dtype.kind != "f":
            continue
        if not any(np.array_equal(value, t) for t in seen):
            seen.append(value)
            yield other


def _uses(trial: Trial, moving: Sequence[int], fewest: int = 2) -> list[tuple[int, ...]]:
    """The sites of one variable of one function, where it has several."""
    found: dict[tuple[str, str], list[int]] = {}
    for k in moving:
        site = trial.switches.sites[k]
        if site.kind == "use":
            found.setdefault((site.function, site.name), []).append(k)
    return [tuple(g) for g in found.values() if len(g) >= fewest]


def _place(site: Site) -> str:
    return f"{site.file}:{site.line} in {site.function}: {site.statement}"


def lost(trial: Trial, k: int) -> Explanation:
    """The words for a use of a variable through which nothing comes back."""
    site, name = trial.switches.sites[k], trial.views[0].name
    text = f"right if `{site.name}` were constant here: the path through it is missing ({_place(site)})"
    return Explanation("MISSING_TERM", text, {"use": site.name, "line": site.line}, f"add the path to d{name}")


def _only(trial: Trial, k: int) -> Explanation:
    site, name = trial.switches.sites[k], trial.views[0].name
    text = f"`{site.name}` is used several times, and only the path through one of them is there ({_place(site)})"
    return Explanation("MISSING_TERM", text, {"use": site.name, "line": site.line}, f"add the other paths to d{name}")


def _one_pass(trial: Trial, k: int, live: int) -> Explanation:
    site, name, passes = trial.switches.sites[k], trial.views[0].name, trial.switches.passes(k)
    which = "last" if live else "first"
    text = f"of the {passes} passes over `{site.name}` only the {which} one contributes ({_place(site)})"
    return Explanation("BATCH_SUBSET", text, {"passes": passes}, f"d{name} += ... in the loop, not =")
