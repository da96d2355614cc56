"""The driver of element-wise rules: a rule writes its formula once, for one number; this file runs it on arrays.

It cuts them into cache-sized blocks, fills in defaults, keeps state and scratch memory in `config`, counts steps, and
keeps state clear of denormals.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from operator import is_
from typing import Any

import numpy as np

from base.arrays import Array

from ..protocols import Config, Layout, UpdateRule
from .formula import Formula
from .registry import Element, Rule, add

BLOCK = 131072  # elements: half a megabyte of float32; smaller blocks cost calls, larger ones leave the cache
FLUSH_EVERY = 64  # steps
Slots = Mapping[str, Array]
Derive = Callable[[Config], Mapping[str, float]]


class _Work:
    """Buffers and block views for one (w, dw, out); kept in `config["_work"]`, never in a checkpoint."""

    def __init__(self, w: Array, dw: Array, out: Array, slots: Slots, formula: Formula, layout: Layout | None):
        self.w, self.dw, self.out, self.slots, self.formula = w, dw, out, dict(slots), formula
        arrays = {"w": w, "dw": dw, "out": out, **slots}
        flat = all(array.flags.c_contiguous for array in arrays.values())
        pieces = _pieces(w, layout) if flat else [(slice(None), w.ndim >= 2)]
        size = max((piece.stop - piece.start for piece, _ in pieces), default=0) if flat else w.shape
        buffers = {name: np.empty(size, w.dtype) for name in formula.scratch}
        self.blocks: list[tuple[dict[str, Any], bool]] = []  # views, to which each step adds its numbers; decays
        for piece, decays in pieces:
            views: dict[str, Any] = {n: array.reshape(-1)[piece] if flat else array for n, array in arrays.items()}
            views |= {name: buffer[: piece.stop - piece.start] if flat else buffer for name, buffer in buffers.items()}
            self.blocks.append((views, decays))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(None), ()  # the views of a copied or pickled config would no longer be views: made anew

    def fits(self, w: Array, dw: Array, out: Array, config: Config) -> bool:
        """Whether these views still belong to these arrays."""
        if self.w is not w or self.dw is not dw or self.out is not out:
            return False
        return all(map(is_, map(config.get, self.slots), self.slots.values()))


def _pieces(w: Array, layout: Layout | None) -> list[tuple[slice, bool]]:
    """Runs of equal `decays`, cut into blocks; without a layout matrices decay and vectors do not."""
    runs: list[list[Any]] = []
    slots = [(s.slice.start, s.slice.stop, s.decays) for s in layout or ()]
    for start, stop, decays in slots or [(0, w.size, w.ndim >= 2)]:
        if runs and runs[-1][2] == decays and runs[-1][1] == start:
            runs[-1][1] = stop
        else:
            runs.append([start, stop, decays])
    return [
        (slice(begin, min(begin + BLOCK, stop)), decays)
        for start, stop, decays in runs
        for begin in range(start, stop, BLOCK)
    ]


def slot_array(name: str, value: Any, w: Array) -> Array:
    """A state array of our own: zeros, or a copy of what the caller put into config."""
    if value is None:
        return np.zeros(w.shape, w.dtype)
    array = np.array(value, dtype=w.dtype, order="C")
    if array.shape != w.shape:
        raise ValueError(f"config[{name!r}] has shape {array.shape}; the parameter has {w.shape}.")
    return array


def check_arrays(rule: str, w: Array, dw: Array) -> None:
    """`w` must be a floating array and `dw` of its shape."""
    if not (isinstance(w, np.ndarray) and np.issubdtype(w.dtype, np.floating)):
        raise TypeError(f"{rule} needs w as a floating NumPy array; got {getattr(w, 'dtype', type(w).__name__)}.")
    if np.shape(dw) != w.shape:
        raise ValueError(f"{rule}: dw has shape {np.shape(dw)}, w has {w.shape}.")


def flush_denormals(array: Array) -> None:
    """Set magnitudes below 2^40 times the smallest normal number to zero.

    State that decays without new gradient (a dead unit, a pixel that is always 0) ends in denormals, where a ufunc is
    33 times slower, and rounding keeps it there for ever. Done at fixed steps, so that a resumed run does it too.
    """
    array[np.abs(array) < 2.0**40 * float(np.finfo(array.dtype).tiny)] = 0


def given(formula: Formula, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a step, and those that follow from them: what `run` wants to find in `values`."""
    values = {**formula.constants, **numbers}
    for function, takes, gives in formula.numbers:
        values[gives] = function(*[values[name] for name in takes])
    return values


