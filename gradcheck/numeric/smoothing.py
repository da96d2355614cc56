"""A tiny number inside of a logarithm, log(p + 1e-7), which gradients leave out by custom: how far they may be off."""

from collections.abc import Iterable
from typing import Any

TINY, DEEPEST = 1e-6, 3
SLACK = 1e-4  # of the largest entry: 1e-7 beside a probability of 1e-3
_LOGARITHMS = frozenset(("log", "log2", "log10"))


def slack_of(functions: Iterable[Any]) -> float:
    """SLACK where a logarithm and a number of at most 1e-6 stand in a function, or in one that it calls; else 0."""
    seen: set[int] = set()
    queue = [(f, 0) for f in functions]
    while queue:
        function, depth = queue.pop()
        code = getattr(function, "__code__", None)
        if code is None or id(code) in seen:
            continue
        seen.add(id(code))
        if _LOGARITHMS & set(code.co_names) and any(isinstance(c, float) and 0 < c <= TINY for c in code.co_consts):
            return SLACK
        if depth < DEEPEST:
            called = [function.__globals__[n] for n in code.co_names if n in function.__globals__]
            queue += [(f, depth + 1) for f in called if not isinstance(f, type)]
    return 0.0


def allowed(slack: float) -> list[str]:
    """What the report says of it."""
    return [f"a tiny number is added inside of a logarithm: {slack:g} of a gradient may be its share"] if slack else []
