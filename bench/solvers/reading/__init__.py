"""From result files to numbers: what one run achieved, which trial is chosen, one row per solver."""
