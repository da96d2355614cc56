"""Search spaces: which rule a solver of the benchmark is, and from where its settings are drawn.

One TOML file per solver, the same for all problems. Trials are the points of a scrambled Halton sequence: more trials
extend the sequence and move none of its points.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from base import entry_points
from base.files.names import EXPECTED, is_name
from base.user_code import is_reference, split
from base.words import did_you_mean
from solver import rules
from solver.minimize import METHODS

from . import own_code
from .scheduled import check_scheduled
from .seeds import trial_generator
from .toml_files import check_table, known_names, read_toml

FOLDER = Path(__file__).parents[1] / "spaces"
LEARNING_RATE = {"scale": "log", "low": 1e-4, "high": 1.0}  # of a rule that brings no space
SCALES = ("log", "linear", "one_minus_log", "choice")
Choice = str | bool | float


class Range(NamedTuple):
    """From where one setting is drawn: log-uniform, uniform, or 1 - log-uniform (momenta) between low and high.

    Or one of choices, each as likely as the others; low and high then number them, 0 to their number.
    """

    scale: str
    low: float
    high: float
    integer: bool = False
    choices: tuple[Choice, ...] = ()

    def at(self, unit: float) -> Choice:
        """The setting at `unit` in 0..1, rounded to four digits, so that no last bit of a library decides a run."""
        if self.choices:
            return self.choices[min(int(unit * len(self.choices)), len(self.choices) - 1)]
        if self.scale == "linear":
            value = self.low + unit * (self.high - self.low)
        else:
            value = self.low * (self.high / self.low) ** unit
        if self.integer:
            return round(value)
        value = float(f"{value:.4g}")
        return round(1 - value, 12) if self.scale == "one_minus_log" else value

    def as_dict(self) -> dict[str, Any]:
        """Plain values as in the file."""
        if self.choices:
            return {"scale": self.scale, "choices": list(self.choices)}
        return {"scale": self.scale, "low": self.low, "high": self.high, "integer": self.integer}

    def place(self, value: Any) -> float:
        """Where in 0..1 a setting lies; the inverse of `at` (of a choice the middle of its share)."""
        if self.choices:
            return (self.choices.index(value) + 0.5) / len(self.choices)
        number = float(value)
        if self.scale == "linear":
            return (number - self.low) / (self.high - self.low)
        number = 1 - number if self.scale == "one_minus_log" else number
        return math.log(number / self.low) / math.log(self.high / self.low)


class Space(NamedTuple):
    """A solver of the benchmark: a rule of `solver.rules` or a method of SciPy, and the ranges of its settings.

    trials: the most that are worth while, where that is less than the budget; contains: its special cases, see
    `special_cases`. code: SHA-256 of the source of a rule of the user's own, see `own_code`, with places.
    fixed: the settings of a solver that is not tuned; it has no ranges.
    """

    solver: str
    rule: str | None
    method: str | None
    trials: int | None
    contains: tuple[str, ...]
    ranges: dict[str, Range]
    code: str | None = None
    places: Mapping[str, str] = {}
    fixed: Mapping[str, Any] | None = None

    def draw(self, trials: int, root: int) -> list[dict[str, Any]]:
        """Settings of the first `trials` trials (or as many as this space wants)."""
        if self.fixed is not None:
            return [dict(self.fixed)]
        from scipy.stats import qmc

        wanted = min(trials, self.trials or trials)
        points = qmc.Halton(len(self.ranges), scramble=True, seed=trial_generator(root)).random(wanted)
        return [{n: r.at(u) for (n, r), u in zip(self.ranges.items(), point, strict=True)} for point in points]

    def as_dict(self) -> dict[str, Any]:
        """Plain values as in the file."""
        ranges = {name: one.as_dict() for name, one in self.ranges.items()}
        head = {"rule": self.rule, "method": self.method, "trials": self.trials, "contains": list(self.contains)}
        head["code"] = self.code
        return {key: value for key, value in head.items() if value} | {"space": ranges}


def special_cases(space: Space, others: Mapping[str, Space]) -> set[str]:
    """The solvers that are special cases of this one, and those of them in turn, as far as `others` know them."""
    found: set[str] = set()
    new = set(space.contains)
    while new:
        found |= new
        new = {special for name in new if name in others for special in others[name].contains} - found
    return found - {space.solver}


def current(spaces: Sequence[Space]) -> dict[str, Space]:
    """All spaces that are known, by solver: what a rule contains is no matter of a folder, so ours say it for ours."""
    ours = {name: load_space(name) for name in known_solvers()}
    own = {one.solver: one for one in spaces if one.rule != getattr(ours.get(one.solver), "rule", None)}
    return ours | own


def known_solvers() -> list[str]:
    """The names of the search spaces that come with the package."""
    return known_names(FOLDER)


def load_space(name: str | Path) -> Space:
    """The space of that solver, of a TOML file of one's own (the solver is then called as the file), or of a rule.

    A rule of the user's own, `file.py:name`, or of an installed package has the space of its learning rate alone.
    """
    path = Path(name)
    from_file = path.suffix == ".toml" or str(name) in known_solvers()
    others = [] if from_file else sorted({*entry_points.names("rules"), *rules.known()})
    if is_reference(name) or str(name) in others:
        space = from_dict(_solver_name(str(name)), {"rule": str(name), "space": {"learning_rate": LEARNING_RATE}})
    else:
        solver = path.stem if path.suffix == ".toml" else str(name)
        space = from_dict(solver, read_toml("solver", name, FOLDER, others))
    if space.method is not None and space.method not in METHODS:
        hint = did_you_mean(space.method, METHODS)
        raise ValueError(f"space {space.solver}: unknown method {space.method!r}.{hint} Known: {', '.join(METHODS)}.")
    if space.rule is None:
        return space
    try:
        rule, code, places = own_code.of_rule(space.rule, path.parent if path.suffix == ".toml" else Path())
    except (ValueError, TypeError) as error:
        raise ValueError(f"space {space.solver}: {error}") from None
    return space._replace(rule=rule, code=code, places=places)


def is_bare(space: Space) -> bool:
    """Whether it is the space that a rule gets which brings none."""
    bare = {"learning_rate": LEARNING_RATE | {"integer": False}}
    return space.rule is not None and space.as_dict()["space"] == bare and space.solver == _solver_name(space.rule)


def _solver_name(rule: str) -> str:
    """How a rule without a space is called as a solver: by its name, or, where one of ours has that, by both."""
    if not is_reference(rule):
        return rule
    where, name = split(rule)
    return f"{Path(where).stem}-{name}" if name in known_solvers() else name


def from_dict(solver: str, content: Mapping[str, Any]) -> Space:
    """A checked space from the content of its file, or of a manifest, which knows the hash of its rule."""
    types = {"rule": str, "method": str, "trials": int, "contains": list, "space": dict, "code": str}
    if not is_name(solver):
        raise ValueError(f"the solver's name is {solver!r}; expected {EXPECTED}: it names a folder")
    top = check_table(f"space {solver}", content, types, {}, ("rule", "method", "trials", "contains", "code"))
    if ("rule" in top) == ("method" in top):
        raise ValueError(f"space {solver} needs either rule (of the solver) or method (of scipy.optimize.minimize)")
    ranges = {name: _range(f"{solver}.space.{name}", entry) for name, entry in top["space"].items()}
    if not ranges:
        raise ValueError(f"space {solver} has no setting to draw: add a [space.learning_rate]")
    check_scheduled(solver, ranges)
    if top.get("trials", 1) < 1:
        raise ValueError(f"space {solver}: trials is {top['trials']}; expected at least 1")
    contains = tuple(top.get("contains", ()))
    return Space(solver, top.get("rule"), top.get("method"), top.get("trials"), contains, ranges, top.get("code"))


def _range(where: str, content: Any) -> Range:
    if isinstance(content, Mapping) and content.get("scale") == "choice":
        choices = check_table(where, content, {"scale": str, "choices": list}, {})["choices"]
        if len(choices) < 2 or len(set(map(repr, choices))) < len(choices):
            raise ValueError(f"{where}.choices is {choices!r}; expected two or more, each once")
        if not all(isinstance(one, str | bool | int | float) for one in choices):
            raise ValueError(f"{where}.choices is {choices!r}; expected names, numbers, true or false")
        return Range("choice", 0.0, float(len(choices)), choices=tuple(choices))
    types = {"scale": str, "low": float, "high": float, "integer": bool}
    entry = Range(**check_table(where, content, types, {"integer": False}))
    if entry.scale not in SCALES:
        raise ValueError(f"{where}.scale is {entry.scale!r}; expected one of {', '.join(SCALES)}")
    least = -math.inf if entry.scale == "linear" else 0.0
    if not least < entry.low < entry.high < math.inf:
        expected = "low < high" if entry.scale == "linear" else "0 < low < high"
        raise ValueError(f"{where} goes from {entry.low} to {entry.high}; expected {expected}, both finite")
    return entry
