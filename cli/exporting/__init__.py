"""`layergraph export` and `layergraph import`: a run for other programs, and back."""
