"""Campaign: save at every step of a 60-step run, load in a fresh process, finish; all bits must agree.

Every first-order rule x {float32, float64} x {random masks, shuffled epochs}. Prints one line of counts, exit code 1 if
anything differs. Run: python tests/campaigns/exact_resume.py [--rules adam,sgd] [--every 1]
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

import models
from solver import Solver, rules

STEPS = 60
DTYPES, SAMPLINGS = ("float32", "float64"), ("with_replacement", "epoch")


def problem(dtype: str) -> tuple[models.Graph, dict[str, np.ndarray]]:
    """A net of three layers and 90 training rows: six steps of fifteen rows make an epoch."""
    rng = np.random.default_rng(7)
    X, y = rng.standard_normal((120, 12)).astype(dtype), rng.integers(0, 3, 120)
    data = {"X_train": X[:90], "y_train": y[:90], "X_val": X[90:], "y_val": y[90:]}
    return models.mlp([12, 9, 8, 3], dtype=dtype, rng=1), data


def digest(solver: Solver) -> str:
    """SHA-256 of the last weights, the best weights, the histories and the random states."""
    sha = hashlib.sha256()
    for arrays in (solver.last_params, solver.best_params):
        for name in sorted(arrays):
            sha.update(arrays[name].tobytes())
    rows = [{key: value for key, value in row.items() if "seconds" not in key} for row in solver.history.rows]
    sha.update(json.dumps([solver.loss_history, rows, solver.streams.state()]).encode())
    return sha.hexdigest()


class SaveEvery:
    """Saves after every k-th step."""

    def __init__(self, folder: Path, every: int):
        self.folder, self.every = folder, every

    def on_step(self, solver: Solver, logs: dict[str, Any]) -> None:
        """Save."""
        if logs["step"] % self.every == 0 or logs["step"] == 1:
            solver.save(self.folder / f"{logs['step']}.npz")


def resume_all(folder: Path, dtype: str) -> dict[str, str]:
    """In the fresh process: the digest of each resumed run."""
    result = {}
    for file in sorted(folder.glob("*.npz")):
        model, data = problem(dtype)
        result[file.stem] = digest(Solver.load(file, model, data).train())
    return result


def check(rule: str, dtype: str, sampling: str, every: int) -> tuple[int, int]:
    """(resumes, those that differ) of one configuration."""
    with tempfile.TemporaryDirectory() as name:
        folder, (model, data) = Path(name), problem(dtype)
        solver = Solver(
            model, data, update_rule=rule, batch_size=15, num_epochs=10, sampling=sampling, verbose=False,
            num_train_samples=20, callbacks=[SaveEvery(folder, every)],
        )  # fmt: skip
        wanted = digest(solver.train())
        if solver.step != STEPS:
            raise SystemExit(f"the run had {solver.step} steps, not {STEPS}")
        command = [sys.executable, __file__, "--child", name, dtype]
        answers = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    wrong = [step for step, answer in answers.items() if answer != wanted]
    if wrong:
        print(f"{rule} {dtype} {sampling}: differs when resumed at {', '.join(sorted(wrong, key=int))}")
    return len(answers), len(wrong)


def main() -> int:
    """Run the campaign, or, as a child, resume."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", default=",".join(rules.known()))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--child", nargs=2, metavar=("FOLDER", "DTYPE"))
    args = parser.parse_args()
    if args.child:
        print(json.dumps(resume_all(Path(args.child[0]), args.child[1])))
        return 0
    cases = [(rule, dtype, sampling) for rule in args.rules.split(",") for dtype in DTYPES for sampling in SAMPLINGS]
    counts = [check(*case, args.every) for case in cases]
    total, wrong = sum(n for n, _ in counts), sum(w for _, w in counts)
    print(f"exact resume: {len(cases)} configurations, {total} resumes in fresh processes, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
