"""Campaign: save at steps of a 60-step run, load in a fresh process, finish; all bits must agree.

Every first-order rule x {float32, float64} x {random masks, shuffled epochs}; `--amount` resumes are shared out
over these, each from another step; the full amount saves at every step of every one.
Run: python tests/campaigns/exact_resume.py [--amount 3120]
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from campaign import Campaign, Row, parser

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


class SaveAt:
    """Saves after the given steps."""

    def __init__(self, folder: Path, steps: list[int]):
        self.folder, self.steps = folder, set(steps)

    def on_step(self, solver: Solver, logs: dict[str, Any]) -> None:
        """Save."""
        if logs["step"] in self.steps:
            solver.save(self.folder / f"{logs['step']}.npz")


def resume_all(folder: Path, dtype: str) -> dict[str, str]:
    """In the fresh process: the digest of each resumed run."""
    result = {}
    for file in sorted(folder.glob("*.npz")):
        model, data = problem(dtype)
        result[file.stem] = digest(Solver.load(file, model, data).train())
    return result


def check(rule: str, dtype: str, sampling: str, steps: list[int]) -> tuple[int, int]:
    """(resumes, those that differ) of one configuration."""
    with tempfile.TemporaryDirectory() as name:
        folder, (model, data) = Path(name), problem(dtype)
        solver = Solver(
            model, data, update_rule=rule, batch_size=15, num_epochs=10, sampling=sampling, verbose=False,
            num_train_samples=20, callbacks=[SaveAt(folder, steps)],
        )  # fmt: skip
        wanted = digest(solver.train())
        if solver.step != STEPS:
            raise SystemExit(f"the run had {solver.step} steps, not {STEPS}")
        command = [sys.executable, __file__, "--child", name, dtype]
        answers = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    wrong = [step for step, answer in answers.items() if answer != wanted]
    if wrong:
        print(f"{rule} {dtype} {sampling}: differs from {', '.join(sorted(wrong, key=int))} on", file=sys.stderr)
    return len(answers), len(wrong)


def main() -> int:
    """Run the campaign, or, as a child, resume."""
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(resume_all(Path(sys.argv[2]), sys.argv[3])))
        return 0
    cases = [(rule, dtype, sampling) for rule in rules.known() for dtype in DTYPES for sampling in SAMPLINGS]
    campaign = Campaign("exact resume", parser(__doc__, STEPS * len(cases), "resumes").parse_args())
    amount, random = campaign.args.amount, Random(campaign.args.seed)
    random.shuffle(cases)
    counts = []
    for number, case in enumerate(cases):
        share = amount * (number + 1) // len(cases) - amount * number // len(cases)
        if share:
            counts.append(check(*case, sorted(random.sample(range(1, STEPS + 1), share))))
    total, wrong = sum(n for n, _ in counts), sum(w for _, w in counts)
    row = Row(
        f"exact resume: saved at any step of a {STEPS}-step run, loaded in a fresh process, finished; every rule x"
        " float32 and float64 x random masks and shuffled epochs",
        total, "resumes", f"{wrong} differ in a bit of last or best weights, histories or random states", "0 differ",
        wrong == 0,
    )  # fmt: skip
    line = f"{len(counts)} configurations, {total} resumes in fresh processes, {wrong} differ"
    return campaign.finish(line, [row])


if __name__ == "__main__":
    raise SystemExit(main())
