"""Benchmarks: of solvers on problems (`bench.run`, `bench.Results`), and of a training step's speed (`bench.speed`)."""

from .api import run as run
from .sweep_results import Results as Results
