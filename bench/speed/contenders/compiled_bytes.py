"""The compiled step on pixels that are kept as bytes."""

from base.arrays import Array

from ..problem import Problem
from .compiled import checked, require_numba
from .ours_bytes import OursInBytes


class CompiledBytes(OursInBytes):
    """As `ours_bytes`, with `engine="compiled"`."""

    engine = "compiled"


def start(problem: Problem, X: Array, y: Array, threads: int | None) -> CompiledBytes:
    """The contender; UnavailableError without Numba."""
    require_numba()
    return checked(CompiledBytes(problem, X, y, threads))
