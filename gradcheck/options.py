"""The options of a check, validated once."""

from dataclasses import dataclass
from typing import Any

MODES, KINKS = ("full", "fast", "auto"), ("convention", "interval", "skip")


class UsageError(ValueError):
    """An argument of the check itself is at fault, not the function under test."""


@dataclass
class Options:
    """The options of a check; see `gradcheck.layer`."""

    probes: int = 2
    mode: str = "auto"
    kinks: str = "convention"
    dout: Any = None
    structure: str | None = None
    oracle: str = "central"
    second_opinion: str | None = "complex"
    dtype_tol: float | None = None
    repair: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (
            ("mode", self.mode, MODES),
            ("kinks", self.kinks, KINKS),
            ("oracle", self.oracle, ("central",)),
            ("second_opinion", self.second_opinion, ("complex", None)),
            ("structure", self.structure, (None, "elementwise", "rows", "affine")),
        ):
            if value not in known:
                raise ValueError(f"{name} is {value!r}; expected one of {', '.join(map(repr, known))}")
        if not isinstance(self.probes, int) or self.probes < 1:
            raise ValueError(f"probes is {self.probes!r}; expected a whole number, 1 or more")
