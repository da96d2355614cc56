"""This project with its training step compiled as a whole, by Numba."""

from typing import TypeVar

from base.arrays import Array

from ..problem import RULES, Problem, UnavailableError
from .ours import Ours

_Ours = TypeVar("_Ours", bound=Ours)


class Compiled(Ours):
    """The same Solver, `engine="compiled"`: all its bookkeeping included, which it does once a chunk."""

    engine = "compiled"


def require_numba() -> None:
    """UnavailableError where Numba is not installed."""
    try:
        import numba  # noqa: F401
    except ImportError:
        raise UnavailableError("numba is not installed (extra fast)") from None


def checked(contender: _Ours) -> _Ours:
    """The contender; UnavailableError for a rule that has no compiled form."""
    if contender.problem.rule not in RULES:
        try:
            contender.solver(1)
        except ValueError as reason:
            raise UnavailableError(str(reason).rstrip(".")) from None
    return contender


def start(problem: Problem, X: Array, y: Array, threads: int | None) -> Compiled:
    """The contender; UnavailableError without Numba."""
    require_numba()
    return checked(Compiled(problem, X, y, threads))
