"""Contract tests, bitwise and without any derivative: determinism, mutation, aliasing, re-entrancy, shapes, dtypes.

A gradient check alone does not see these; each failure comes with the line that caused it where NumPy can tell.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from base.arrays import Array

from ..findings import Finding
from ..subject.arrays import changed, clone, is_float, nearly, same, snapshot, walk
from ..subject.gradients import MISSING
from ..subject.subject import Subject, Values
from .read_only_replay import mutating_line, where_raised


@dataclass
class Contract:
    """What the contract stage hands on: findings, one run's outputs, cache and gradients, and whether to go on."""

    findings: list[Finding] = field(default_factory=list)
    outs: list[Array] = field(default_factory=list)
    cache: Any = None
    grads: dict[str, Any] = field(default_factory=dict)
    stop: bool = False
    raised: bool = False
    ran: bool = False  # the forward did, so that what raises is the backward
    drew: bool = False

    def error(self, code: str, where: str, message: str, source: str | None = None, **evidence: Any) -> None:
        """Add a finding, once per code and place."""
        if not any(f.code == code and f.where == where for f in self.findings):
            self.findings.append(Finding(code, "error", where, message, evidence, source))

    def note(self, code: str, where: str, message: str, source: str | None = None) -> None:
        """Add a finding that is worth knowing and no fault."""
        self.findings.append(Finding(code, "note", where, message, {}, source))


def check_contracts(subject: Subject, values: Values, draw_dout: Callable[[list[Array]], list[Array]]) -> Contract:
    """Run every contract test on `values`; the subject's `protect` is set where its forward writes into its input."""
    c = Contract()
    if not _forward(subject, values, c):
        return c
    douts = draw_dout(c.outs)
    _backward(subject, values, douts, c)
    if not c.stop:
        subject.own_contracts(c, values, douts)
    subject.streams.live = c.drew
    return c


def _forward(subject: Subject, values: Values, c: Contract) -> bool:
    subject.streams.live = True
    subject.streams.mark()
    mine = subject.fresh(values)
    arrays = {k: v for k, v in mine.items() if isinstance(v, np.ndarray)}
    before = snapshot(list(arrays.values()))
    try:
        first, c.cache = subject.forward(mine)
    except Exception as error:
        c.error("RAISES", "forward", f"forward raises {type(error).__name__}: {error}", where_raised(error))
        c.stop = c.raised = True
        return False
    c.outs, c.ran = [o.copy() for o in first], True
    c.drew = subject.streams.moved()
    strange = [out for out in c.outs if out.dtype.kind == "O"]  # None, most often
    if strange or not c.outs:
        got = ", ".join(type(out.item() if out.size == 1 else out).__name__ for out in strange) or "no output"
        end = "out, cache" if subject.kind == "layer" else "loss, gradients"
        c.error("WRONG_SHAPE", "forward", f"the function returns {got} in place of numbers: end it with 'return {end}'")
        c.stop = True
        return False
    if subject.kind != "layer" and c.outs[0].size != 1:
        c.error(
            "WRONG_SHAPE",
            "loss",
            f"the loss is an array of shape {c.outs[0].shape}; expected one number: did you forget .mean()?",
        )
        c.stop = True
        return False
    moved = changed(before)
    if moved:
        subject.protect = True
        name = list(arrays)[int(moved[0].split(".")[0])]
        line = mutating_line(lambda: subject.forward(mine), list(arrays.values()))
        what = "the function" if subject.kind != "layer" else "forward"
        c.error("MUTATES_INPUT", name.lstrip("#"), f"{what} changes its argument {name.lstrip('#')} in place", line)
    if any(not isinstance(v, (np.ndarray, int, float, str, bool, type(None))) for v in values.values()):
        subject.protect = True  # a dictionary or an object may carry state: every call gets its own
    again = _again(subject, values)
    if again is None or not all(nearly(a, b) for a, b in zip(c.outs, again, strict=True)):
        c.error(
            "NONDETERMINISTIC",
            "forward",
            "forward gives another answer on the same input: the numeric gradient would be noise. Pass a seeded "
            "generator or the mask itself.",
        )
        c.stop = True
        return False
    if subject.streams.moved_global():
        told = "the forward draws from a global random stream; the check re-seeded it before every call"
        c.note("NONDETERMINISTIC", "forward", f"{told}. Pass a seeded generator, so that a run can be repeated.")
    return True


