"""The process of one contender: reads requests from stdin, one JSON line each, and answers on stdout.

Each contender lives in a process of its own, because the thread pools of several runtimes in one process fight.
"""

import functools
import sys
import time
from typing import Any

from base.arrays import Array

from .contenders import Contender, start
from .problem import Problem
from .process import served, threads_asked_for

CHECKED_STEPS = 5


def main(name: str, threads: int | None) -> None:
    """Serve until stdin ends: {"problem": ..., "seconds": s} prepares rounds of about s seconds, {} runs one."""
    contender: Contender | None = None

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal contender
        if contender is not None and "problem" not in request:
            return {"seconds": _timed(contender)}
        contender, ready = _prepare(name, Problem(**request["problem"]), request["seconds"], threads)
        return ready

    served(answer, threads)


def _prepare(name: str, problem: Problem, seconds: float, threads: int | None) -> tuple[Contender, dict[str, Any]]:
    X, y = _data(problem.dtype, problem.rows)
    contender = start(name, problem, X, y, threads)
    losses = contender.losses(problem.masks(CHECKED_STEPS))
    steps = contender.prepare(4)
    contender.round()  # the first round allocates and compiles
    each = min(_timed(contender) for _ in range(3)) / steps
    steps = contender.prepare(max(4, min(20_000, round(seconds / each))))
    contender.round()
    return contender, {"losses": losses, "steps": steps, "kernels": _kernels()}


@functools.lru_cache(maxsize=1)
def _data(dtype: str, rows: int) -> tuple[Array, Array]:
    """Drawn once for problems that share it."""
    return Problem(1, 1, dtype, rows=rows).data()


def _kernels() -> str | None:
    """The processor for which this process's BLAS has chosen its code, where threadpoolctl can tell."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return None
    return next((pool.get("architecture") for pool in threadpool_info() if pool["user_api"] == "blas"), None)


def _timed(contender: Contender) -> float:
    begin = time.perf_counter()
    contender.round()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main(sys.argv[1], threads_asked_for())
