"""An object's arrays by their paths, and copies of the object that hold other arrays in their places."""

import copy
import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from types import FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from base.arrays import Array

from ..subject.arrays import MAX_DEPTH, children
from .names import is_marked

ATOMS = (int, float, str, bytes, type(None), np.ndarray, np.generic)
_LOCKS = (type(threading.Lock()), type(threading.RLock()))
_OPAQUE = (str, bytes, type, FunctionType, MethodType, ModuleType)
_FIXED = (ModuleType, GeneratorType, io.IOBase, *_LOCKS)


def every_path(thing: Any) -> dict[str, Any]:
    """path -> value of all arrays in an object, by every way to them; None and numbers that are called gradients."""
    return dict(_paths(thing, "", 0, ()))


def _paths(value: Any, path: str, depth: int, above: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        if value.dtype.kind in "fiubc":
            yield path, value
    elif isinstance(value, (int, float, np.generic, type(None))):
        if is_marked(path) and not isinstance(value, (bool, int)):
            yield path, value
    elif not isinstance(value, _OPAQUE) and depth <= MAX_DEPTH and id(value) not in above:
        inside = enumerate(value.ravel()) if isinstance(value, np.ndarray) else children(value)
        for key, child in inside:
            yield from _paths(child, f"{path}.{key}" if path else str(key), depth + 1, (*above, id(value)))


def at(thing: Any, path: str) -> Any:
    """What stands at a path; KeyError where nothing does."""
    value = thing
    for part in path.split("."):
        if isinstance(value, Mapping):
            found = [k for k in value if str(k) == part]
            if not found:
                raise KeyError(path)
            value = value[found[0]]
        elif isinstance(value, (tuple, list, np.ndarray)):
            if not part.isdigit() or int(part) >= len(value):
                raise KeyError(path)
            value = value[int(part)]
        elif hasattr(value, part):
            value = getattr(value, part)
        else:
            raise KeyError(path)
    return value


def by_identity(paths: Mapping[str, Any]) -> list[tuple[Array, list[str]]]:
    """Each float array once, with every path to it, the shortest first."""
    found: dict[int, tuple[Array, list[str]]] = {}
    for path, value in paths.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size:
            found.setdefault(id(value), (value, []))[1].append(path)
    return [(a, sorted(p, key=lambda s: (s.count("."), len(s)))) for a, p in found.values()]


class Copier:
    """Makes copies of one object; what cannot be copied (a module, an open file) is shared."""

    def __init__(self, thing: Any):
        self.thing = thing
        self._fixed: list[Any] = []
        _collect_fixed(thing, self._fixed, set())

    def copy(self, thing: Any, replaced: Sequence[tuple[Array, Any]] = ()) -> Any:
        """A deep copy of the object, or of a copy of it, in which each given array is another one, wherever it stands.

        An array that is reached by several ways (net.params['W1'] and a layer's W) is replaced in all of them, since
        `copy.deepcopy` looks every object up in its memo first.
        """
        memo: dict[int, Any] = {id(v): v for v in self._fixed}
        memo.update({id(old): new for old, new in replaced})
        return copy.deepcopy(thing, memo)


def _collect_fixed(value: Any, fixed: list[Any], seen: set[int]) -> None:
    if id(value) in seen or isinstance(value, (type, np.ndarray)):
        return
    seen.add(id(value))
    if isinstance(value, _FIXED):
        fixed.append(value)
        return
    for _, child in children(value):
        _collect_fixed(child, fixed, seen)


class Answer(NamedTuple):
    """What a backward returned, the object after it, and the parameters before it."""

    returned: Any
    thing: Any
    douts: list[Array]


class Kept(dict[str, Any]):
    """What an object keeps after its forward, as path -> array: the cache of a pair of functions.

    `thing` is the object, `returned` what the forward gave beside its outputs. Buffers for gradients are left out:
    they are meant to be written.
    """

    def __init__(self, thing: Any, returned: Any, outs: Sequence[Any], buffers: frozenset[str]):
        self.thing, self.returned, self.outs = thing, returned, list(outs)
        super().__init__()
        seen: set[int] = set()
        for path, value in every_path(thing).items():
            if isinstance(value, np.ndarray) and path not in buffers and not is_marked(path) and id(value) not in seen:
                seen.add(id(value))
                self[f"self.{path}"] = value
        for name, value in getattr(thing, "__dict__", {}).items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                self[name] = value
        if returned is not None:
            self["cache"] = returned

    def __deepcopy__(self, memo: dict[int, Any]) -> "Kept":
        """A copy; arrays that the object and its cache share stay shared in it."""
        new = Kept.__new__(Kept)
        for name in ("thing", "returned", "outs"):
            setattr(new, name, copy.deepcopy(getattr(self, name), memo))
        new.update({k: copy.deepcopy(v, memo) for k, v in self.items()})
        return new


def parts(thing: Any, depth: int = 0) -> list[Any]:
    """The objects of users' classes of which an object is made."""
    own = [child for _, child in children(thing) if depth < 3] if not isinstance(thing, np.ndarray) else []
    found = [thing] if hasattr(thing, "__dict__") and not isinstance(thing, type) else []
    return found + [p for child in own if not isinstance(child, ATOMS) for p in parts(child, depth + 1)]


def words(thing: Any) -> list[str]:
    """What an object keeps, as expressions of its methods: self.x, self.params['W'], self.reg; gradients left out."""
    found = []
    for name, value in getattr(thing, "__dict__", {}).items():
        if isinstance(value, Mapping):
            found += [
                f"self.{name}[{k!r}]" for k, v in value.items() if isinstance(v, np.ndarray) and isinstance(k, str)
            ]
        elif isinstance(value, (np.ndarray, float)) and not is_marked(name):
            found.append(f"self.{name}")
    return found[:12]
