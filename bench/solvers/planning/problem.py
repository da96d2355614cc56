"""A problem of the benchmark: data, split, model, loss, batch, budget, cadence and target, written in one TOML file.

Its `id` is the SHA-256 of all that; `setup` leaves the target out, because it changes how runs are read, not runs.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .toml_files import Table, check_table, known_names, read_toml

FOLDER = Path(__file__).parents[1] / "problems"
MEASURES = ("val_error", "suboptimality")
_SCHEMA: dict[str, Table] = {
    "data": {"name": str, "val": int, "standardise": bool},
    "model": {
        "hidden": list, "activation": str, "loss": str, "init": str, "reg": float, "keep_input": float,
        "keep_hidden": float, "dtype": str,
    },
    "training": {
        "batch": int, "sampling": str, "epochs": int, "evaluations_per_epoch": int, "train_rows": int,
        "full_batch_passes": int,
    },
    "target": {"measure": str, "value": float, "optimum": float, "source": str, "reference": dict},
}  # fmt: skip
_DEFAULTS: dict[str, dict[str, Any]] = {
    "data": {"standardise": False},
    "model": {"activation": "relu", "loss": "softmax", "init": "he", "reg": 0.0, "keep_input": 1.0, "keep_hidden": 1.0},
    "training": {"sampling": "with_replacement", "train_rows": 1000, "full_batch_passes": 100},
    "target": {"source": ""},
}
_OPTIONAL: dict[str, tuple[str, ...]] = {"data": (), "model": (), "training": (), "target": ("optimum", "reference")}


class Problem(NamedTuple):
    """One problem, checked; the four tables are plain dicts as in the file, with defaults filled in."""

    name: str
    title: str
    data: dict[str, Any]
    model: dict[str, Any]
    training: dict[str, Any]
    target: dict[str, Any]

    @property
    def setup(self) -> dict[str, Any]:
        """What decides a run: everything but title and target."""
        return {"name": self.name, "data": self.data, "model": self.model, "training": self.training}

    @property
    def id(self) -> str:
        """SHA-256 of the whole content as canonical JSON, so that comments and spacing do not matter."""
        return digest({**self.setup, "title": self.title, "target": self.target})

    @property
    def measured(self) -> str:
        """What its measure is, in words."""
        return "validation error" if self.target["measure"] == "val_error" else "distance to the optimum"


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of JSON with sorted keys and no spaces."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def known_problems() -> list[str]:
    """The names of the problems that come with the package."""
    return known_names(FOLDER)


def load_problem(name: str | Path) -> Problem:
    """The problem of that name, or of a TOML file of one's own; ValueError names the key that does not fit."""
    content = read_toml("problem", name, FOLDER)
    try:
        return from_dict(content)
    except ValueError as error:
        raise ValueError(f"problem {name}: {error}") from None


def from_dict(content: Mapping[str, Any]) -> Problem:
    """A checked problem from the content of its file."""
    top = check_table("problem", content, {"name": str, "title": str, **dict.fromkeys(_SCHEMA, dict)}, {})
    tables = {key: check_table(key, top[key], _SCHEMA[key], _DEFAULTS[key], _OPTIONAL[key]) for key in _SCHEMA}
    problem = Problem(top["name"], top["title"], **tables)
    _check(problem)
    return problem


def _check(problem: Problem) -> None:
    training, target, model = problem.training, problem.target, problem.model
    if not re.fullmatch(r"\w[\w.-]*", problem.name):
        raise ValueError(
            f"problem.name is {problem.name!r}; expected letters, digits, '-', '_' and '.': it names a folder"
        )
    for key, value in training.items():
        if isinstance(value, int) and value < (0 if key == "train_rows" else 1):
            raise ValueError(f"training.{key} is {value}; expected a positive integer")
    if model["dtype"] not in ("float32", "float64"):
        raise ValueError(f"model.dtype is {model['dtype']!r}; expected 'float32' or 'float64'")
    if any(not isinstance(width, int) or width < 1 for width in model["hidden"]):
        raise ValueError(f"model.hidden is {model['hidden']!r}; expected a list of positive integers")
    if target["measure"] not in MEASURES:
        raise ValueError(f"target.measure is {target['measure']!r}; expected one of {', '.join(MEASURES)}")
    if target["measure"] == "suboptimality" and "optimum" not in target:
        raise ValueError(
            "target.measure 'suboptimality' needs target.optimum; write optimum = 0.0, and 'layergraph bench target"
            " FILE.toml' puts the true one in its place"
        )
    if target["measure"] == "suboptimality" and training["train_rows"] != 0:
        raise ValueError("target.measure 'suboptimality' needs the whole training loss: write training.train_rows = 0")
    if not target["value"] > 0:
        raise ValueError(f"target.value is {target['value']}; expected a positive number")
