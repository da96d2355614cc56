"""Campaign: one run in fresh processes with another PYTHONHASHSEED each; then with other thread counts and kernels.

The run: nets with dropout and batch norm under several rules, masks and epochs, the digits' split, and a report of the
checker. `--amount` processes must give one SHA-256 of weights, histories, random states and words. The second row shows
the limit: each thread count and each kernel of the BLAS repeats itself, but the bits may differ from one to another.
Run: python tests/campaigns/determinism.py [--amount 20]
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from typing import Any

import numpy as np
from campaign import Campaign, Row, parser
from exact_resume import digest

import gradcheck
import layers
import mnist
import models
from base.environment import blas_kernel
from solver import Solver

SETTINGS = (
    {"OPENBLAS_NUM_THREADS": "1"},
    {"OPENBLAS_NUM_THREADS": "2"},
    {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"},
    {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Nehalem"},
)
REPEATS = 3


def one_run() -> str:
    """SHA-256 of all that the run leaves."""
    sha = hashlib.sha256()
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((600, 300)), rng.integers(0, 10, 600)
    data = {"X_train": X[:500], "y_train": y[:500], "X_val": X[500:], "y_val": y[500:]}
    for rule, dtype, sampling in (("sgd_momentum", "float32", "epoch"), ("adam", "float64", "with_replacement")):
        given = {name: array.astype(dtype) if name[0] == "X" else array for name, array in data.items()}
        net = models.mlp([300, 120, 60, 10], dropout=0.2, batch_norm=True, dtype=dtype, rng=1)
        solver = Solver(net, given, update_rule=rule, sampling=sampling, num_epochs=3, verbose=False, seed=5)
        sha.update(digest(solver.train()).encode())
    sha.update(mnist.load("digits")["X_train"].tobytes())
    args = layers.registered()["affine"].inputs(np.random.default_rng(0), 4)
    report = str(gradcheck.layer(layers.affine_forward, layers.affine_backward, *args, seed=0))
    sha.update(re.sub(r"[\d.]+ m?s\b", "", report).encode())  # its seconds are nobody's promise
    return sha.hexdigest()


def fresh(**variables: str) -> dict[str, Any]:
    """The digest and the BLAS kernel of a process of its own."""
    command = [sys.executable, __file__, "--child"]
    run = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(run.stderr)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def main() -> int:
    """Run it, or, as a child, the run."""
    if sys.argv[1:] == ["--child"]:
        print(json.dumps({"digest": one_run(), "kernel": blas_kernel()}))
        return 0
    campaign = Campaign("determinism", parser(__doc__, 20, "processes").parse_args())
    amount, seed = campaign.args.amount, campaign.args.seed
    hashes = ["0", "random", *(str(seed + 7919 * k) for k in range(1, amount))][:amount]
    seen = {fresh(OPENBLAS_NUM_THREADS="1", PYTHONHASHSEED=value)["digest"] for value in hashes}
    table = []
    for setting in SETTINGS if amount >= 20 else SETTINGS[:1]:
        runs = [fresh(**setting) for _ in range(REPEATS)]
        digests = sorted({run["digest"] for run in runs})
        table.append({**setting, "kernel": runs[0]["kernel"], "digests": digests})
    repeats = all(len(row["digests"]) == 1 for row in table)
    same = [row["digests"] == table[0]["digests"] for row in table[1:]]
    names = [f"{row['OPENBLAS_NUM_THREADS']} thread(s), kernel {row['kernel']}" for row in table]
    words = [
        f"{name}: {'the same bits' if alike else 'other bits'}" for name, alike in zip(names[1:], same, strict=True)
    ]
    rows = [
        Row(
            "one run in fresh processes with different PYTHONHASHSEED", amount, "processes",
            f"{len(seen)} digest{'s' if len(seen) > 1 else ''} of weights, histories, random states and words",
            "one digest", len(seen) == 1,
        ),
        Row(
            "the limit: the same run with other thread counts and kernels of BLAS", REPEATS * len(table), "processes",
            f"{'each repeats itself' if repeats else 'not all repeat themselves'}; beside {names[0]}: "
            + ("; ".join(words) or "nothing compared in a sample"),
            "each thread count and kernel repeats its own bits; equal bits between them are not promised", repeats,
        ),
    ]  # fmt: skip
    others = sum(not alike for alike in same)
    line = f"{amount} processes, {len(seen)} digest(s); {others} of {len(same)} other threads and kernels differ"
    return campaign.finish(line, rows, {"table": table})


if __name__ == "__main__":
    sys.exit(main())
