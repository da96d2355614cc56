"""The benchmark of solvers: planned, run on processes or machines, read back from its result files, presented."""
