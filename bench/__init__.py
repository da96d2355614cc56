"""Benchmarks: of solvers on problems (`run`, `Results`, `compare`), and of a training step's speed (`bench.speed`)."""

from .solvers.api import run as run
from .solvers.compared import compare as compare
from .solvers.results import Results as Results
