"""PyTorch with its forward and backward pass compiled by torch.compile, which needs a C++ compiler."""

from typing import Any

from base.arrays import Array

from ..problem import Problem, UnavailableError
from .torch_eager import Torch


class CompiledTorch(Torch):
    """The eager loop with a compiled loss."""

    def _loss(self) -> Any:
        return self.torch.compile(super()._loss(), dynamic=False)


def start(problem: Problem, X: Array, y: Array, threads: int | None) -> CompiledTorch:
    """A contender that has compiled; UnavailableError with the first line of what went wrong."""
    contender = CompiledTorch(problem, X, y, threads)
    try:
        contender.losses(problem.masks(1))
    except Exception as error:  # whatever a compiler may raise
        raise UnavailableError(f"torch.compile failed: {str(error).strip().splitlines()[0][:200]}") from error
    return contender
