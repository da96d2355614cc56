"""What a trained net is measured by: the measure of its task, under its own name, and what is shown beside it."""

from collections.abc import Mapping

from base.arrays import Array
from base.tasks import Task, name_of
from base.words import readable
from solver.evaluation import measures
from solver.protocols import Model

BATCH = 1000


def measured(model: Model, X: Array, y: Array, task: Task | None = None) -> dict[str, float]:
    """{"loss": ..., NAME of the measure: ...} on X, y, as "accuracy", or "r2" and "rmse" of real targets.

    Without a task, the one that the loss and y say. A model with an `evaluate` of its own says one number for the
    measure, whose name it does not say.
    """
    found = measures(model, X, y, BATCH, task)
    own = None if task is None else name_of(task.measure)
    return {own or "measure" if name == "measure" else name: value for name, value in found.items()}


def words(found: Mapping[str, float]) -> str:
    """The measures as they are read, as in `R2 0.9934   RMSE 0.2097`."""
    return "   ".join(f"{readable(name)} {value:.4f}" for name, value in found.items() if name != "loss")
