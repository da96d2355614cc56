"""A run of a full-batch method of SciPy, in float64; its passes over the data are counted as that many steps.

One pass counts as N // batch steps, so that steps and examples mean the same work as for the mini-batch rules.
"""

import math
from typing import Any

from mnist import Dataset
from solver import minimize, streams
from solver.evaluation import evaluate, task_of
from solver.inputs.data import check_data

from ..planning.task import Task
from ..storage.record import Row
from .building import build_model, load_data
from .first_order import at_rung, measure_of, penalty, test_result


def minimise(task: Task) -> tuple[dict[str, Any], list[Row]]:
    """(outcome, rows) of the task: one row per iteration, until `full_batch_passes` are used up or it converges."""
    setup = {**task.setup, "model": {**task.setup["model"], "dtype": "float64"}}
    data, model = load_data(setup), build_model(setup, streams(task.seed).initialisation)
    budget, rows = setup["training"]["full_batch_passes"], list[Row]()
    best: dict[str, Any] = {"val_acc": -math.inf}
    count = len(data["X_train"])

    def keep(row: dict[str, Any]) -> bool:
        rows.append(_row(row, count, setup["training"]["batch"]))
        if row["val_acc"] > best["val_acc"]:
            best.update(val_acc=row["val_acc"], step=rows[-1]["step"])
            best["params"] = {name: array.copy() for name, array in model.params.items()}
        return bool(row["evaluations"] >= budget * (task.until or 1))

    keep(_start(model, data))
    found = minimize(model, data, str(task.method), max_iter=budget, callback=keep, maxfun=budget, **task.settings)
    outcome = {"status": "ok", "error": None, "steps": rows[-1]["step"], "best_step": best["step"]}
    outcome |= at_rung(task)
    outcome |= {"converged": found.converged, "iterations": found.steps}
    if task.purpose == "report":
        for name, array in best["params"].items():
            model.params[name][...] = array
        outcome |= test_result(model, data)
    outcome |= measure_of(task_of(model, check_data(data, model), None))
    return outcome, rows


def _start(model: Any, data: Dataset) -> dict[str, Any]:
    val_loss, val_acc = evaluate(model, data["X_val"], data["y_val"])
    loss = evaluate(model, data["X_train"], data["y_train"])[0] + penalty(model)
    return {"val_loss": val_loss, "val_acc": val_acc, "loss": loss, "evaluations": 0, "seconds": 0.0}


def _row(row: dict[str, Any], count: int, batch: int) -> Row:
    passes = row["evaluations"]
    return {
        "step": passes * max(count // batch, 1), "epoch": float(passes), "examples": passes * count,
        "seconds_train": row["seconds"], "seconds_eval": 0.0, "loss": row["loss"], "objective": row["loss"],
        "val_loss": row["val_loss"], "val_acc": row["val_acc"],
    }  # fmt: skip


def pass_seconds(task: Task) -> float:
    """Estimated seconds of the run, from two passes."""
    short = {**task.setup, "training": {**task.setup["training"], "full_batch_passes": 2}}
    last = minimise(task._replace(setup=short, purpose="tune"))[1][-1]
    return float(last["seconds_train"] / max(last["epoch"], 1) * task.setup["training"]["full_batch_passes"])
