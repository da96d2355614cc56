"""How far a batch travels: a training step of a plain net can be read in a dozen files."""

import sys
from pathlib import Path

import numpy as np

from models import mlp
from solver import Solver

ROOT = Path(__file__).parent.parent.parent


def test_a_step_touches_at_most_twelve_files():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((80, 12)), rng.integers(0, 4, 80)
    data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    solver = Solver(mlp([12, 8, 4], rng=0), data, update_rule="sgd_momentum", num_epochs=1, verbose=False)
    solver.train()
    solver.run.train_step(False)  # what is prepared once is prepared
    seen = set()

    def note(frame, event, argument):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT) and path.suffix == ".py":
            seen.add(path.relative_to(ROOT).as_posix())

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        solver.run.train_step(False)
    finally:
        sys.setprofile(before)
    seen -= {path for path in seen if path.startswith(("tests/", ".venv"))}
    seen |= {"solver/rules/momentum.py"}  # its formula was read once, and is what `elementwise` runs
    assert len(seen) <= 12, sorted(seen)
    assert {"solver/run.py", "models/propagation.py", "layers/affine.py", "solver/rules/elementwise.py"} <= seen
