"""A small data set of one's own with classes of unequal size, as arrays and as rows of a table."""

import csv

import numpy as np

NAMES = np.array(["oak", "birch", "pine"])
COLOURS = np.array(["red", "green", "blue"])


def rows(n=120, seed=0):
    """(X (N, 3), y (N,) of 0..2, colours (N,)): class 2 is rare."""
    rng = np.random.default_rng(seed)
    y = rng.choice(3, n, p=[0.5, 0.35, 0.15])
    X = np.stack([rng.normal(10 + 5 * y, 1.5), rng.normal(2000 - 400 * y, 20), rng.normal(size=n)], axis=1).round(3)
    return X, y, np.where(rng.random(n) < 0.8, COLOURS[y], "red")


def write_csv(path, header=("height", "weight, kg", "noise", "colour", "species"), **form):
    X, y, colours = rows()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, **form)
        if header:
            writer.writerow(header)
        writer.writerows([*x, colour, NAMES[k]] for x, colour, k in zip(X, colours, y, strict=True))
    return path
