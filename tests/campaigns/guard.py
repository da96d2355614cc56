"""Campaign: NaN and infinities put into data, parameters and gradients at random steps; and what the guard costs.

Every injection has an update rule, dtype, sampling, net (ours or a course's) and engine of its own, and a checkpoint
after every step. It must end in DivergedError at the step that meets it, the tensor named, and the last checkpoint
holds the weights of an undisturbed run. The cost is that of the guard alone beside a whole step of an MNIST net.
Run: python tests/campaigns/guard.py [--amount 1000]
"""

import importlib.util
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign import Campaign, Row, parser

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "solver"))

import numpy as np
from solver_cases import CourseNet, softmax_data, weights

import models
from solver import DivergedError, Solver, checkpoint, rules

WHERE = ("data", "parameter", "gradient")
VALUES = (np.nan, np.inf, -np.inf)
STEPS, EPOCH = 12, 6


@dataclass(frozen=True)
class Case:
    """One injection: after `step` steps, into data, a parameter or the gradient of the next."""

    where: str
    value: float
    step: int
    rule: str
    dtype: str
    sampling: str
    net: str
    engine: str
    seed: int


def draw(number: int, seed: int, compiled: bool) -> Case:
    """A random case."""
    rng = np.random.default_rng([seed, number])
    where = str(rng.choice(WHERE))
    net = str(rng.choice(["relu", "tanh", "softplus", "course"]))
    rule = str(rng.choice(list(rules.known())))
    able = compiled and net != "course" and where != "gradient" and rules.get(rule).element is not None
    able = able and not rule.startswith("schedule_free")  # between two trainings these rest elsewhere
    engine = "compiled" if able and number % 2 == 0 else "numpy"
    step = EPOCH if engine == "compiled" else int(rng.integers(1, STEPS - 1))  # it calls nobody between two steps
    return Case(
        where, float(rng.choice(VALUES)), step, rule, str(rng.choice(["float32", "float64"])),
        str(rng.choice(["with_replacement", "epoch"])), net, engine, number,
    )  # fmt: skip


def make(case: Case) -> tuple[Any, dict[str, Any]]:
    """The model and its data."""
    dtype = np.dtype(case.dtype).type
    data = {name: array.copy() for name, array in softmax_data(dtype=dtype).items() if name[0] == "X"}
    data |= {name: array for name, array in softmax_data().items() if name[0] == "y"}
    if case.net == "course":
        return CourseNet(dtype=dtype), data
    return models.mlp([12, 7, 6, 3], dtype=dtype, rng=1, activation=case.net), data


class Inject:
    """Puts the value in after `step` steps: into data or a parameter then, into the gradient of the next."""

    def __init__(self, case: Case, model: Any):
        self.case, self.tensor, self.loss, self.steps = case, "", model.loss, 0
        if case.where == "gradient":
            model.loss = self.spoiled

    def spoiled(self, X: Any, y: Any = None, **keywords: Any) -> Any:
        """The model's loss; at the chosen step one number of one gradient is another."""
        if y is None:
            return self.loss(X)
        result = self.loss(X, y, **keywords)
        if self.steps == self.case.step:
            self.put(result[1])
        return result

    def on_step(self, solver: Solver, logs: dict[str, Any]) -> None:
        """Spoil data and parameters between two steps."""
        self.steps = logs["step"]
        if self.steps != self.case.step:
            return
        if self.case.where == "data":
            column = np.random.default_rng(self.case.seed).integers(solver.data.X_train.shape[1])
            solver.data.X_train[:, column] = self.case.value
        elif self.case.where == "parameter":
            self.put(solver.model.params)

    def put(self, arrays: Any) -> None:
        """Into a random place of a random array."""
        rng = np.random.default_rng(self.case.seed)
        self.tensor = str(rng.choice(sorted(arrays)))
        arrays[self.tensor].flat[rng.integers(arrays[self.tensor].size)] = self.case.value


class Keep:
    """Keeps the weights after each step of an undisturbed run."""

    def __init__(self) -> None:
        self.weights: dict[int, np.ndarray] = {}

    def on_step(self, solver: Solver, logs: dict[str, Any]) -> None:
        """Keep them."""
        self.weights[logs["step"]] = weights(solver.model)


