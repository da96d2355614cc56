"""What a check finds, as plain data: Finding, TensorResult and the Outcome that holds them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from base.arrays import Array


@dataclass
class Finding:
    """One thing that is wrong (`error`), doubtful (`warning`) or worth knowing (`note`), by its code."""

    code: str
    severity: str
    where: str
    message: str
    evidence: dict[str, Any] = field(default_factory=dict)
    source: str | None = None
    fix: str | None = None
    fix_verified: bool = False  # the edited function passed the whole check
    fix_tried: bool = False  # it passed on the inputs of this check, and no more is known


@dataclass
class TensorResult:
    """One argument's gradient: analytic against numeric, with the numeric derivative's own error bound.

    `rel_error` is the course's measure, max |a - n| / max(1e-8, |a| + |n|); it is printed, never judged by.
    """

    analytic: Array
    numeric: Array
    bound: Array
    kink_mask: Array
    bad_mask: Array
    inconclusive_mask: Array
    excess: float  # the largest |a - n| in units of its tolerance, kinks left out
    method: str = "central"
    h: float = 1e-4
    checked: int = 0  # elements compared; fewer than the size in fast mode

    @property
    def n_bad(self) -> int:
        """How many elements are wrong."""
        return int(self.bad_mask.sum())

    @property
    def rel_error(self) -> float:
        """The course's relative error over the elements that could be judged (kinks left out)."""
        if self.analytic.shape != self.numeric.shape:
            return float("nan")
        keep = ~self.kink_mask & np.isfinite(self.numeric)
        a, n = self.analytic[keep], self.numeric[keep]
        return float(np.max(np.abs(a - n) / np.maximum(1e-8, np.abs(a) + np.abs(n)))) if a.size else 0.0

    @property
    def worst(self) -> tuple[tuple[int, ...], float, float]:
        """(index, analytic, numeric) of the element that is furthest off."""
        if self.analytic.shape != self.numeric.shape or not self.numeric.size:
            return ((), float("nan"), float("nan"))
        gap = np.abs(self.analytic - self.numeric)
        gap = np.where(np.isfinite(gap), gap, np.inf)
        gap = np.where(self.bad_mask, gap, -1.0) if self.bad_mask.any() else np.where(self.kink_mask, -1.0, gap)
        index = tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))
        return index, float(self.analytic[index]), float(self.numeric[index])


@dataclass
class Outcome:
    """One check's findings, its tensors, and what it took."""

    label: str
    findings: list[Finding] = field(default_factory=list)
    tensors: dict[str, TensorResult] = field(default_factory=dict)
    nfev: int = 0
    seconds: float = 0.0
    seed: int = 0
    inconclusive: bool = False
    compared: int | None = None  # elements with a numeric derivative; None: the check is not at its end
    notes: list[str] = field(default_factory=list)
    source_text: str | None = None
    source_start: int = 1
    place: str | None = None  # 'path/file.py:line' of the function or class that was checked
    unchecked: str | None = None  # why there was nothing to check, and what to do; the verdict is then 'inconclusive'
    sweep: Callable[[str], list[tuple[float, float, float]]] = field(default=lambda name: [], repr=False, compare=False)
    """name -> (h, |D(h) - analytic|, |D(h) - numeric|) at its worst element, computed when asked for"""

    @property
    def ok(self) -> bool:
        """True when no finding is an error or a warning, and something was compared."""
        return self.compared != 0 and not self.faulty and not self.unchecked

    @property
    def faulty(self) -> bool:
        """True when a finding is an error or a warning."""
        return any(f.severity != "note" for f in self.findings)

    @property
    def verdict(self) -> str:
        """'pass', 'fail' or 'inconclusive' (the numeric derivative could not judge, and nothing else is wrong)."""
        if self.faulty:
            return "fail"
        return "pass" if self.ok and not self.inconclusive else "inconclusive"
