"""A quick picture of a run, without the package `plots`, whose `curves` draws more."""

from pathlib import Path
from typing import Any

import numpy as np

from base.own_packages import optional

from .monitoring.history import History

TRAIN, VAL = "#0072B2", "#D55E00"  # told apart by colour-blind readers too


def plot(history: History, path: str | Path | None = None, measure: str = "accuracy") -> Any:
    """Draw loss and measure as a matplotlib figure of two panels; write it to `path` (.png, .svg, .pdf) if given."""
    library = optional("matplotlib.figure", "plotting needs matplotlib: pip install matplotlib")
    figure = library.Figure(figsize=(9, 3.6), layout="constrained")
    losses, accuracies = figure.subplots(1, 2)
    if history.loss:
        _draw_steps(losses, np.asarray(history.loss))
    steps = history.column("step")
    for axes, column, label, colour in (
        (losses, "val_loss", "validation", VAL),
        (accuracies, "train_acc", "training", TRAIN),
        (accuracies, "val_acc", "validation", VAL),
    ):
        axes.plot(steps, history.column(column), marker="o", ms=3, color=colour, label=label)
    for axes, what in ((losses, "loss"), (accuracies, measure)):
        axes.set(xlabel="step", ylabel=what)
        axes.legend(frameon=False)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    if path is not None:
        figure.savefig(path, dpi=150)
    return figure


def _draw_steps(axes: Any, loss: Any) -> None:
    """The loss of every step, and its mean over a hundredth of the run."""
    width = max(len(loss) // 100, 1)
    axes.plot(np.arange(1, len(loss) + 1), loss, color=TRAIN, lw=0.5, alpha=0.3)
    mean = np.convolve(loss, np.full(width, 1 / width), "valid")
    label = f"training, mean of {width}" if width > 1 else "training"
    axes.plot(np.arange(width, len(loss) + 1), mean, color=TRAIN, lw=1.5, label=label)
    if loss.min() > 0:
        axes.set_yscale("log")
