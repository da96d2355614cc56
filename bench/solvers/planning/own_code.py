"""Code of the user's own in a problem or a search space: named `file.py:name`, known by the hash of its source.

The hash goes into the task, so that changed code is never answered with old results. Where a file lies does not:
`places` (hash -> file) goes to the processes that run tasks; a folder of results can be moved, and shared by machines.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import mnist
from base import entry_points
from base.own_packages import OWN
from base.user_code import UserCodeError, is_reference, source, source_of, split, within
from layers import registry as layers
from mnist.containers import mnists_form
from models.node import as_loss
from solver import rules

from . import own_data

ARRAYS = "arrays"  # the key of the hash of the data that a function of the user's own gave
NAMED = (("data", "name"), ("model", "name"), ("model", "activation"), ("model", "loss"), ("model", "init"))
_LOOKED_UP = {"activation": lambda name: layers.get(name, "activation"), "loss": as_loss}
Tables = dict[str, dict[str, Any]]


class Code(NamedTuple):
    """code: label -> SHA-256 of the source; places: SHA-256 -> where it lies, for this run of the command."""

    code: dict[str, str]
    places: dict[str, str]


def of_problem(tables: Tables, folder: Path) -> Code:
    """The code that the tables of a problem in `folder` name; the names become labels, without folders."""
    found = Code({}, {})
    _add_data(found, tables["data"], folder)
    for table, key in NAMED:
        name = str(tables[table].get(key))
        if is_reference(name):
            tables[table][key] = _add(found, name, folder)
        elif key in _LOOKED_UP and (sha := _of_layer(key, name)):
            found.code[name] = sha
    return found


def _add_data(found: Code, table: dict[str, Any], folder: Path) -> None:
    """A file of the user's own data: beside the problem, or as it is; known by its bytes."""
    path = next((one for one in (folder / table["name"], Path(table["name"])) if one.is_file()), None)
    if path is None or is_reference(table["name"]) or mnists_form(path):
        return
    sha = _file_sha256(path)
    table["name"] = path.name
    found.code[path.name], found.places[sha] = sha, str(path.resolve())


def _file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _add(found: Code, name: str, folder: Path) -> str:
    one = source(within(name, folder))
    if found.code.setdefault(one.label, one.sha256) != one.sha256:
        raise UserCodeError(f"two different files are called {one.label.partition(':')[0]}: rename one of them")
    found.places[one.sha256] = one.place
    return one.label


def _of_layer(key: str, name: str) -> str | None:
    """The hash of a layer or loss that a package or a script has brought; None for ours, and for unknown ones."""
    try:
        return source_of(_LOOKED_UP[key](name).forward)
    except ValueError:  # who builds the model will say it
        return None


def of_rule(name: str, folder: Path) -> tuple[str, str | None, dict[str, str]]:
    """(label, hash, places) of a rule; ours have no hash. ValueError where there is no such rule."""
    if not is_reference(name):
        return name, source_of(rules.get(name).function), {}
    reference = within(name, folder)
    rules.get(reference)
    one = source(reference)
    return one.label, one.sha256, {one.sha256: one.place}


def is_ours(rule: str) -> bool:
    """Whether any process finds the rule by its name: it is one of ours, or an installed package brings it."""
    module = rules.get(rule).function.__module__.partition(".")[0]
    return module in OWN or rule in entry_points.names("rules")


def located(setup: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, Any]:
    """A problem's set-up with every label replaced by where that code lies; see `place`."""
    tables = {key: dict(value) if isinstance(value, Mapping) else value for key, value in setup.items()}
    for table, key in NAMED:
        label = str(tables[table].get(key))
        sha = setup.get("code", {}).get(label)
        if sha is None:
            continue
        if is_reference(label):
            tables[table][key] = place(label, sha, places)
        elif table == "data":
            tables[table][key] = where = places.get(sha, label)
            if not Path(where).is_file() or _file_sha256(Path(where)) != sha:
                raise _changed(label)
        elif _of_layer(key, label) != sha:
            raise _changed(label)
    return tables


def located_rule(label: str, sha: str, places: Mapping[str, str]) -> str:
    """Where a rule of the user's own lies."""
    if is_reference(label):
        return place(label, sha, places)
    if source_of(rules.get(label).function) != sha:
        raise _changed(label)
    return label


def place(label: str, sha: str, places: Mapping[str, str]) -> str:
    """Where the code of that hash lies; UserCodeError where it is not there, or no longer that code."""
    where, name = split(label)
    reference = f"{places.get(sha, where)}:{name}"
    try:
        now = source(reference).sha256
    except UserCodeError as error:
        raise UserCodeError(f"{label} is not here: {error}") from None
    if now != sha:
        raise _changed(label)
    return reference


def _changed(label: str) -> UserCodeError:
    return UserCodeError(f"{label} has changed since this sweep was planned: give the command again")


def changed_since(code: Iterable[tuple[str, str]]) -> list[str]:
    """The labels whose file is in the working folder with another source than that hash."""
    found = []
    for label, sha in code:
        try:
            now = source(label).sha256 if is_reference(label) else _file_sha256(Path(label))
            if now != sha:
                found.append(label)
        except (UserCodeError, OSError):  # it is not here: nothing is known
            continue
    return sorted(set(found))


def with_arrays(code: Mapping[str, str], setup: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, str]:
    """The hashes of a problem's code with that of its data, where these are a function's or a file's of the user."""
    name = setup["data"]["name"]
    if name not in code and not own_data.is_own(name):
        return dict(code)
    wanted = located(setup, places)["data"]
    return {**code, ARRAYS: arrays_sha256(own_data.load(wanted, setup["model"]["dtype"]))}


def check_arrays(name: str, data: Mapping[str, Any], expected: str | None) -> None:
    """DataError where the data of that function are not those of the hash."""
    if expected is not None and arrays_sha256(data) != expected:
        raise mnist.DataError(
            f"{name} gives other data than when the sweep was planned: draw them with a fixed seed, or, where a file"
            " has changed, give the command again"
        )


def arrays_sha256(data: Mapping[str, Any]) -> str:
    """SHA-256 of the arrays of a data set: names, shapes and values, those that are no integers in float32."""
    total = hashlib.sha256()
    for name in sorted(data):
        array = np.ascontiguousarray(data[name], np.float32 if data[name].dtype.kind == "f" else None)
        total.update(f"{name} {array.dtype} {array.shape}\0".encode())
        total.update(array.data)
    return total.hexdigest()
