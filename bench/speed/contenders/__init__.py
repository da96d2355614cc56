"""The contenders, one a file: each has `start(problem, X, y, threads) -> Contender`, or raises UnavailableError."""

import importlib
from typing import Protocol

from base.arrays import Array

from ..problem import RULES, Problem, UnavailableError

BASIC = ("floor", "ours", "bytes", "compiled", "compiled_bytes", "written_out", "course")
PEERS = ("torch", "torch_compile", "jax", "sklearn")
ANY_RULE = ("floor", "ours", "bytes", "compiled", "compiled_bytes")
MODULES = {
    "bytes": "ours_bytes", "torch": "torch_eager", "torch_compile": "torch_compiled", "jax": "jax_scan",
    "sklearn": "sklearn_mlp",
}  # fmt: skip
TITLES = {
    "floor": "five products", "ours": "layergraph", "bytes": "layergraph, bytes",
    "compiled": "layergraph, compiled", "compiled_bytes": "compiled, bytes",
    "written_out": "NumPy written out", "course": "plain NumPy", "torch": "torch eager",
    "torch_compile": "torch.compile", "jax": "JAX jit+scan", "sklearn": "scikit-learn",
}  # fmt: skip


class Contender(Protocol):
    """One implementation of the training step, ready to run."""

    def losses(self, masks: Array) -> list[float]:
        """The losses before each update, from the common start, on the batches `masks` (steps, B)."""

    def prepare(self, steps: int) -> int:
        """Get ready for rounds of about `steps` steps, and say of how many; what is done here is not timed."""

    def round(self) -> None:
        """That many steps on random batches, as a user would run them."""


def start(name: str, problem: Problem, X: Array, y: Array, threads: int | None) -> Contender:
    """The contender `name` on that problem; UnavailableError with a reason where it cannot run."""
    if problem.rule not in RULES and name not in ANY_RULE:
        raise UnavailableError(f"it has no rule {problem.rule}")
    module = importlib.import_module(f"bench.speed.contenders.{MODULES.get(name, name)}")
    contender: Contender = module.start(problem, X, y, threads)
    return contender
