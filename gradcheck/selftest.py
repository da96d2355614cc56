"""Scores the checker on a file of planted bugs: how many are killed, how many of the nameable named, false alarms.

The file defines CASES (see `casebook.py`); expected=None marks a correct backward, which must pass.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from base import user_code

from . import api
from .frameworks import entry as frameworks
from .report.report import Report

CHECKS: dict[str, Callable[..., Report]] = {
    "layer": api.layer, "loss": api.loss, "net": api.net, "torch": frameworks.torch, "jax": frameworks.jax,
}  # fmt: skip
KEYS = ("name", "kind", "forward", "inputs", "expected")


@dataclass
class Score:
    """The three figures, and the cases behind those that are short of perfect."""

    bugs: int = 0
    killed: int = 0
    nameable: int = 0
    named: int = 0
    correct: int = 0
    alarms: int = 0
    seconds: list[float] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Every bug killed, at least 95 % of the nameable named, no false alarm."""
        return self.killed == self.bugs and self.named >= 0.95 * self.nameable and not self.alarms

    def __str__(self) -> str:
        share = f" ({self.named / self.nameable:.1%})" if self.nameable else ""
        median = sorted(self.seconds)[len(self.seconds) // 2] * 1e3 if self.seconds else 0.0
        lines = [
            *self.misses,
            f"killed {self.killed} of {self.bugs} bugs",
            f"named {self.named} of {self.nameable} nameable{share}",
            f"false alarms {self.alarms} in {self.correct} checks of correct code",
            f"median check {median:.0f} ms",
        ]
        return "\n".join(lines)


def load(path: str | Path) -> list[dict[str, Any]]:
    """CASES of a Python file, loaded by path under a private name. ValueError where it has none to use."""
    module = user_code.load(str(path))
    cases = getattr(module, "CASES", None)
    if not isinstance(cases, Sequence) or not cases:
        raise ValueError(f"{path} defines no CASES; expected a list of dicts with {', '.join(KEYS)}")
    for k, case in enumerate(cases):
        missing = [key for key in KEYS if not isinstance(case, Mapping) or key not in case]
        if missing:
            raise ValueError(f"CASES[{k}] of {path} lacks {', '.join(missing)}")
    return [dict(c) for c in cases]


def check_case(case: Mapping[str, Any], seed: int = 0, **options: Any) -> Report:
    """The report of one case."""
    kind = case["kind"]
    if kind not in CHECKS:
        known = "'layer', 'loss', 'net', 'torch' or 'jax'"
        raise ValueError(f"kind of case {case['name']!r} is {kind!r}; expected {known}")
    functions = [case["forward"], case.get("backward")] if kind == "layer" else [case["forward"]]
    return CHECKS[kind](*functions, inputs=case["inputs"], **{"label": case["name"], "seed": seed, **options})


def score(cases: Sequence[Mapping[str, Any]], seeds: int = 1, **options: Any) -> Score:
    """Check every case; correct ones with `seeds` seeds. A bug is named when the first finding has its code."""
    total = Score()
    for case in cases:
        expected = case["expected"]
        for seed in range(seeds if expected is None else 1):
            report = check_case(case, seed, **options)
            total.seconds.append(report.seconds)
            _count(total, case, expected, report, seed)
    return total


def _count(total: Score, case: Mapping[str, Any], expected: str | None, report: Report, seed: int) -> None:
    codes = [f.code for f in report.findings]
    if expected is None:
        total.correct += 1
        if not report.ok:
            total.alarms += 1
            total.misses.append(f"false alarm  {case['name']} seed {seed}: {', '.join(codes)}")
        return
    total.bugs += 1
    caught = not report.ok or expected in codes  # what happens at values that nobody gave is a note, and said
    total.killed += caught
    if not caught:
        total.misses.append(f"not caught   {case['name']}: expected {expected}")
    if expected == "UNNAMED":
        return
    total.nameable += 1
    total.named += codes[:1] == [expected]
    if caught and codes[:1] != [expected]:
        total.misses.append(f"misnamed     {case['name']}: expected {expected}, said {', '.join(codes)}")
