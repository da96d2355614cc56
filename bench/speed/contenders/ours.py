"""This project: models.mlp trained by the real Solver, all its bookkeeping included."""

from typing import Any

from base.arrays import Array
from models import mlp
from solver import Solver, rules

from ..problem import BETA1, BETA2, CLASSES, EPSILON, INPUTS, MOMENTUM, Problem

SETTINGS: dict[str, dict[str, float]] = {
    "sgd": {},
    "momentum": {"momentum": MOMENTUM},
    "adam": {"beta1": BETA1, "beta2": BETA2, "epsilon": EPSILON},
}
RULES = {"sgd": "sgd", "momentum": "sgd_momentum", "adam": "adam"}


def rule_of(name: str) -> tuple[str, Any]:
    """A rule of the table by its name in `solver.rules`, and itself; ValueError where there is none."""
    own = RULES.get(name, name)
    return own, rules.get(own)


class StopAtEvaluation:
    """Ends each call of `train` at the first evaluation, so that a round has a known number of steps."""

    def on_eval(self, solver: Any, logs: Any) -> bool:
        """Always stop."""
        return len(solver.loss_history) > 0


class Ours:
    """One Solver; a round is a call of `train()` with one evaluation, on a single row, at its end."""

    input_scale = 1.0
    engine = "numpy"

    def __init__(self, problem: Problem, X: Array, y: Array, threads: int | None):
        self.problem = problem
        self.data = {"X_train": X, "y_train": y, "X_val": X[:1], "y_val": y[:1]}

    def solver(self, steps: int) -> Solver:
        """A Solver from the common start that stops every `steps` steps."""
        p = self.problem
        model = mlp([INPUTS, p.hidden, CLASSES], dtype=p.dtype, input_scale=self.input_scale, rng=0)
        model.params = p.weights()
        name, rule = rule_of(p.rule)
        takes_rate = not rule.settings or "learning_rate" in rule.settings
        config = ({"learning_rate": p.rate} if takes_rate else {}) | SETTINGS.get(p.rule, {})
        return Solver(
            model, self.data, update_rule=name, optim_config=config, batch_size=p.batch, num_epochs=10**6,
            eval_every=steps, num_train_samples=1, verbose=False, restore_best=False, callbacks=[StopAtEvaluation()],
            engine=self.engine,
        )  # fmt: skip

    def losses(self, masks: Array) -> list[float]:
        """Those of a run with seed 0, which draws `masks` itself."""
        return self.solver(len(masks)).train().loss_history

    def prepare(self, steps: int) -> int:
        """A fresh Solver, past its first step."""
        self.running = self.solver(steps)
        self.running.train()
        return steps

    def round(self) -> None:
        """`steps` steps of training."""
        self.running.train()


start = Ours
