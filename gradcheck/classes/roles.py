"""Which of an object's arrays are its parameters, and where the gradient of each argument is to be read.

The answer comes from one run of the object: forward, then backward on random upstream gradients.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from base.arrays import Array

from ..subject.arrays import is_float, same
from ..subject.gradients import MISSING
from .forms import is_label
from .names import is_marked, matching, parameter_reading, short_names
from .returned import by_path
from .state import at, by_identity, every_path

OWN_INPUT = ("dinputs", "dinput", "dx", "grad_input", "input_grad", "dX", "input_gradient")
_WEIGHT = ("w", "b", "gamma", "beta")  # what is always trained


@dataclass
class Place:
    """Where a gradient is read: 'kept' at a path of the object, 'returned' at one, 'update' from a step of a size."""

    how: str
    path: str


@dataclass
class Roles:
    """Parameters by their names in the report, and the place of every gradient; `told` says what was guessed."""

    parameters: dict[str, Array] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def buffers(self) -> frozenset[str]:
        """The paths of the object at which gradients are kept."""
        return frozenset(p.path for p in self.places.values() if p.how == "kept")


def roles_of(
    unpacked: Sequence[str],
    before: Any,
    after: Any,
    returned: Any,
    names: Sequence[str],
    inputs: Mapping[str, Any],
    matters: Callable[[Array], bool],
    updates: bool,
    loss: bool,
) -> Roles:
    """The roles of everything, from an object before its forward and after its backward.

    unpacked: the names that forward gives to the entries of self.params; names: those in the return statement;
    `matters` tells whether the output moves with an array; updates: backward changes the weights itself, by a step
    that is its gradient; loss: labels have no gradient.
    """
    roles = Roles()
    kept, given = every_path(after), by_path(returned, list(names))
    kept = {k: v for k, v in kept.items() if not any(v is x for x in inputs.values() if isinstance(x, np.ndarray))}
    candidates = [(a, paths) for a, paths in by_identity(every_path(before)) if not _own_gradient(paths)]
    used: set[str] = set()
    found: list[tuple[Array, str, Place | None]] = []
    for array, paths in candidates:
        place, path = _place(array, paths, kept, given, updates)
        if (place is not None or _is_weight(paths)) and matters(array):
            found.append((array, path, place))
            used |= {place.path} if place else set()
    short = short_names([path for _, path, _ in found])
    short |= {f"params.{k}": name for k, name in enumerate(unpacked)}
    anything = any(place is not None for _, _, place in found)
    for array, path, place in found:
        name = _free(short[path], inputs)
        place = place or _by_shape(array, kept, given, used, [a for a, _, p in found if p is None])
        if place is None and not anything:
            roles.told.append(f"no gradient of {name} is kept or returned: it is taken as a constant")
            continue
        roles.parameters[name], roles.paths[name] = array, path
        if place is not None:
            roles.places[name] = place
            used.add(place.path)
    _inputs(roles, inputs, returned, given, kept, used, loss)
    return roles


def _own_gradient(paths: Sequence[str]) -> bool:
    return all(is_marked(p) and p.split(".")[-1] not in ("gamma", "beta") for p in paths)


def _is_weight(paths: Sequence[str]) -> bool:
    last = [p for path in paths for p in parameter_reading(path)]
    held = any(part.lower() in ("params", "parameters", "param") for path in paths for part in path.split("."))
    return held or any(p.rstrip("0123456789") in _WEIGHT for p in last)


def _place(
    array: Array, paths: Sequence[str], kept: Mapping[str, Any], given: Mapping[str, Any], updates: bool
) -> tuple[Place | None, str]:
    """Where its gradient is, and the path that named it."""
    tagged = sorted(paths, key=lambda p: (p.split(".")[-1].isdigit(), p.count("."), len(p)))
    for source, how in ((given, "returned"), (kept, "kept")):
        for path in tagged:
            for other in matching(path, source):
                value = source[other]
                if value is array or other in paths:
                    continue
                if (
                    how == "kept"
                    or np.shape(value) == array.shape
                    or not all(p.isdigit() for p in parameter_reading(path))
                ):
                    return Place(how, other), tagged[0]
    if updates and any(p in kept and not same(np.asarray(kept[p]), array) for p in paths):
        return Place("update", tagged[0]), tagged[0]
    return None, tagged[0]


def _by_shape(
    array: Array, kept: Mapping[str, Any], given: Mapping[str, Any], used: set[str], others: Sequence[Array]
) -> Place | None:
    """An array that is called a gradient, or was returned, and alone has the shape of the only such parameter."""
    if sum(o.shape == array.shape for o in others) != 1:
        return None
    for source, how in ((given, "returned"), (kept, "kept")):
        fits = [
            p
            for p, v in source.items()
            if p not in used and isinstance(v, np.ndarray) and v.shape == array.shape and v is not array
            if how == "returned" or is_marked(p)
        ]
        if len(fits) == 1:
            return Place(how, fits[0])
    return None


def _free(name: str, inputs: Mapping[str, Any]) -> str:
    return name if name not in inputs else f"self.{name}"


def _inputs(
    roles: Roles,
    inputs: Mapping[str, Any],
    returned: Any,
    given: Mapping[str, Any],
    kept: Mapping[str, Any],
    used: set[str],
    loss: bool,
) -> None:
    """The gradients of the inputs: by name, else what else is returned in its order, else an attribute."""
    floats = [n for n, v in inputs.items() if is_float(v) and v.size]
    if loss:
        floats = [n for n in floats if not is_label(n)]
    rest = [p for p in given if p not in used and (given[p] is None or np.shape(given[p]) != () or len(floats) == 1)]
    for name in floats:
        by_name = [p for p in matching(name, rest) if np.shape(given[p]) == inputs[name].shape]
        if by_name:
            roles.places[name] = Place("returned", by_name[0])
            rest.remove(by_name[0])
    open_ = [n for n in floats if n not in roles.places]
    arrays = [p for p in rest if isinstance(given[p], np.ndarray)]
    for name, path in zip(open_, arrays, strict=False):
        roles.places[name] = Place("returned", path)
    for name in [n for n in open_ if n not in roles.places]:
        attribute = [p for p in matching(name, kept) if np.shape(kept[p]) == inputs[name].shape and "." not in p]
        attribute = attribute or [p for p in OWN_INPUT if p in kept and np.shape(kept[p]) == inputs[name].shape]
        if attribute:
            roles.places[name] = Place("kept", attribute[0])
    silent = returned is None and not any(p.how == "returned" for p in roles.places.values())
    if floats and floats[0] not in roles.places and silent:
        roles.told.append(f"backward returns nothing for {floats[0]}: that gradient is not checked")


def read(roles: Roles, name: str, thing: Any, given: Mapping[str, Any], before: Any, rate: float) -> Any:
    """The gradient of an argument after a backward, MISSING where there is none."""
    place = roles.places.get(name)
    if place is None:
        return MISSING
    if place.how == "returned":
        return given.get(place.path, MISSING)
    try:
        value = at(thing, place.path)
    except KeyError:
        return MISSING
    return value if place.how == "kept" else (np.asarray(before) - np.asarray(value)) / rate
