"""Finding, copying and comparing the arrays inside whatever a user passes in: tuples, dicts, objects, closures.

A cache can be anything, so the contract tests and the diagnosis both look at it through this walk.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from base.arrays import Array

from .functions import closure_of

MAX_DEPTH = 6


def is_float(value: Any) -> bool:
    """True for a real floating-point array: what is differentiated."""
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def walk(value: Any, path: str = "", depth: int = 0, seen: set[int] | None = None) -> Iterator[tuple[str, Array]]:
    """Yield (path, array) for every array reachable through containers, attributes and closures."""
    seen = set() if seen is None else seen
    if id(value) in seen or depth > MAX_DEPTH:
        return
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "fiub":
            yield path, value
        elif value.dtype.kind == "O" and value.size < 1000:
            yield from walk(list(value.ravel()), path, depth + 1, seen)
        return
    for key, child in children(value):
        yield from walk(child, f"{path}.{key}" if path else str(key), depth + 1, seen)


def children(value: Any) -> Iterator[tuple[str, Any]]:
    """(key, value) of what a container, a closure, a partial or an object holds."""
    if isinstance(value, Mapping):
        yield from ((str(k), v) for k, v in value.items())
    elif isinstance(value, (tuple, list)):
        if len(value) < 1000:
            names = getattr(value, "_fields", None) or range(len(value))
            yield from ((str(k), v) for k, v in zip(names, value, strict=False))
    elif getattr(value, "__closure__", None):
        yield from closure_of(value).items()
    elif hasattr(value, "func") and hasattr(value, "keywords"):  # functools.partial
        yield from (("func", value.func), ("args", value.args), ("keywords", value.keywords))
    elif hasattr(value, "__dict__") and not isinstance(value, type) and not _is_module(value):
        yield from list(vars(value).items())
    elif hasattr(type(value), "__slots__"):
        yield from ((s, getattr(value, s)) for s in type(value).__slots__ if isinstance(s, str) and hasattr(value, s))


def _is_module(value: Any) -> bool:
    return type(value).__name__ in ("module", "function", "builtin_function_or_method", "ufunc")


def snapshot(value: Any) -> list[tuple[str, Array, Array]]:
    """(path, array, copy of its contents now) for every reachable array, to be compared later by `changed`."""
    return [(path, array, array.copy()) for path, array in walk(value)]


def changed(shots: list[tuple[str, Array, Array]]) -> list[str]:
    """Paths of the arrays whose contents differ from the snapshot, bit for bit (NaN equals NaN)."""
    return [path for path, array, before in shots if not same(array, before)]


def same(a: Any, b: Any) -> bool:
    """Equal shape, dtype and contents, NaN equal to NaN."""
    if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray):
        return a is b or bool(np.all(a == b))
    return a.shape == b.shape and a.dtype == b.dtype and bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))


def nearly(a: Any, b: Any) -> bool:
    """Like `same`, but for the last bits, which the order of a sum decides: within 64 ulp of the largest entry."""
    if same(a, b):
        return True
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.dtype == b.dtype and a.dtype.kind == "f"):
        return False
    if a.shape != b.shape or not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return False
    largest = float(np.max(np.abs(a), initial=0.0))
    return float(np.max(np.abs(a - b), initial=0.0)) <= 64 * float(np.finfo(a.dtype).eps) * largest


def clone(value: Any) -> Any:
    """A deep copy where one can be made, the object itself where not; arrays come out writeable, in the same order."""
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return np.array(value, order="K", copy=True)
    if isinstance(value, (int, float, str, bool, complex, np.generic, type(None))):
        return value
    if type(value) in (list, tuple):
        return type(value)(clone(v) for v in value)
    if type(value) is dict:
        return {k: clone(v) for k, v in value.items()}
    try:
        return copy.deepcopy(value)
    except Exception:  # an object that refuses to be copied is handed over as it is
        return value


def freeze(value: Any) -> list[Array]:
    """Make every reachable array read-only; returns those that were writeable, for `thaw`.

    Left out are arrays over memory that is not NumPy's: they could not be made writeable again.
    """
    frozen = []
    for _, array in walk(value):
        if array.flags.writeable and _own_memory(array):
            array.flags.writeable = False
            frozen.append(array)
    return frozen


def _own_memory(array: Array) -> bool:
    base = array.base
    while isinstance(base, np.ndarray):
        base = base.base
    return base is None


def thaw(frozen: list[Array]) -> None:
    """Undo `freeze`."""
    for array in frozen:
        array.flags.writeable = True
