"""Holds the random streams that a function under test can reach, so that a second call draws what the first drew.

Covers NumPy's and Python's global streams, and generators held in closures, defaults, partials, attributes and the
globals that a function names. Everything is put back when the check ends.
"""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .functions import closure_of

Holder = tuple[Callable[[], Any], Callable[[Any], Any]]


class Streams:
    """A set of random streams with `mark()` (remember the state), `rewind()` (go back to it) and `moved()`."""

    def __init__(self, *roots: Any):
        shared = _global_streams()
        self._holders, self._shared = [*shared, *_generators(roots)], len(shared)
        self._start = self._states()
        self.marked = self._start
        self.live = True  # False once the function is known not to draw: rewinding takes longer than many a layer

    def hold(self, read: Callable[[], Any], write: Callable[[Any], Any]) -> None:
        """One more stream, by functions that read and write its state: the global one of a framework."""
        self._holders.append((read, write))
        self._start = self.marked = self._states()

    def _states(self) -> list[Any]:
        return [read() for read, _ in self._holders]

    def mark(self) -> None:
        """Remember the present state."""
        self.marked = self._states()

    def rewind(self) -> None:
        """Go back to the state that was marked."""
        if self.live:
            self._write(self.marked)

    def restore(self) -> None:
        """Go back to the state in which the streams were found."""
        self._write(self._start)

    def moved(self) -> bool:
        """Whether anything was drawn since the mark."""
        return any(not _equal(now, then) for now, then in zip(self._states(), self.marked, strict=True))

    def moved_global(self) -> bool:
        """Whether a global stream was drawn from since the mark."""
        pairs = list(zip(self._holders, self.marked, strict=True))[: self._shared]
        return any(not _equal(read(), then) for (read, _), then in pairs)

    def _write(self, states: list[Any]) -> None:
        for (_, write), state in zip(self._holders, states, strict=True):
            write(state)


def _global_streams() -> list[Holder]:
    # The legacy stream is what course code draws from, so it is what has to be held; nothing is drawn from it here.
    legacy: Any = np.random
    return [(legacy.get_state, legacy.set_state), (random.getstate, random.setstate)]


def _generators(roots: tuple[Any, ...]) -> list[Holder]:
    found: dict[int, Any] = {}
    for root in roots:
        _search(root, found, set(), 0)
    return [(partial(_read, g), partial(_set, g)) for g in found.values()]


def _read(generator: Any) -> Any:
    return generator.get_state() if hasattr(generator, "get_state") else generator.bit_generator.state


def _set(generator: Any, state: Any) -> None:
    if hasattr(generator, "set_state"):
        generator.set_state(state)
    else:
        generator.bit_generator.state = state


def _search(value: Any, found: dict[int, Any], seen: set[int], depth: int) -> None:
    if id(value) in seen or depth > 5:
        return
    seen.add(id(value))
    if isinstance(value, (np.random.Generator, np.random.RandomState)):
        found[id(value)] = value
        return
    for child in _reachable(value):
        _search(child, found, seen, depth + 1)


def _reachable(value: Any) -> list[Any]:
    if isinstance(value, (np.ndarray, int, float, str, bytes, type(None))):
        return []
    if isinstance(value, (tuple, list, set)):
        return list(value)[:100]
    if isinstance(value, dict):
        return list(value.values())[:100]
    if hasattr(value, "__func__"):
        return [value.__func__, value.__self__]
    code = getattr(value, "__code__", None)
    if code is not None:
        named = [value.__globals__[n] for n in code.co_names if n in value.__globals__]
        inner = [n for n in named if _interesting(n)]
        defaults = (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values())
        return [*closure_of(value).values(), *inner, *defaults]
    if hasattr(value, "func") and hasattr(value, "keywords"):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, type) or type(value).__name__ == "module":
        return []
    return list(getattr(value, "__dict__", {}).values())[:100]


def _interesting(value: Any) -> bool:
    return (
        hasattr(value, "__code__")
        or isinstance(value, (np.random.Generator, np.random.RandomState, dict, list, tuple))
        or (hasattr(value, "__dict__") and not isinstance(value, type) and type(value).__name__ != "module")
    )


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal(a[k], b[k]) for k in a)
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, np.ndarray):
        return bool(np.array_equal(a, b))
    return bool(a == b)
