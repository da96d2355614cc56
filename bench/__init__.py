"""Benchmarks: of solvers on problems (`bench.run`, `bench.Results`), and of a training step's speed (`bench.speed`)."""

from .solvers.api import run as run
from .solvers.results import Results as Results
