"""A run of an update rule: the Solver over the problem's whole budget, its rate constant or by the schedule drawn."""

import importlib.util
from typing import Any

from base.tasks import Task as Asked, name_of
from mnist import Dataset
from models import Graph
from solver import DivergedError, Solver, streams
from solver.evaluation import evaluate

from ..planning.scheduled import split
from ..planning.task import Task
from ..storage.record import Row
from .building import build_model, load_data

_MEASURED = ("loss", "train_loss", "val_loss", "val_acc")
_COLUMNS = ("step", "epoch", "examples", "seconds_train", "seconds_eval", *_MEASURED, "lr")


def train(task: Task) -> tuple[dict[str, Any], list[Row]]:
    """(outcome, rows) of the task; a run that diverges keeps the rows before it."""
    data, model = load_data(task.setup), build_model(task.setup, streams(task.seed).initialisation)
    objective = _Objective(model)
    solver = _solver(task, model, data, objective, *([] if task.until is None else [_Until(task.until)]))
    status, error = "ok", None
    try:
        solver.train()
    except DivergedError as caught:
        status, error = "diverged", str(caught).partition(" Try ")[0]
    rows = [_row(task, row, full) for row, full in zip(solver.history.rows, objective.values, strict=True)]
    outcome: dict[str, Any] = {"status": status, "error": error, "steps": solver.step}
    outcome |= at_rung(task)
    outcome["best_step"] = solver.run.best.step
    outcome |= measure_of(solver.run.task)
    if task.engine is not None:
        outcome["engine"] = solver.settings.engine
    if task.purpose == "report":
        outcome |= test_result(model, data) if status == "ok" else {"test_loss": None, "test_acc": None}
    return outcome, rows


def test_result(model: Any, data: Dataset) -> dict[str, Any]:
    """Loss and accuracy on the test set with the weights the model holds: once per run, at the chosen checkpoint."""
    if not len(data["X_test"]):
        return {"test_loss": None, "test_acc": None}
    loss, accuracy = evaluate(model, data["X_test"], data["y_test"])
    return {"test_loss": loss, "test_acc": accuracy}


def measure_of(asked: Asked) -> dict[str, str]:
    """What val_acc and test_acc hold, where it is not the accuracy."""
    name = name_of(asked.measure)
    return {} if name == "accuracy" else {"measure": name}


def penalty(model: Any) -> float:
    """0.5 reg sum W^2, in float64 (l1 is not part of any problem); 0 for others' models, whose loss has all of it."""
    if not isinstance(model, Graph):
        return 0.0
    weights = model.params.decaying.astype("float64")
    return 0.5 * model.reg * float(weights @ weights)


class _Objective:
    """Callback: training loss plus penalty at the weights that each evaluation measured."""

    def __init__(self, model: Any):
        self.model, self.values = model, list[float]()

    def on_eval(self, solver: Solver, row: Row) -> None:
        with solver.evaluation_point():
            self.values.append(row["train_loss"] + penalty(self.model))


def at_rung(task: Task) -> dict[str, str]:
    """Why a run ended before its budget was used up."""
    return {} if task.until is None else {"ended": f"at {task.until:g} of the budget, a rung of successive halving"}


class _Until:
    """Callback: ends the run at the first evaluation after that share of its steps. Schedules are those of all."""

    def __init__(self, share: float):
        self.share = share

    def on_eval(self, solver: Solver, row: Row) -> bool:
        return solver.step >= self.share * solver.total_steps


class _Stop:
    """Callback: ends the run after a number of steps."""

    def __init__(self, steps: int):
        self.steps = steps

    def on_step(self, solver: Solver, logs: Row) -> bool:
        return solver.step >= self.steps


def _solver(task: Task, model: Any, data: Dataset, *callbacks: Any) -> Solver:
    t = task.setup["training"]
    rows, batch = len(data["X_train"]), t["batch"]
    steps = -(-rows // batch) if t["sampling"] == "epoch" else max(rows // batch, 1)
    settings, schedule = split(task.settings)
    solver = Solver(
        model, data, update_rule=str(task.rule), optim_config=settings, lr_schedule=schedule, batch_size=batch,
        num_epochs=t["epochs"], sampling=t["sampling"], eval_every=max(1, round(steps / t["evaluations_per_epoch"])),
        num_train_samples=t["train_rows"] or None, seed=task.seed, callbacks=callbacks, verbose=False, progress="none",
        engine="numpy" if task.engine is None else "auto",
    )  # fmt: skip
    if task.engine is not None:
        _compile(solver)
    return solver


def _compile(solver: Solver) -> None:
    """Let compiled code take the steps, however few: all runs of a sweep share it. What has none is left to NumPy."""
    if importlib.util.find_spec("numba") is None:
        raise ImportError(
            "this sweep was planned with the compiled engine, which needs numba: pip install 'layergraph[fast]'"
        )
    solver.run.choose_engine(always=True)


def _row(task: Task, row: Row, objective: float) -> Row:
    kept = {name: row[name] for name in _COLUMNS}
    kept["grad_norm"] = float(f"{row['grad_norm']:.4g}")
    if task.setup["training"]["train_rows"] == 0:
        kept["objective"] = objective
    if task.purpose == "report":
        kept["update_ratio"] = {name: float(f"{ratio:.3g}") for name, ratio in row["update_ratio"].items()}
    return kept


def timing(task: Task, steps: int = 40) -> float:
    """Estimated seconds of the run, from its first `steps` steps and its first evaluation; the task is located."""
    data, model = load_data(task.setup), build_model(task.setup, streams(task.seed).initialisation)
    solver = _solver(task, model, data, _Objective(model), _Stop(steps))
    solver.train()
    evaluations = solver.total_steps // (solver.settings.eval_every or 1) + 1
    run, rows = solver.run, solver.history.rows
    return run.total_steps * run.seconds_train / run.step + evaluations * run.seconds_eval / len(rows)
