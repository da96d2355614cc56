"""What an explanation looks at: one wrong gradient on one probe, and the known tensors (atoms) around it.

A family of faults is a function `explain(views) -> Explanation | None`; the first view is the one explained, the others
are probes of other sizes on which the explanation has to hold as well.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from base.arrays import Array

from ..numeric.central_differences import Derivative, differentiate
from ..probe_run import ProbeRun
from ..subject.arrays import is_float
from ..subject.subject import Subject, Values
from .evidence import Evidence
from .scalars import scalars_of

NOISE = 1e-6


@dataclass
class Explanation:
    """A name for what is wrong, its evidence, and (where there is one) the correction as a function of `a`."""

    code: str
    message: str
    evidence: dict[str, Any] = field(default_factory=dict)
    fix: str | None = None
    correct: Callable[["View"], Array] | None = None
    key: Any = None
    severity: str = "error"
    also: list["Explanation"] = field(default_factory=list)


@dataclass
class View:
    """One tensor of one run: analytic `a`, numeric `g`, its error `e`, the argument `x`."""

    run: ProbeRun
    evidence: Evidence
    name: str
    a: Array
    g: Array
    e: Array
    x: Array
    lifted: bool = False
    extra: list[tuple[str, Array]] = field(default_factory=list)
    unmasked: Array | None = None  # lifted hidden layers: the gradient by the activation, before the mask

    @property
    def subject(self) -> Subject:
        """The function under test."""
        return self.evidence.subject

    @property
    def n(self) -> int:
        """The batch size."""
        return int(self.run.n)

    @cached_property
    def r(self) -> Array:
        """What the analytic gradient has too much."""
        return np.asarray(self.a - self.g)

    @cached_property
    def size(self) -> float:
        """The largest numeric or analytic entry."""
        return float(max(np.max(np.abs(self.g), initial=0), np.max(np.abs(self.a), initial=0))) or 1.0

    @cached_property
    def off(self) -> Array:
        """Mask of the entries that differ beyond noise, kinks left out."""
        tol = 10 * self.e + 1e-8 * np.maximum(np.abs(self.a), np.abs(self.g)) + 1e-300
        return np.asarray((np.abs(self.r) > tol) & ~self.kink)

    @cached_property
    def kink(self) -> Array:
        """Mask of the entries at a kink."""
        d = self.run.numeric.get(self.name)
        if d is None or self.lifted:
            return np.zeros(self.g.shape, bool)
        return np.asarray(d.kink if d.checked is None else d.kink | ~d.checked)  # what was not computed tells nothing

    def near(self, prediction: Array, where: Array | None = None, error: float = 1.0) -> bool:
        """Whether `prediction` equals the analytic gradient at noise level (on the given entries, kinks left out)."""
        if np.shape(prediction) != self.a.shape or not np.all(np.isfinite(prediction)):
            return False
        tol = (
            20 * error * np.where(np.isfinite(self.e), self.e, np.inf)
            + NOISE * np.abs(self.a)
            + 1e-3 * NOISE * self.size
        )
        keep = ~self.kink if where is None else ~self.kink & where
        return bool(np.all(np.abs(prediction - self.a)[keep] <= tol[keep]))

    def right(self, candidate: Array) -> bool:
        """Whether a corrected gradient equals the numeric one at noise level."""
        if np.shape(candidate) != self.g.shape:
            return False
        tol = 20 * self.e + NOISE * np.abs(self.g) + 1e-3 * NOISE * self.size
        return bool(np.all((np.abs(candidate - self.g) <= tol) | self.kink))

    def derivative(self, values: Values) -> Derivative:
        """The numeric derivative by this tensor with other arguments."""
        evaluate = self.subject.evaluate
        return differentiate(evaluate, values, [self.name], self.run.dout, evaluate(values))[self.name]

    def right_with(self, values: Values) -> bool:
        """Whether the analytic gradient would be right with other arguments."""
        d = self.derivative(values)
        tol = 20 * d.bound + 1e-6 * np.abs(self.a) + 1e-8 * self.size
        return bool(np.all((np.abs(d.value - self.a) <= tol) | d.kink | self.kink))

    @property
    def out(self) -> Array:
        """The (first) output."""
        return np.asarray(self.run.outs[0], dtype=np.float64)

    @property
    def dout(self) -> Array:
        """The (first) upstream gradient; 1 for a loss."""
        return np.asarray(self.run.douts[0], dtype=np.float64)

    @cached_property
    def jac(self) -> Array | None:
        """Numeric Jacobian (elements of x, outputs), None for losses and large problems."""
        d = self.run.numeric.get(self.name)
        if self.lifted or self.subject.kind != "layer" or d is None or d.jac is None or self.out.size < 1:
            return None
        return np.asarray(d.jac)

    @cached_property
    def ours(self) -> Array | None:
        """The analytic Jacobian (elements of x, outputs), one backward per output; None where that is no Jacobian."""
        if self.jac is None or self.jac.shape[1] > 300:
            return None
        found = analytic_jacobian(self.subject, self.run).get(self.name)
        return found if found is not None and found.shape == self.jac.shape else None

    def atoms(self) -> Iterator[tuple[str, Array]]:
        """(name, array) of the arguments, outputs, dout and the float arrays of the cache, each value once."""
        yield from self.extra
        yield from self.run.known_arrays

    @cached_property
    def scalars(self) -> dict[str, float]:
        """Plain numbers within reach of the functions: keep probabilities, reg, eps, momentum."""
        return scalars_of(self.subject, self.run)


def analytic_jacobian(subject: Subject, run: ProbeRun) -> dict[str, Array]:
    """Name -> (elements, outputs) by running the backward once per output, kept with the run."""
    if run.jacobians is None:
        try:
            run.jacobians = _by_units(subject, run)
        except Exception:  # a backward that cannot take a unit vector has no Jacobian
            run.jacobians = {}
    return run.jacobians


def _by_units(subject: Subject, run: ProbeRun) -> dict[str, Array]:
    rows: dict[str, list[Array]] = {}
    for unit in np.eye(run.dout.size):
        parts, start = [], 0
        for d in run.douts:
            parts.append(unit[start : start + d.size].reshape(d.shape))
            start += d.size
        _, grads = subject.run(run.values, parts)
        for name, g in grads.items():
            if isinstance(g, np.ndarray):
                rows.setdefault(name, []).append(np.asarray(g, dtype=np.float64).ravel())
    return {n: np.array(v).T for n, v in rows.items() if len(v) == run.dout.size}


def labels_of(run: ProbeRun, shape: tuple[int, ...]) -> Array | None:
    """Integer labels for scores of this shape: an (N,) or (..., ) integer argument, or the argmax of a one-hot one."""
    rows = int(np.prod(shape[:-1])) if len(shape) > 1 else 0
    for name, v in run.values.items():
        if not isinstance(v, np.ndarray) or not rows:
            continue
        if v.dtype.kind in "iu" and v.size == rows and v.size and v.min() >= 0 and v.max() < shape[-1]:
            return v.reshape(-1)
        if v.shape == shape and not is_target(run, name) and set(np.unique(v)) <= {0, 1} and np.all(v.sum(-1) == 1):
            return np.asarray(v.reshape(rows, -1).argmax(axis=1))
    return None


def is_target(run: ProbeRun, name: str) -> bool:
    """Whether the argument is one of those that are differentiated and given a gradient."""
    return isinstance(run.analytic.get(name), np.ndarray)


def float_arguments(run: ProbeRun) -> list[tuple[str, Array]]:
    """The float arrays among the arguments."""
    return [(k, v) for k, v in run.values.items() if is_float(v)]
