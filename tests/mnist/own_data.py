"""Small data sets of one's own: classes of unequal size as arrays and as a table, and idx files of any size."""

import csv
import gzip

import numpy as np
from mnist_files import idx_bytes

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


def idx_set(
    prefix="", labels=None, side=6, train=60, test=20, label_kind="idx1-ubyte", packed=True, parts=("train", "test")
):
    rng = np.random.default_rng(0)
    files = {}
    for part, count in zip(parts, (train, test), strict=True):
        images = rng.integers(0, 256, (count, side, side + 1), np.uint8)
        y = labels(count) if labels else (np.arange(count) % 4).astype(np.uint8)
        body = bytes([0, 0, 0x0C, 2]) + b"".join(n.to_bytes(4, "big") for n in y.shape) + y.astype(">i4").tobytes()
        both = {"images-idx3-ubyte": idx_bytes(images), f"labels-{label_kind}": idx_bytes(y) if y.ndim == 1 else body}
        for name, whole in both.items():
            files[f"{prefix}{part}-{name}" + ".gz" * packed] = gzip.compress(whole, mtime=0) if packed else whole
    return files
