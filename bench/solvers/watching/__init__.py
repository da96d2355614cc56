"""A look at a sweep while it runs: how far it is, what it has found so far; the folder is read and nothing else."""
