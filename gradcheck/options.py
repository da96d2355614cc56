"""The options of a check, validated once."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
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
    second_opinion: str | None = "complex"
    dtype_tol: float | None = None
    repair: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (
            ("mode", self.mode, MODES),
            ("kinks", self.kinks, KINKS),
            ("second_opinion", self.second_opinion, ("complex", None)),
            ("structure", self.structure, (None, "elementwise", "rows", "affine")),
        ):
            if value not in known:
                raise ValueError(f"{name} is {value!r}; expected one of {', '.join(map(repr, known))}")
        if not isinstance(self.probes, int) or self.probes < 1:
            raise ValueError(f"probes is {self.probes!r}; expected a whole number, 1 or more")


def options_from(given: Mapping[str, Any], **more: Any) -> Options:
    """The options from keywords; a TypeError names one that does not exist, and the one that may have been meant."""
    known = [f.name for f in fields(Options)]
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
            raise TypeError(f"there is no option {name!r}: {hint}")
    return Options(**{**given, **more})
