"""Families of faults, one a file: each says whether the wrong elements of a tensor look like its kind, and names it."""
