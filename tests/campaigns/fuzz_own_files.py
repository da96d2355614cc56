"""Damages the files that we write (checkpoints, models, manifests, result lines) and counts what reading them gives.

    python tests/campaigns/fuzz_own_files.py --files 10000 --seed 0

A file of each kind is changed at random: flipped bits, bytes, cuts, holes, repeats, swapped and zeroed stretches, a
second copy before or behind. Each one must be refused with a CheckpointError or ValueError that names the file; "same"
counts changes after which the very same content was read, "other" such as were read as something else.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import models
from bench.solvers.planning.manifest import NAME, read_manifest, write_manifest
from bench.solvers.planning.plan import pairs, plan, tuning
from bench.solvers.reading.records import Record, read_record, write_record
from models import mlp
from solver import CheckpointError, Solver, checkpoint


def mutant(content: bytes, random: Random) -> bytes:
    """Another file than `content`."""
    a, b = sorted(random.sample(range(len(content) + 1), 2))
    c = random.randrange(len(content))
    ways: list[Callable[[], bytes]] = [
        lambda: content[:c] + bytes([content[c] ^ 1 << random.randrange(8)]) + content[c + 1 :],
        lambda: content[:c] + random.randbytes(1) + content[c + 1 :],
        lambda: content[:a],
        lambda: content[a:],
        lambda: content[:a] + content[b:],
        lambda: content[:b] + content[a:],
        lambda: content[:a] + bytes(b - a) + content[b:],
        lambda: content[:a] + content[a:b][::-1] + content[b:],
        lambda: content[:c] + random.randbytes(1 + random.randrange(30)) + content[c:],
        lambda: content + content,
        lambda: content + content[a:],
        lambda: content[:a] + content,
    ]
    while True:
        changed = random.choice(ways)()
        if changed != content:
            return changed


def kinds(folder: Path) -> dict[str, tuple[Path, Callable[[Path], Any]]]:
    """Kind -> a file of it, and how it is read, as a value that can be compared."""
    random = np.random.default_rng(0)
    X, y = random.standard_normal((40, 6)), np.arange(40) % 3
    model = mlp([6, 5, 3], rng=0)
    data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    Solver(model, data, num_epochs=1, update_rule="adam", verbose=False).train().save(folder / "run.npz")
    models.save(model, folder / "net.npz")
    manifest = write_manifest(folder, plan(["digits-softmax"], ["sgd", "lbfgs"], budget="quick"))
    task = tuning(manifest, *next(iter(pairs(manifest))))[0]
    rows = [{"step": step, "loss": 1 / (step + 1), "val_acc": 0.5} for step in range(9)]
    result = write_record(folder, Record(task, {"status": "ok", "steps": 8}, {"numpy": "2", "load": {}}, rows))

    def read_checkpoint(path: Path) -> Any:
        read = checkpoint.read(path)
        return repr(read.meta), {name: array.tobytes() for name, array in read.arrays.items()}

    def read_model(path: Path) -> Any:
        read = models.load(path)
        return repr(read.config()), {name: array.tobytes() for name, array in read.params.items()}

    return {
        "checkpoint": (folder / "run.npz", read_checkpoint),
        "model": (folder / "net.npz", read_model),
        "manifest": (folder / NAME, lambda path: repr(read_manifest(path.parent))),
        "result lines": (result, lambda path: repr(read_record(path))),
    }


def attack(path: Path, read: Callable[[Path], Any], files: int, random: Random) -> Counter[str]:
    """Damage the file so many times."""
    content, whole, counts = path.read_bytes(), read(path), Counter[str]()
    for _ in range(files):
        path.write_bytes(mutant(content, random))
        try:
            counts["same" if read(path) == whole else "other"] += 1
        except (CheckpointError, ValueError) as error:
            counts["refused" if path.name in str(error) else "refused without a name"] += 1
        except Exception as error:
            counts[f"let out a {type(error).__name__}"] += 1
    path.write_bytes(content)
    return counts


def main() -> int:
    """Run the campaign; 1 where anything but a refusal happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind, (path, read) in kinds(Path(folder)).items():
            counts = attack(path, read, args.files, Random(args.seed))
            print(f"own files, {kind}: " + ", ".join(f"{count} {name}" for name, count in counts.most_common()))
            bad += args.files - counts["refused"] - counts["same"]
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
