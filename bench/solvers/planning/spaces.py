"""Search spaces: which rule a solver of the benchmark is, and from where its settings are drawn.

One TOML file per solver, the same for all problems. Trials are the points of a scrambled Halton sequence: more trials
extend the sequence and move none of its points.
"""

import math
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from .seeds import trial_seed
from .toml_table import check_table

SCALES = ("log", "linear", "one_minus_log")


class Range(NamedTuple):
    """From where one setting is drawn: log-uniform, uniform, or 1 - log-uniform (momenta) between low and high."""

    scale: str
    low: float
    high: float
    integer: bool = False

    def at(self, unit: float) -> float | int:
        """The setting at `unit` in 0..1, rounded to four digits, so that no last bit of a library decides a run."""
        if self.scale == "linear":
            value = self.low + unit * (self.high - self.low)
        else:
            value = self.low * (self.high / self.low) ** unit
        if self.integer:
            return round(value)
        value = float(f"{value:.4g}")
        return round(1 - value, 12) if self.scale == "one_minus_log" else value

    def place(self, value: float) -> float:
        """Where in 0..1 a setting lies; the inverse of `at`."""
        if self.scale == "linear":
            return (value - self.low) / (self.high - self.low)
        value = 1 - value if self.scale == "one_minus_log" else value
        return math.log(value / self.low) / math.log(self.high / self.low)


class Space(NamedTuple):
    """A solver of the benchmark: a rule of `solver.rules` or a method of SciPy, and the ranges of its settings.

    trials: the most that are worth while, where that is less than the budget; contains: solvers that are special cases.
    """

    solver: str
    rule: str | None
    method: str | None
    trials: int | None
    contains: tuple[str, ...]
    ranges: dict[str, Range]

    def draw(self, trials: int, root: int) -> list[dict[str, Any]]:
        """Settings of the first `trials` trials (or as many as this space wants)."""
        from scipy.stats import qmc

        wanted = min(trials, self.trials or trials)
        points = qmc.Halton(len(self.ranges), scramble=True, seed=trial_seed(root)).random(wanted)
        return [{n: r.at(u) for (n, r), u in zip(self.ranges.items(), point, strict=True)} for point in points]

    def as_dict(self) -> dict[str, Any]:
        """Plain values as in the file."""
        ranges = {name: one._asdict() for name, one in self.ranges.items()}
        head = {"rule": self.rule, "method": self.method, "trials": self.trials, "contains": list(self.contains)}
        return {key: value for key, value in head.items() if value} | {"space": ranges}


def known_solvers() -> list[str]:
    """The names of the search spaces that come with the package."""
    return sorted(entry.name.removesuffix(".toml") for entry in _folder().iterdir() if entry.name.endswith(".toml"))


def load_space(name: str | Path) -> Space:
    """The space of that solver, or of a TOML file of one's own (the solver is then called as the file)."""
    path = Path(name)
    if path.suffix == ".toml":
        try:
            return from_dict(path.stem, _parse(path.read_text(encoding="utf-8"), path))
        except FileNotFoundError:
            raise ValueError(f"there is no search space {path}") from None
    known = known_solvers()
    if name not in known:
        near = get_close_matches(str(name), known, n=2)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise ValueError(f"unknown solver {str(name)!r}.{hint} Known: {', '.join(known)}, or a path to a .toml.")
    return from_dict(str(name), _parse((_folder() / f"{name}.toml").read_text(encoding="utf-8"), name))


def from_dict(solver: str, content: Mapping[str, Any]) -> Space:
    """A checked space from the content of its file."""
    types = {"rule": str, "method": str, "trials": int, "contains": list, "space": dict}
    top = check_table(f"space {solver}", content, types, {}, ("rule", "method", "trials", "contains"))
    if ("rule" in top) == ("method" in top):
        raise ValueError(f"space {solver} needs either rule (of the solver) or method (of scipy.optimize.minimize)")
    ranges = {name: _range(f"{solver}.space.{name}", entry) for name, entry in top["space"].items()}
    if not ranges:
        raise ValueError(f"space {solver} has no setting to draw: add a [space.learning_rate]")
    contains = tuple(top.get("contains", ()))
    return Space(solver, top.get("rule"), top.get("method"), top.get("trials"), contains, ranges)


def _range(where: str, content: Any) -> Range:
    types = {"scale": str, "low": float, "high": float, "integer": bool}
    entry = Range(**check_table(where, content, types, {"integer": False}))
    if entry.scale not in SCALES:
        raise ValueError(f"{where}.scale is {entry.scale!r}; expected one of {', '.join(SCALES)}")
    if entry.low >= entry.high or (entry.scale != "linear" and entry.low <= 0):
        raise ValueError(f"{where} goes from {entry.low} to {entry.high}; expected 0 < low < high")
    return entry


def _parse(text: str, where: str | Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"search space {where} is not valid TOML: {error}") from None


def _folder() -> Path:
    return Path(__file__).parent.parent / "spaces"
