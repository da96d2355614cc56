"""Benchmarks: of solvers on problems (`run`, `open_results`), and of a training step's speed (`bench.speed`)."""
