"""What a run does that nobody has told otherwise: the defaults of every public call."""

from defaults import defaults

import solver

OPTIONS = {
    "update_rule": "sgd", "lr_decay": 1.0, "batch_size": 100, "num_epochs": 10, "print_every": 100, "verbose": True,
    "num_train_samples": 1000, "seed": 0, "sampling": "with_replacement", "accumulate": 1, "min_delta": 0.0,
    "callbacks": (), "progress": "auto", "restore_best": True, "engine": "auto",
}  # fmt: skip
CALLS = {
    "Solver": OPTIONS,
    "Solver.check_accuracy": {"batch_size": 100},
    "Solver.reduce_learning_rate": {"lowest": 0.0},
    "Solver.load": {"allow_new_data": False},
    "LayerRecord": {"size": 256},
    "ReduceOnPlateau": {"factor": 0.2, "monitor": "val_loss", "patience": 5, "min_delta": 1e-4, "lowest": 0.0},
    "StopOnPlateau": {"monitor": "val_loss", "patience": 5, "min_delta": 1e-4},
    "lr_range_test": {"update_rule": "sgd", "lo": 1e-6, "hi": 10.0, "steps": 200, "batch_size": 100, "seed": 0},
    "minimize": {"method": "L-BFGS-B", "max_iter": 200, "eval_every": 1},
}


def test_of_every_call():
    assert defaults(solver) == CALLS