def train(case: Case, path: Path | None, callback: Inject | Keep, model: Any, data: dict[str, Any]) -> str:
    """Train two epochs, the callback called after each step, or between the epochs; the error that ended it, or ""."""
    compiled = case.engine == "compiled"
    solver = Solver(
        model, data, update_rule=case.rule, batch_size=20, num_epochs=1 if compiled else 2, sampling=case.sampling,
        num_train_samples=20, checkpoint_name=path, checkpoint_every=1, eval_every=10**6, restore_best=False,
        callbacks=[] if compiled else [callback], engine=case.engine, verbose=False,
    )  # fmt: skip
    try:
        solver.train()
        if compiled:
            callback.on_step(solver, {"step": solver.step})
            solver.train(num_epochs=2)
    except DivergedError as error:
        return str(error)
    return ""


def faults(case: Case) -> list[str]:
    """What was not as promised: "missed", "not named", "checkpoint"."""
    keep = Keep()
    train(case, None, keep, *make(case))
    with tempfile.TemporaryDirectory() as folder:
        path, (model, data) = Path(folder) / "run.npz", make(case)
        inject = Inject(case, model)
        text = train(case, path, inject, model, data)
        if not text:
            return ["missed"]
        early = case.where == "parameter" and case.engine == "numpy"  # before the checkpoint of its step is written
        good = case.step - early
        when = f"after step {case.step} " if case.where == "parameter" else f"at step {case.step + 1} "
        name = {
            "data": "X_train",
            "gradient": f"gradient of {inject.tensor!r}",
            "parameter": f"parameter {inject.tensor!r}",
        }
        found = ["late"] if when not in text else []
        found += ["not named"] if name[case.where] not in text else []
        saved = checkpoint.read(path) if path.exists() else None
        if saved is None or saved.meta["counters"]["step"] != good:
            return [*found, "checkpoint"]
        group = saved.group("param")
        same = good == 0 or np.array_equal(
            np.concatenate([group[n].ravel() for n in sorted(group)]), keep.weights[good]
        )
        return found if same else [*found, "checkpoint"]


def cost(rounds: int) -> tuple[float, float]:
    """Seconds of the guard and of a step of a 784-100-10 net with batches of 100: the least of many tries each."""
    rng = np.random.default_rng(0)
    X, y = rng.random((600, 784), np.float32), rng.integers(10, size=600)
    solver = Solver(
        models.mlp([784, 100, 10], rng=0), {"X_train": X, "y_train": y, "X_val": X[:100], "y_val": y[:100]},
        update_rule="sgd_momentum", batch_size=100, num_epochs=1, verbose=False,
    ).train()  # fmt: skip
    run, clock = solver.run, time.perf_counter
    guards, steps = [], []
    for _ in range(rounds):
        begin = clock()
        for _ in range(20):
            run.gradient.guard(1.0)
        middle = clock()
        for _ in range(20):
            run.train_step(False)
        guards.append((middle - begin) / 20)
        steps.append((clock() - middle) / 20)
    return min(guards), min(steps)


def main() -> int:
    """Run it."""
    campaign = Campaign("guard", parser(__doc__, 1000, "injections").parse_args())
    amount, compiled = campaign.args.amount, importlib.util.find_spec("numba") is not None
    counts, cases = Counter[str](), [draw(i, campaign.args.seed, compiled) for i in range(amount)]
    for case in cases:
        counts[case.where] += 1
        counts[case.engine] += 1
        if found := faults(case):
            print(f"{', '.join(found)}: {case}", file=sys.stderr)
            counts["bad"] += 1
    guard, step = cost(max(3, amount // 10))
    where = ", ".join(f"{counts[name]} into {name}" for name in WHERE)
    rows = [
        Row(
            f"NaN and infinities at random steps ({where}; {counts['compiled']} in the compiled engine), every rule",
            amount, "injections", f"{counts['bad']} missed, late, without a name or with the last good checkpoint gone",
            "stopped within one step, step and tensor named, the last good checkpoint intact", not counts["bad"],
        ),
        Row(
            "cost of the guard in a training step (784-100-10, batches of 100, float32)", 20 * max(3, amount // 10),
            "steps", f"{1e6 * guard:.1f} of {1e6 * step:.0f} microseconds, {100 * guard / step:.1f} %",
            "under 2 % of a step (measured at full amount alone)", amount < 1000 or guard < 0.02 * step,
        ),
    ]  # fmt: skip
    line = f"{amount} injections, {counts['bad']} not stopped as promised; the guard takes {100 * guard / step:.1f} %"
    figures = {"counts": dict(counts), "guard_seconds": guard, "step_seconds": step}
    return campaign.finish(line, rows, figures)


if __name__ == "__main__":
    sys.exit(main())
