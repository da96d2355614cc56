"""How much work one evaluation is, counted and not timed: the same input gives the same report on a busy machine.

The unit is about a nanosecond of a common processor: an executed line of Python is taken for 500, a multiplication of
a batch with a parameter for one.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np

LINE, CALL = 500, 20_000
Tracer = Callable[[FrameType, str, Any], Any]


def cost(evaluate: Callable[[Any], Any], values: dict[str, Any], n: int) -> int:
    """Units of one `evaluate(values)` with batch size n."""
    sizes = [v.size for v in values.values() if isinstance(v, np.ndarray)]
    return CALL + LINE * _lines(evaluate, values) + n * sum(sizes)


def _lines(evaluate: Callable[[Any], Any], values: dict[str, Any]) -> int:
    """How many lines of Python one evaluation executes. A debugger's or coverage's tracer is put back."""
    count = 0

    def local(frame: FrameType, event: str, arg: Any) -> Tracer:
        nonlocal count
        count += event == "line"
        return local

    before = sys.gettrace()
    sys.settrace(local)
    try:
        evaluate(values)
    finally:
        sys.settrace(before)
    return count