def run(formula: Formula, values: Mapping[str, Any]) -> None:
    """Move the arrays w, dw, out, state and scratch in `values` by the numbers in it."""
    for function, arguments in formula.bound:
        function(*arguments(values))


def elementwise(
    *,
    slots: tuple[str, ...] = (),
    optional: Mapping[str, str] | None = None,
    with_optional: Callable[..., Any] | None = None,
    counters: Mapping[str, float] | None = None,
    derive: Derive | None = None,
    evaluates_at: str | None = None,
    starts_at_w: tuple[str, ...] = (),
    **settings: Any,
) -> Callable[[Callable[..., Any]], UpdateRule]:
    """Turn a `formula(w, dw, *slots, *numbers) -> (w, *slots)` into a registered `(w, dw, config) -> (next_w, config)`.

    The formula is for one number, see `Formula`; with_optional: that with all the optional slots as well.
    slots: state arrays, zero at first (`starts_at_w`: a copy of w). optional: slots that exist where a setting is true.
    counters: state numbers; `t` counts steps from 1. derive(config): the numbers handed to the formula, once per step
    (default: the settings). `weight_decay` is 0 for vectors.
    """
    maybe = dict(optional or {})
    numbers = {"t": 0, **(counters or {})} if slots else dict(counters or {})
    decayed = "weight_decay" in settings

    def register(formula: Callable[..., Any]) -> UpdateRule:
        name = formula.__name__
        first: Config = {**settings, **numbers}

        def held(config: Config) -> tuple[str, ...]:
            return (*slots, *(slot for slot, switch in maybe.items() if config[switch]))

        def written(held: tuple[str, ...]) -> Callable[..., Any]:
            return with_optional if with_optional and len(held) > len(slots) else formula

        @functools.cache  # at its first use: reading the source takes a while
        def on_arrays(held: tuple[str, ...]) -> Formula:
            return Formula(written(held), held)

        def prepare(w: Array, dw: Array, out: Array, config: Config, layout: Layout | None) -> _Work:
            check_arrays(name, w, dw)
            for key in first:
                config.setdefault(key, first[key])
            arrays: dict[str, Array] = {}
            old = config.get("_work")
            kept: Slots = {} if old is None else old.slots
            for slot in held(config):
                value, ours = config.get(slot, w if slot in starts_at_w else None), kept.get(slot)
                config[slot] = arrays[slot] = ours if value is ours and ours is not None else slot_array(slot, value, w)
            parts = layout if decayed else None  # where all weights are treated alike: one run
            work = config["_work"] = _Work(w, dw, out, arrays, on_arrays(tuple(arrays)), parts)
            return work

        def advance(config: Config) -> Mapping[str, float]:
            if slots:
                config["t"] += 1
            return derive(config) if derive else {key: config[key] for key in settings}

        def one(config: Config) -> Element:
            state = held(config)
            names = tuple(inspect.signature(written(state)).parameters)[2 + len(state) :]
            return Element(
                name,
                written(state),
                state,
                names,
                lambda w, dw, config: prepare(w, dw, w, config, None),
                advance,
                derive is None,
            )

        def rule(
            w: Array, dw: Array, config: Config | None = None, *, out: Array | None = None, layout: Layout | None = None
        ) -> tuple[Array, Config]:
            config = {} if config is None else config
            out = np.empty_like(w, order="C") if out is None else out
            work = config.get("_work")
            if work is None or not work.fits(w, dw, out, config):
                work = prepare(w, dw, out, config, layout)
            constants = advance(config)
            decaying = given(work.formula, constants)
            spared = given(work.formula, {**constants, "weight_decay": 0.0}) if decayed else decaying
            for values, decays in work.blocks:
                values.update(decaying if decays else spared)
                run(work.formula, values)
            if slots and config["t"] % FLUSH_EVERY == 0:
                for values, _ in work.blocks:
                    for slot in work.slots:
                        flush_denormals(values[slot])
            return out, config

        functools.update_wrapper(rule, formula, ("__module__", "__name__", "__qualname__", "__doc__"), ())
        del rule.__wrapped__  # type: ignore[attr-defined]  # inspect.signature shall show (w, dw, config)
        add(Rule(name, rule, dict(settings), (*slots, *maybe), numbers, evaluates_at, element=one))
        return rule

    return register
