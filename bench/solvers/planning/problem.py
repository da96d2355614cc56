"""A problem of the benchmark: data, split, model, loss, batch, budget, cadence and target, written in one TOML file.

Its `id` is the SHA-256 of all that; `setup` leaves the target out, because it changes how runs are read, not runs.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from base import entry_points
from base.atomic import atomic_write
from base.files.names import EXPECTED, is_name
from base.user_code import UserCodeError, is_reference
from base.words import SHARES, readable, seen
from models.layer_spec import read
from solver.sampling import SAMPLINGS

from . import own_code, own_data
from .toml_files import Table, check_table, known_names, read_toml

FOLDER = Path(__file__).parents[1] / "problems"
MEASURES = ("val_error", "suboptimality")
CONV = "conv:"  # the name of a convolutional net begins so
_SORTED = json.JSONEncoder(sort_keys=True, separators=(",", ":"))  # made once: a folder may hold 100,000 tasks
_SCHEMA: dict[str, Table] = {
    "data": {"name": str, "val": int, "standardise": bool, **own_data.KEYS},
    "model": {
        "name": str, "hidden": list, "activation": str, "loss": str, "init": str, "reg": float, "keep_input": float,
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
_OPTIONAL: dict[str, tuple[str, ...]] = {
    "data": tuple(own_data.KEYS), "model": ("name",), "training": (),
    "target": ("value", "optimum", "reference"),
}  # fmt: skip


class Problem(NamedTuple):
    """One problem, checked; the four tables are plain dicts as in the file, with defaults filled in.

    code, places: of the user's own, see `own_code`. validated: the measure of the task on the validation rows, which
    the runs know ("accuracy", "r2", "subset_accuracy").
    """

    name: str
    title: str
    data: dict[str, Any]
    model: dict[str, Any]
    training: dict[str, Any]
    target: dict[str, Any]
    code: Mapping[str, str] = {}
    places: Mapping[str, str] = {}
    validated: str = "accuracy"

    @property
    def setup(self) -> dict[str, Any]:
        """What decides a run: everything but title, target, and where code of the user's own lies."""
        setup = {"name": self.name, "data": self.data, "model": self.model, "training": self.training}
        return {**setup, "code": dict(self.code)} if self.code else setup

    @property
    def id(self) -> str:
        """SHA-256 of the whole content as canonical JSON, so that comments and spacing do not matter."""
        return digest({**self.setup, "title": self.title, "target": self.target})

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        plain = {key: value for key, value in self._asdict().items() if key not in ("code", "places", "validated")}
        return {"id": self.id, **plain, **({"code": dict(self.code)} if self.code else {})}

    @property
    def has_target(self) -> bool:
        """Whether the value of its target has been measured: without it nothing can be chosen, and nothing read."""
        return "value" in self.target

    @property
    def measured(self) -> str:
        """What its measure is, in words."""
        return self.error_on("validation") if self.target["measure"] == "val_error" else "distance to the optimum"

    @property
    def counts_rows(self) -> bool:
        """Whether its measure is a share of the validation rows."""
        return self.target["measure"] == "val_error" and self.validated in SHARES

    def error_on(self, part: str) -> str:
        """1 minus the measure of the task, in words: the error of classes, `1 - test R2` of real targets."""
        if self.validated in SHARES:
            return f"{part} {self.validated.replace('accuracy', 'error').replace('_', ' ')}"
        return f"1 - {part} {readable(self.validated)}"


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of JSON with sorted keys and no spaces."""
    return hashlib.sha256(_SORTED.encode(content).encode()).hexdigest()


def known_problems() -> list[str]:
    """The names of the problems that come with the package."""
    return known_names(FOLDER)


def load_problem(name: str | Path) -> Problem:
    """The problem of that name, of a TOML file of one's own, or one that an installed package brings.

    ValueError names the key that does not fit.
    """
    content, folder = _content(name)
    try:
        if "code" in content:
            raise ValueError("problem has an unknown key 'code'")
        problem = from_dict(content)
        return problem._replace(**own_code.of_problem(problem.setup, folder)._asdict())
    except ValueError as error:
        raise ValueError(f"problem {name}: {error}") from None


def own_copy(name: str) -> Path:
    """NAME.toml in the working folder, made of the problem of that name that comes along without its target.

    ValueError for a problem that has one, or where a file of that name holds another problem.
    """
    if name not in known_problems() or load_problem(name).has_target:
        raise ValueError(f"{name} is no file of a problem: 'bench target' writes the target into a .toml")
    source, path = FOLDER / f"{name}.toml", Path(f"{name}.toml")
    if not path.exists():
        atomic_write(path, lambda stream: stream.write(source.read_bytes()))
    elif load_problem(path).setup != load_problem(name).setup:
        raise ValueError(f"{path} is here, and holds another problem than {name}: rename it, or name the file itself")
    return path


def _content(name: str | Path) -> tuple[dict[str, Any], Path]:
    """The content of a problem's file, and the folder that it lies in."""
    path = Path(name)
    if path.suffix == ".toml" or str(name) in known_problems():
        return read_toml("problem", name, FOLDER), path.parent
    point = entry_points.find("problems", str(name))
    if point is None:
        return read_toml("problem", name, FOLDER, entry_points.names("problems")), path.parent
    found = entry_points.load(point)
    if isinstance(found, Mapping):
        return dict(found), path.parent
    if isinstance(found, str | Path):
        return read_toml("problem", found, FOLDER), Path(found).parent
    raise UserCodeError(f"{name!r} is {point.value}, {seen(found)}; expected the path of a .toml, or its content")