def _again(subject: Subject, values: Values) -> list[Array] | None:
    subject.streams.rewind()
    subject.forward(subject.fresh(values))  # a call in between: state that leaks from call to call shows
    subject.streams.rewind()
    try:
        outs, _ = subject.forward(subject.fresh(values))
    except Exception:
        return None
    return [o.copy() for o in outs]


def _backward(subject: Subject, values: Values, douts: list[Array], c: Contract) -> None:
    subject.streams.rewind()
    mine = subject.fresh(values)
    _, cache = subject.forward(mine)
    c.cache = clone(cache)
    loss_like = subject.kind != "layer"
    handed = [d.copy() for d in douts]
    inputs = [v for v in mine.values() if isinstance(v, np.ndarray)]
    shots = {"dout": snapshot(handed), "cache": snapshot([*inputs, cache])}
    subject.streams.mark()
    try:
        raw = subject.backward(handed, cache, mine)
    except Exception as error:
        c.error("RAISES", "backward", f"backward raises {type(error).__name__}: {error}", where_raised(error))
        c.stop = c.raised = True
        return
    drew = subject.streams.moved()
    c.drew |= drew
    grads = subject.gradients(raw, values)
    c.grads = {k: g.copy() if isinstance(g, np.ndarray) else g for k, g in grads.items()}
    if not loss_like:
        _mutations(subject, values, douts, shots, c)
        _repeat(subject, values, douts, (handed, cache, mine), c, drew)
    _aliases(grads, handed, inputs, cache, c, loss_like)
    _shapes(values, grads, c)


def _mutations(subject: Subject, values: Values, douts: list[Array], shots: dict[str, Any], c: Contract) -> None:
    def replay(freeze_dout: bool) -> str | None:
        subject.streams.rewind()
        fresh = subject.fresh(values)
        _, cache = subject.forward(fresh)
        handed = [d.copy() for d in douts]
        subject.streams.mark()
        held = [v for v in fresh.values() if isinstance(v, np.ndarray)]
        return mutating_line(
            lambda: subject.backward(handed, cache, fresh), *([handed] if freeze_dout else [cache, held])
        )

    start = subject.streams.marked
    if changed(shots["dout"]):
        line = replay(True)
        c.error("MUTATES_DOUT", "dout", "backward changes dout in place; copy it first: dx = dout.copy()", line)
    moved = changed(shots["cache"])
    if moved:
        line = replay(False)
        told = "backward changes a cached array or an input in place: a second call goes wrong"
        c.error("MUTATES_CACHE", "cache", told, line, paths=moved[:3])
    subject.streams.marked = start


def _repeat(
    subject: Subject, values: Values, douts: list[Array], state: tuple[Any, ...], c: Contract, drew: bool
) -> None:
    """Backward again on the same cache, and forward + backward from scratch, against the first answer."""
    _, cache, mine = state

    def arrays(raw: Any) -> dict[str, Array]:
        return {k: g.copy() for k, g in subject.gradients(raw, values).items() if isinstance(g, np.ndarray)}

    first = {k: g for k, g in c.grads.items() if isinstance(g, np.ndarray)}
    try:
        second = arrays(subject.backward([d.copy() for d in douts], cache, mine))
        third = arrays(subject.backward([d.copy() for d in douts], cache, mine))
    except Exception as error:
        if not any(f.code == "MUTATES_CACHE" for f in c.findings):
            told = f"a second backward with the same cache raises: {error}"
            c.error("NOT_REENTRANT", "backward", told, where_raised(error))
        return
    unequal = [k for k in first if k not in second or not same(first[k], second[k])]
    differ = [k for k in unequal if k not in second or not nearly(first[k], second[k])]
    if not differ:
        if unequal:
            told = f"the gradient of {', '.join(unequal)} differs in its last bits from call to call: a sum's order?"
            c.note("NOT_REENTRANT", unequal[0], told)
        return
    k = differ[0]
    grows = all(
        n in second
        and n in third
        and np.shape(first[n]) == np.shape(third[n])
        and np.allclose(third[n] - second[n], second[n] - first[n], rtol=1e-6, atol=1e-12)
        for n in differ
    )
    random = drew or not _repeats_from_scratch(subject, values, douts, first)
    if random and not grows:
        c.error("NONDETERMINISTIC", k, "backward gives another answer on the same input: is a mask drawn again in it?")
        c.stop = True
    elif grows:
        told = "each backward adds to the one before: a buffer is kept between calls, set it to zero first"
        c.findings.insert(0, Finding("NOT_REENTRANT", "error", k, told))
        c.stop = random
    elif not any(f.code == "MUTATES_CACHE" for f in c.findings):
        c.error("NOT_REENTRANT", k, "a second backward with the same cache gives another answer")


