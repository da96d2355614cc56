"""What the experiment runs: fixed before its first run, see the protocol in docs/reversals.md."""

from typing import NamedTuple

SOLVERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")
FIRST_ROOT = 1000  # study s has the root seed 1000 + s, which no other result of this repository has


class Design(NamedTuple):
    """Of one problem: independent tuning draws, trials of each solver, seeds a trial, fresh seeds of a choice.

    budgets: the numbers of trials after which somebody might have stopped, whose choices are all run again.
    easier: a second target, an error that nearly all choices reach.
    """

    studies: int
    trials: int
    tuning_seeds: int
    seeds: int
    budgets: tuple[int, ...]
    easier: float


DESIGNS = {
    "digits-mlp32": Design(40, 20, 3, 10, tuple(range(1, 21)), 0.05),
    "mnist-mlp100": Design(10, 20, 1, 6, (1, 2, 5, 10, 20), 0.025),
    "mnist-mlp100-drop": Design(10, 20, 1, 6, (1, 2, 5, 10, 20), 0.035),
}
TARGETS = ("steps", "easier")  # steps to the target of the problem, and to the easier one
ONE_SEED = (1, 5, 20)  # budgets at which also the choice by the first tuning seed alone is run again