def from_dict(content: Mapping[str, Any]) -> Problem:
    """A checked problem from the content of its file, or of a manifest, which knows the hashes of its code."""
    types = {"name": str, "title": str, **dict.fromkeys(_SCHEMA, dict), "code": dict}
    of_runs = ("places", "validated")  # of another run of the command
    content = {key: value for key, value in content.items() if key not in of_runs}
    top = check_table("problem", content, types, {}, ("code",))
    defaults = {**_DEFAULTS, "model": _DEFAULTS["model"] | ({"hidden": []} if "name" in top["model"] else {})}
    tables = {key: check_table(key, top[key], _SCHEMA[key], defaults[key], _OPTIONAL[key]) for key in _SCHEMA}
    data, model, training, target = tables.values()
    problem = Problem(top["name"], top["title"], data, model, training, target, top.get("code", {}))
    _check(problem)
    return problem


def _check(problem: Problem) -> None:
    training, target, model = problem.training, problem.target, problem.model
    if not is_name(problem.name):
        raise ValueError(f"problem.name is {problem.name!r}; expected {EXPECTED}: it names a folder")
    for key, value in training.items():
        if isinstance(value, int) and value < (0 if key == "train_rows" else 1):
            raise ValueError(f"training.{key} is {value}; expected a positive integer")
    if training["sampling"] not in SAMPLINGS:
        raise ValueError(f"training.sampling is {training['sampling']!r}; expected one of {', '.join(SAMPLINGS)}")
    if model["dtype"] not in ("float32", "float64"):
        raise ValueError(f"model.dtype is {model['dtype']!r}; expected 'float32' or 'float64'")
    if any(not isinstance(width, int) or width < 1 for width in model["hidden"]):
        raise ValueError(f"model.hidden is {model['hidden']!r}; expected a list of positive integers")
    if "name" in model and not (is_reference(model["name"]) or model["name"].startswith(CONV)):
        raise ValueError(
            f"model.name is {model['name']!r}; expected 'FILE.py:NAME' or 'conv:32x5,pool,512' (leave it out for an"
            " mlp)"
        )
    if "name" in model and model["name"].startswith(CONV):
        read(model["name"].removeprefix(CONV))
        if model["hidden"]:
            raise ValueError(f"model.hidden is {model['hidden']}; full layers of {model['name']!r} stand in its name")
    if target["measure"] not in MEASURES:
        raise ValueError(f"target.measure is {target['measure']!r}; expected one of {', '.join(MEASURES)}")
    if target["measure"] == "suboptimality" and "optimum" not in target:
        raise ValueError(
            "target.measure 'suboptimality' needs target.optimum; write optimum = 0.0, and 'layergraph bench target"
            " FILE.toml' puts the true one in its place"
        )
    if target["measure"] == "suboptimality" and training["train_rows"] != 0:
        raise ValueError("target.measure 'suboptimality' needs the whole training loss: write training.train_rows = 0")
    if "value" not in target and "reference" not in target:
        raise ValueError("target lacks 'value', and a reference = {solver = ..., settings = {...}} to measure it by")
    if not target.get("value", 1) > 0:
        raise ValueError(f"target.value is {target['value']}; expected a positive number")
