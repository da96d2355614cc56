"""The picture of a run: loss of every step, and loss and accuracy at the evaluations."""

from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array

from .monitoring.history import History

TRAIN, VAL = "#0072B2", "#D55E00"  # told apart by colour-blind readers too


def plot(history: History, path: str | Path | None = None, title: str = "") -> Any:
    """Draw the history as a matplotlib figure of two panels; write it to `path` (.png, .svg, .pdf) if one is given."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("plotting needs matplotlib: pip install matplotlib") from None
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    losses, accuracies = figure.subplots(1, 2)
    _draw_losses(losses, history)
    steps = history.column("step")
    for column, colour, label in (("train_acc", TRAIN, "training"), ("val_acc", VAL, "validation")):
        accuracies.plot(steps, history.column(column), marker="o", ms=3, color=colour, label=label)
    accuracies.set(xlabel="step", ylabel="accuracy")
    accuracies.legend(frameon=False)
    for axes in (losses, accuracies):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    if title:
        figure.suptitle(title)
    if path is not None:
        figure.savefig(path, dpi=150)
    return figure


def _draw_losses(axes: Any, history: History) -> None:
    loss = np.asarray(history.loss)
    steps = np.arange(1, len(loss) + 1)
    axes.plot(steps, loss, color=TRAIN, lw=0.5, alpha=0.3)
    width = max(len(loss) // 100, 1)
    if len(loss):
        label = f"training, mean of {width}" if width > 1 else "training"
        axes.plot(steps[width - 1 :], _running_mean(loss, width), color=TRAIN, lw=1.5, label=label)
    axes.plot(history.column("step"), history.column("val_loss"), marker="o", ms=3, color=VAL, label="validation")
    if len(loss) and loss.min() > 0:
        axes.set_yscale("log")
    axes.set(xlabel="step", ylabel="loss")
    axes.legend(frameon=False)


def _running_mean(values: Array, width: int) -> Array:
    sums = np.cumsum(np.concatenate([[0.0], values]))
    mean: Array = (sums[width:] - sums[:-width]) / width
    return mean