def _repeats_from_scratch(subject: Subject, values: Values, douts: list[Array], first: dict[str, Array]) -> bool:
    subject.streams.rewind()
    results = []
    for _ in range(2):
        try:
            mine = subject.fresh(values)
            _, cache = subject.forward(mine)
            raw = subject.backward([d.copy() for d in douts], cache, mine)
        except Exception:
            return False
        results.append({k: g.copy() for k, g in subject.gradients(raw, values).items() if isinstance(g, np.ndarray)})
        subject.streams.rewind()
    return all(k in r and nearly(first[k], r[k]) for r in results for k in first)


def _aliases(
    grads: dict[str, Any], handed: list[Array], inputs: list[Array], cache: Any, c: Contract, loss_like: bool
) -> None:
    named = {k: g for k, g in grads.items() if isinstance(g, np.ndarray) and g.size}
    others = [("dout", d) for d in handed] + [("an input", v) for v in inputs]
    if not loss_like:
        others += [(f"cache ({path})" if path else "the cache", a) for path, a in walk(cache)]
    if any(f.code == "MUTATES_DOUT" for f in c.findings):  # the same fault: dx = dout
        others = [o for o in others if o[0] != "dout"]
    if any(f.code in ("MUTATES_CACHE", "NOT_REENTRANT") for f in c.findings):
        others = [o for o in others if "cache" not in o[0] and o[0] != "an input"]
    seen: list[tuple[str, Array]] = []
    for name, g in named.items():
        for what, other in others + [(f"d{n}", o) for n, o in seen]:
            if np.shares_memory(g, other) if g.size < 10_000 else np.may_share_memory(g, other):
                if what == "dout" and g is not other:  # dout.reshape(x.shape): right, as long as nobody writes into it
                    told = f"the gradient of {name} is a view of dout: whoever writes into one changes the other"
                    c.note("ALIASED", name, told)
                    break
                c.error(
                    "ALIASED",
                    name,
                    f"the gradient of {name} shares memory with {what}: who changes one changes the other; "
                    f"return a copy",
                    between_gradients=any(other is o for _, o in seen),
                )
                break
        seen.append((name, g))


def _shapes(values: Values, grads: dict[str, Any], c: Contract) -> None:
    dtypes = {v.dtype for v in values.values() if is_float(v)}
    promoted = [np.result_type(*dtypes)] if dtypes else []  # of several: NumPy decides, not the author
    for name, g in grads.items():
        x = values[name]
        if g is MISSING or g is None or not is_float(x):
            continue
        if g.dtype.kind in "iub" and g.shape == x.shape:
            told = f"is {g.dtype}, the argument {x.dtype}: whole numbers lose the fraction"
        elif g.dtype.kind == "c":
            told = "is complex"
        elif g.dtype.kind == "f" and g.dtype not in (x.dtype, *promoted):
            told = f"is {g.dtype}, the argument {x.dtype}"
        else:
            continue
        c.error("DTYPE", name, f"the gradient of {name} {told}", got=str(g.dtype))
