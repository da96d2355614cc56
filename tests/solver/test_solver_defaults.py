"""What a run does that nobody has told otherwise: the defaults of every public call and of every rule."""

import pytest
from defaults import defaults

import solver
from solver import rules

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
ADAM = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
RULES = {
    "adadelta": {"learning_rate": 1.0, "decay_rate": 0.9, "epsilon": 1e-6},
    "adagrad": {"learning_rate": 0.01, "epsilon": 1e-10},
    "adam": {"learning_rate": 1e-3, **ADAM, "amsgrad": False},
    "adamw": {"learning_rate": 1e-3, **ADAM, "weight_decay": 0.01, "amsgrad": False},
    "lion": {"learning_rate": 1e-4, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0},
    "muon": {"learning_rate": 0.02, "momentum": 0.95, "weight_decay": 0.0, "ns_steps": 5, "adamw_scale": 0.05,
             "adamw_names": None, **ADAM},
    "nadam": {"learning_rate": 2e-3, **ADAM, "momentum_decay": 0.004},
    "nesterov": {"learning_rate": 0.01, "momentum": 0.9},
    "rmsprop": {"learning_rate": 0.01, "decay_rate": 0.99, "epsilon": 1e-8},
    "schedule_free_adamw": {"learning_rate": 0.0025, **ADAM, "weight_decay": 0.0},
    "schedule_free_sgd": {"learning_rate": 1.0, "momentum": 0.9, "weight_decay": 0.0},
    "sgd": {"learning_rate": 0.01},
    "sgd_momentum": {"learning_rate": 0.01, "momentum": 0.9},
}  # fmt: skip


def test_of_every_call():
    assert defaults(solver) == CALLS


@pytest.mark.parametrize("name", rules.known())
def test_of_every_rule(name):
    assert rules.get(name).settings == RULES[name]
