"""What a folder of results is about: problems, search spaces, numbers of trials, seeds and studies, the root seed.

It lies in the folder as manifest.json. A later run may add problems, solvers, trials, seeds, studies, but change none.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from base.atomic import atomic_write
from base.files import json_text
from base.files.lock import waited_lock
from base.printable import brief

from . import problem as problems, spaces, untuned
from .problem import Problem
from .seeds import study_root
from .spaces import Space

NAME = "manifest.json"
COUNTS = ("trials", "seeds", "tuning_seeds", "studies")
KEYS = {"format", "engine", "prune", "root", *COUNTS, "problems", "solvers", "untuned"}


class Manifest(NamedTuple):
    """The plan of a sweep. tuning_seeds: runs per trial. engine: "compiled", or None where NumPy takes the steps.

    studies: how often everything is tuned anew, with trials and seeds of its own. untuned: problem -> the reference of
    its target, run beside the others as it is. prune: whether tuning trials are pruned by successive halving.
    """

    problems: tuple[Problem, ...]
    spaces: tuple[Space, ...]
    trials: int
    seeds: int
    tuning_seeds: int
    root: int
    engine: str | None = None
    studies: int = 1
    untuned: Mapping[str, Space] = {}
    prune: bool = False

    def split(self) -> "list[Manifest]":
        """The plan of every study by itself: a sweep that tunes once, with a root seed of its own."""
        return [self._replace(root=study_root(self.root, study), studies=1) for study in range(self.studies)]

    @property
    def places(self) -> dict[str, str]:
        """SHA-256 of code of the user's own -> where it lies, as far as this run of the command has named it."""
        spaces = [*self.spaces, *self.untuned.values()]
        named = [*(one.places for one in self.problems), *(one.places for one in spaces)]
        return {sha: place for places in named for sha, place in places.items()}

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "format": "layergraph-bench-manifest 1",
            **({} if self.engine is None else {"engine": self.engine}),
            "root": self.root, "trials": self.trials, "seeds": self.seeds, "tuning_seeds": self.tuning_seeds,
            **({"prune": True} if self.prune else {}),
            **({} if self.studies == 1 else {"studies": self.studies}),  # older versions know of one alone
            "problems": {one.name: one.as_dict() for one in self.problems},
            "solvers": {one.solver: one.as_dict() for one in self.spaces},
            **({"untuned": {name: untuned.as_dict(one) for name, one in self.untuned.items()}} if self.untuned else {}),
        }  # fmt: skip


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder of results."""
    try:
        return _from_dict(json_text.unsealed((folder / NAME).read_bytes()))
    except FileNotFoundError:
        raise ValueError(
            f"{folder} holds no results: there is no {NAME}. 'layergraph bench run --out {folder}' makes it."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"it lacks {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
        raise ValueError(
            f"{folder / NAME} is damaged: {brief(what)}. Remove it and give the command of the sweep again:"
            " what is finished is not run again."
        ) from None


def _from_dict(content: dict[str, Any]) -> Manifest:
    if strangers := set(content) - KEYS:
        raise ValueError(f"it has unknown keys {sorted(strangers)}")
    found = tuple(
        problems.from_dict({key: value for key, value in one.items() if key != "id"})
        for one in content["problems"].values()
    )
    if unknown := [one.name for one in found if not one.has_target]:
        raise ValueError(f"its problem {unknown[0]} lacks the value of its target")
    solvers = tuple(spaces.from_dict(name, one) for name, one in content["solvers"].items())
    trials, seeds, tuning_seeds, studies = (_count(content, key) for key in COUNTS)
    fixed = {name: untuned.from_dict(one) for name, one in content.get("untuned", {}).items()}
    prune = content.get("prune", False)
    if not isinstance(prune, bool):
        raise ValueError(f"its prune is {prune!r}; expected true or false")
    counts = (trials, seeds, tuning_seeds)
    return Manifest(found, solvers, *counts, content["root"], content.get("engine"), studies, fixed, prune)


def _count(content: dict[str, Any], key: str) -> int:
    value = content.get(key, 1) if key == "studies" else content[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"its {key} is {value!r}; expected a whole number, at least 1")
    return value


def joined(folder: Path, manifest: Manifest) -> Manifest:
    """The manifest together with the one that is there, if any; ValueError where the two cannot share a folder."""
    return join(read_manifest(folder), manifest, folder) if (folder / NAME).exists() else manifest


def write_manifest(folder: Path, manifest: Manifest) -> Manifest:
    """Write the manifest, joined with the one that is there."""
    with waited_lock(folder, f".{NAME}.in-use"):  # others may add to it at the same time
        manifest = joined(folder, manifest)
        text = json_text.sealed(manifest.as_dict())
        atomic_write(folder / NAME, lambda stream: stream.write(text.encode()))
    return manifest


def join(old: Manifest, new: Manifest, folder: Path) -> Manifest:
    """The two as one; ValueError, which names the folder of the old one, where they do not fit."""
    for key in ("root", "tuning_seeds", "engine"):
        if getattr(old, key) != getattr(new, key):
            raise ValueError(
                f"{folder} holds a sweep with {key} {getattr(old, key)}; this one has {getattr(new, key)}."
                " Use another --out."
            )
    if old.prune != new.prune:
        there, here = (("pruned (--prune)" if one.prune else "not pruned") for one in (old, new))
        raise ValueError(
            f"{folder} holds a sweep whose trials are {there}; those of this one are {here}. Use another --out."
        )
    setups = {one.name: _without_code(one.setup) for one in old.problems}
    for one in new.problems:
        if setups.get(one.name, _without_code(one.setup)) != _without_code(one.setup):
            raise ValueError(f"{folder} holds {one.name} with another set-up than this one. Use another --out.")
    ranges = {one.solver: _deciding(one) for one in old.spaces}
    for space in new.spaces:
        if ranges.get(space.solver, _deciding(space)) != _deciding(space):
            raise ValueError(f"{folder} holds {space.solver} with another search space. Use another --out.")
    return Manifest(
        _union(old.problems, new.problems, "name"),
        _union(old.spaces, new.spaces, "solver"),
        max(old.trials, new.trials),
        max(old.seeds, new.seeds),
        new.tuning_seeds,
        new.root,
        new.engine,
        max(old.studies, new.studies),
        {**old.untuned, **new.untuned},
        new.prune,
    )


def _without_code(content: dict[str, Any]) -> dict[str, Any]:
    """All but the hashes of the user's code: where these change, the runs of that code are made again."""
    return {key: value for key, value in content.items() if key != "code"}


def _deciding(space: Space) -> dict[str, Any]:
    """What of a search space decides its runs: which solvers are its special cases does not."""
    return {key: value for key, value in _without_code(space.as_dict()).items() if key != "contains"}


def changed_code(folder: Path, manifest: Manifest) -> list[str]:
    """What of the user's code has changed since the results in the folder were planned, by the names in use now."""
    if not (folder / NAME).exists():
        return []
    old = _code(read_manifest(folder))
    return sorted({key[1] for key, sha in _code(manifest).items() if key in old and old[key] != sha})


def _code(manifest: Manifest) -> dict[tuple[str, str], str | None]:
    """(solver or problem, label) -> hash."""
    rules = {(f"solver {one.solver}", str(one.rule)): one.code for one in manifest.spaces}
    return rules | {(f"problem {one.name}", label): sha for one in manifest.problems for label, sha in one.code.items()}


def _union(old: Sequence[Any], new: Sequence[Any], key: str) -> tuple[Any, ...]:
    """Old and new entries in order; where both have one of a name, the new one counts (a target may have changed)."""
    return tuple({getattr(one, key): one for one in [*old, *new]}.values())
