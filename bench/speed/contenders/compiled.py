"""This project with its training step compiled as a whole, by Numba."""

from base.arrays import Array

from ..problem import Problem, UnavailableError
from .ours import Ours


class Compiled(Ours):
    """The same Solver, `engine="compiled"`: all its bookkeeping included, which it does once a chunk."""

    engine = "compiled"


def require_numba() -> None:
    """UnavailableError where Numba is not installed."""
    try:
        import numba  # noqa: F401
    except ImportError:
        raise UnavailableError("numba is not installed (extra fast)") from None


def start(problem: Problem, X: Array, y: Array, threads: int | None) -> Compiled:
    """The contender; UnavailableError without Numba."""
    require_numba()
    return Compiled(problem, X, y, threads)
