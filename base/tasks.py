"""What targets ask of a model: the task, its measure, and how scores become answers.

It is chosen once, where data meet a model, from the loss and the targets; what reports, compares or stops goes by it.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from . import measures
from .arrays import Array
from .user_code import find, is_reference
from .words import did_you_mean

Measure = Callable[..., float]  # (scores, y, sample_weight=None) -> a number


class Task(NamedTuple):
    """A kind of target. `measure` is larger where the scores are better; `beside` is shown with it.

    measure, beside: functions (scores, y, sample_weight=None) -> float. label: the measure's name in a line of print.
    """

    name: str
    measure: Measure
    label: str
    beside: Measure | None = None

    @property
    def beside_names(self) -> tuple[str, ...]:
        """The names of what is shown beside the measure."""
        return () if self.beside is None else (name_of(self.beside),)

    def values(self, scores: Array, y: Array, sample_weight: Array | None = None) -> dict[str, float]:
        """The measures by name, the task's own first; ValueError where scores and targets differ in their rows."""
        if np.ndim(y) == 0 or len(scores) != len(y):
            raise ValueError(f"there are {len(scores)} rows of scores but {len(y) if np.ndim(y) else 0} of y.")
        if self.name in ("multilabel", "real") and measures.rows_of(scores).shape != measures.rows_of(y).shape:
            raise ValueError(f"scores have shape {scores.shape}, y has {y.shape}: one target for each score is needed.")
        both = (self.measure, *([] if self.beside is None else [self.beside]))
        more = {} if sample_weight is None else {"sample_weight": sample_weight}
        return {name_of(one): float(one(scores, y, **more)) for one in both}

    def decide(self, scores: Array, threshold: float = 0.0) -> Array:
        """Scores as answers: classes (N,), 0/1 of a score above `threshold` (N,) or (N, C), or the values themselves.

        One column of real values is (N,).
        """
        if self.name == "classes":
            chosen: Array = np.argmax(scores, axis=1)
            return chosen
        flat = scores[:, 0] if scores.ndim == 2 and scores.shape[1] == 1 else scores
        answers: Array = np.array(flat) if self.name == "real" else (flat > threshold).astype(np.int64)
        return answers


CLASSES = Task("classes", measures.accuracy, "acc")
BINARY = Task("binary", measures.sign_accuracy, "acc")
MULTILABEL = Task("multilabel", measures.subset_accuracy, "subset_acc", measures.hamming_loss)
REAL = Task("real", measures.r2, "r2", measures.rmse)
TASKS: Mapping[str, Task] = {task.name: task for task in (CLASSES, BINARY, MULTILABEL, REAL)}
_RANK = (BINARY, CLASSES, MULTILABEL, REAL)  # of two parts of the data, the one that says more about the kind counts


def default(columns: int, link: str | None) -> Task:
    """The task without targets: several scores stand for classes, one for a yes or no (link "sigmoid"), or a value.

    Raises ValueError as `choose` does.
    """
    return CLASSES if columns > 1 else choose((np.zeros(0),), columns, link or "identity")


def link_of(loss: Any) -> str | None:
    """What a loss makes of a score, see `choose`; one that takes labels, and says nothing else, picks a class."""
    targets = getattr(loss, "targets", ())
    said: str | None = getattr(loss, "link", None)
    classes = "labels" in targets and "real" not in targets  # who takes anything says nothing
    return said or ("softmax" if classes else "identity" if targets == ("real",) else None)


def as_task(task: Any) -> Task:
    """A Task, one by name, or a measure (scores, y) -> float of one's own, larger is better, also as "file.py:name".

    Raises TypeError or ValueError for anything else.
    """
    if is_reference(task):
        task = find(task)
    if isinstance(task, Task):
        return task
    if callable(task) and not isinstance(task, type):
        return Task("own", task, name_of(task))
    if not isinstance(task, str):
        raise TypeError(f"task must be one of {', '.join(TASKS)}, or a function (scores, y) -> float; got {task!r}.")
    if task not in TASKS:
        raise ValueError(f"unknown task {task!r}.{did_you_mean(task, TASKS)} Known: {', '.join(TASKS)}.")
    return TASKS[task]


def choose(ys: tuple[Array, ...], columns: int, link: str | None = None) -> Task:
    """The task of targets `ys` (of training, of validation) for scores of so many columns.

    link: what the loss makes of a score: "softmax", one of C classes; "sigmoid", a yes or no; "identity", a value;
    None where nobody knows, and the targets alone must tell. One score a row and 0/1 or -1/+1: "binary". Labels and
    one-hot rows: "classes". Rows of several 0/1 or -1/+1: "multilabel". All else: "real". Raises ValueError where one
    score is to pick one class of several.
    """
    if columns == 1 and link == "softmax":
        raise ValueError(
            "one score a row cannot pick one class of several, for its largest is always the first: two classes take"
            " two outputs, or one output with loss='logistic' and targets 0/1."
        )
    return max((_choose(y, columns, link) for y in ys), key=_RANK.index)


def _choose(y: Array, columns: int, link: str | None) -> Task:
    if columns == 1:
        yes_or_no = link == "sigmoid" or (link is None and _is_yes_or_no(y))
        return BINARY if yes_or_no else REAL
    if link == "softmax" or y.ndim == 1 or _is_one_hot(y):
        return CLASSES
    if link == "identity":
        return REAL
    if np.all(y[:1000] >= 0) and np.allclose(np.sum(y, axis=1), 1, atol=1e-3):
        return CLASSES  # probabilities of classes
    return MULTILABEL if link == "sigmoid" or _is_yes_or_no(y) else REAL


def _is_yes_or_no(y: Array) -> bool:
    """Whether all targets are 0/1, or all -1/+1."""
    return any(bool(np.all((part == low) | (part == 1))) for part in _first_look(y) for low in (0, -1))


def _first_look(y: Array) -> list[Array]:
    """All of y, or nothing where its first rows show already that it holds more than two values."""
    return [y] if len(np.unique(y[:100])) <= 2 else []


def _is_one_hot(y: Array) -> bool:
    """Whether rows (N, C) hold two values, 0 and 1 or others, and the larger of them once each."""
    if y.ndim != 2 or not _first_look(y):
        return False
    low, high = np.min(y), np.max(y)
    at_high = y == high
    return bool(low < high and np.all(at_high | (y == low)) and np.all(np.sum(at_high, axis=1) == 1))


def name_of(measure: Measure) -> str:
    """The name of a measure in histories and messages; that of the sign is accuracy, too."""
    if measure is measures.sign_accuracy:
        return "accuracy"
    return str(getattr(measure, "__name__", type(measure).__name__))
