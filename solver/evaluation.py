"""Measures a model on data without changing anything, by its task: in blocks, without gradients if possible."""

import contextlib
import copy
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from base.arrays import Array
from base.tasks import BINARY, MULTILABEL, TASKS, Task, as_task, choose, default, link_of

from .inputs.data import Data, check_labels
from .inputs.model import check_follows
from .inputs.returns import check_pair, check_scores, scalar
from .parameters import Parameters
from .protocols import Model


def evaluate(model: Model, X: Array, y: Array, batch_size: int = 100, task: Task | None = None) -> tuple[float, float]:
    """(loss, measure of the task) on X, y, see `measures`."""
    loss, value, *_ = measures(model, X, y, batch_size, task).values()
    return loss, value


def measures(model: Model, X: Array, y: Array, batch_size: int = 100, task: Task | None = None) -> dict[str, float]:
    """{"loss": ..., the measure of the task, what is shown beside it} on X, y.

    With `model.evaluate` the loss is the data loss; one of another kind than our graphs' also says the measure. Of
    other models the loss is the mean of `loss(X, y)[0]` over batches, penalty included, on a copy of the model, so that
    running averages and the like stay as they are. task: by default what the model, or else the targets y, say.
    """
    if _is_ours(model):
        found: dict[str, float] = model.measures(X, y, task=task)  # type: ignore[attr-defined]
        return found
    if hasattr(model, "evaluate"):
        loss, measure = model.evaluate(X, y)
        return {"loss": float(loss), "measure": float(measure)}
    total, scores = 0.0, []
    with undisturbed(model) as twin:
        for start in range(0, len(X), batch_size):
            rows = slice(start, start + batch_size)
            Xb, yb = X[rows], y[rows]
            scores.append(np.array(twin.loss(Xb)))
            answer = twin.loss(Xb, yb)
            check_pair(answer)
            total += scalar(answer[0]) * len(yb)
    all_scores = np.concatenate(scores)
    task = task or choose((y,), all_scores.size // len(X), link_of(getattr(model, "loss_layer", None)))
    return {"loss": total / len(X), **task.values(_about_zero(all_scores, y, task), y)}


def measure(model: Model, X: Array, y: Array, batch_size: int, task: Task) -> float:
    """The measure of the task on X, y, without the loss where that can be."""
    if hasattr(model, "evaluate"):
        return evaluate(model, X, y, batch_size, task)[1]
    with undisturbed(model) as twin:
        blocks = [np.array(twin.loss(X[i : i + batch_size])) for i in range(0, len(X), batch_size)]
    return next(iter(task.values(_about_zero(np.concatenate(blocks), y, task), y).values()))


def _about_zero(scores: Array, y: Array, task: Task) -> Array:
    """Scores whose sign says yes or no: where a model of one's own answers with probabilities, those less one half."""
    asked = task in (BINARY, MULTILABEL) and np.min(y) >= 0
    return scores - 0.5 if asked and np.min(scores) >= 0 and np.max(scores) <= 1 else scores


def task_of(model: Model, data: Data, given: Any) -> Task:
    """The task of a run: `given`, or what the model's loss and the targets make of it, see `base.tasks`.

    A graph is told, so that it answers accordingly. Raises ValueError where one score is to pick a class of several.
    """
    with undisturbed(model) as twin:
        scores = check_scores(twin.loss(data.X_val[:2]), len(data.X_val[:2]))
    columns, link = scores.size // len(scores), link_of(getattr(model, "loss_layer", None))
    found = choose((data.y_train, data.y_val), columns, link)
    task = found if given is None else as_task(given)
    named = task if task.name in TASKS else found
    holder: Any = model
    while not hasattr(type(holder), "measures") and hasattr(holder, "model"):
        holder = holder.model
    if hasattr(type(holder), "measures") and hasattr(type(holder), "task"):
        holder.task = None if named == default(columns, link) else named.name
    return task


def _is_ours(model: Model) -> bool:
    """Whether the model measures by task; a subclass with an `evaluate` of its own does not."""
    evaluate = getattr(model, "evaluate", len)
    return hasattr(model, "measures") and _takes_weights(getattr(evaluate, "__func__", evaluate))


@functools.lru_cache(maxsize=100)  # asked at every evaluation
def _takes_weights(evaluate: Callable[..., Any]) -> bool:
    return "sample_weight" in inspect.signature(evaluate).parameters


def check_before_training(parameters: Parameters, data: Data) -> None:
    """Before training: scores of the right shape, labels that fit them, and a loss that follows the parameters.

    The last is asked of adopted models only. Raises TypeError or ValueError.
    """
    model, native = parameters.model, parameters.native
    X, y = data.X_val[:2], data.y_val[:2]  # of one row alone some models squeeze the scores
    with contextlib.nullcontext(model) if native else undisturbed(model) as twin:
        scores = check_scores(twin.loss(X), len(X))
        if scores.ndim == 2:
            check_labels(data, scores.shape[1], getattr(getattr(model, "loss_layer", None), "targets", None))
        if not native:
            check_follows(model, twin, parameters.layout, X, y)


@contextlib.contextmanager
def undisturbed(model: Model) -> Iterator[Any]:
    """A copy of a model of others, and NumPy's global stream restored afterwards: both may change in its `loss`."""
    state = np.random.get_state()  # noqa: NPY002  course models draw their dropout masks from the global stream
    try:
        yield _copied(model)
    finally:
        np.random.set_state(state)  # noqa: NPY002


def _copied(model: Model) -> Model:
    try:
        return copy.deepcopy(model)
    except Exception:  # a model may hold anything: a file, a lock; then it is measured itself
        return model
