"""One run of the function on a probe: what it was given and returned, the numeric gradients, and the judgement."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from base.arrays import Array

from .findings import TensorResult
from .numeric.central_differences import Derivative
from .numeric.judgement import Judgement
from .subject.arrays import walk
from .subject.gradients import MISSING
from .subject.probes import Probe
from .subject.subject import Values

MOST_ARRAYS = 40


@dataclass
class ProbeRun:
    """Arguments, outputs, upstream gradients, analytic and numeric gradients of one run, and how each was judged."""

    probe: Probe
    values: Values
    outs: list[Array]
    douts: list[Array]
    cache: Any
    analytic: dict[str, Any]
    numeric: dict[str, Derivative]
    judged: dict[str, Judgement] = field(default_factory=dict)
    misshapen: dict[str, Array] = field(default_factory=dict)
    absent: dict[str, Any] = field(default_factory=dict)
    tied: dict[str, Array] = field(default_factory=dict)  # masks of tied elements that are wrong together
    jacobians: dict[str, Array] | None = None  # the analytic ones, once a diagnosis has asked for them

    @property
    def dout(self) -> Array:
        """All upstream gradients as one vector."""
        return np.concatenate([d.ravel() for d in self.douts])

    @property
    def n(self) -> int:
        """The batch size."""
        return self.probe.n

    def bad(self) -> list[str]:
        """Arguments whose gradient is wrong in any way, the convention at kinks left out."""
        wrong = [n for n, j in self.judged.items() if j.bad.any()]
        return [n for n in self.analytic if n in wrong or n in self.misshapen or n in self.absent]

    def compared(self, kinks: bool) -> int:
        """How many elements have a numeric derivative, those on kinks among them or not."""
        count = 0
        for d in self.numeric.values():
            looked = np.ones(d.value.shape, bool) if d.checked is None else d.checked
            count += int(np.sum(looked if kinks else looked & ~d.kink))
        return count

    @cached_property
    def known_arrays(self) -> list[tuple[str, Array]]:
        """(name, array) of the arguments, outputs, dout and the arrays of the cache, in float64, each value once."""
        found: list[tuple[str, Array]] = []
        candidates: list[tuple[str, Any]] = [(k.lstrip("#"), v) for k, v in self.values.items()]
        candidates += [("out", o) for o in self.outs] + [("dout", d) for d in self.douts]
        candidates += [(f"cache {path}".strip(), a) for path, a in walk(self.cache)]
        for name, value in candidates:
            if isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and value.size and value.ndim:
                array = np.asarray(value, dtype=np.float64)
                if np.all(np.isfinite(array)) and not any(
                    a.shape == array.shape and np.array_equal(a, array) for _, a in found
                ):
                    found.append((name, array))
        return found[:MOST_ARRAYS]

    def result(self, name: str) -> TensorResult:
        """What the report keeps of one argument's gradient."""
        a, j, d = self.analytic[name], self.judged.get(name), self.numeric[name]
        none = np.zeros(d.value.shape, bool)
        missing = a is None or a is MISSING
        return TensorResult(
            analytic=np.full(d.value.shape, np.nan) if missing else np.asarray(a),
            numeric=d.value,
            bound=d.bound,
            kink_mask=d.kink,
            bad_mask=j.bad | j.convention if j else ~none,
            inconclusive_mask=j.inconclusive if j else none,
            excess=j.excess if j else float("inf"),
            method=d.method,
            h=d.h,
            checked=d.value.size if d.checked is None else int(d.checked.sum()),
        )

    def same_kind(self, main: "ProbeRun") -> bool:
        """Whether a probe cut from given arrays gives the first one's outputs, but for N; else sizes were mixed up."""
        if self.probe.name == "resized":
            return all(a.ndim == b.ndim for a, b in zip(self.outs, main.outs, strict=True))
        return all(self._cut_from(a, b, main.n) for a, b in zip(self.outs, main.outs, strict=True))

    def _cut_from(self, a: Array, b: Array, n: int) -> bool:
        if a.ndim != b.ndim:
            return False
        columns = bool(b.ndim) and a.shape[:-1] == b.shape[:-1] and (a.shape[-1], b.shape[-1]) == (self.n, n)
        return columns or (a.shape[1:] == b.shape[1:] and (not b.ndim or len(b) != n or len(a) == self.n))
