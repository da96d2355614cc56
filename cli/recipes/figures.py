"""Figures of the results page, from the result files: curves of training losses, and accuracy by amount of data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plots import lines, saving, style

from . import result_files
from .result_files import Row

BLOCK = 50  # steps that one recorded loss is the mean of
TITLES = {
    "optimizers": "Training loss of 784-100-100-100-100-10, batch 128",
    "initialisations": "Training loss by initial weights, SGD 0.01, batch 128",
}
NAMES = {"sgd": "SGD", "momentum": "momentum", "adagrad": "AdaGrad", "adam": "Adam",
         "std01": "std 0.01", "xavier": "Xavier", "he": "He"}  # fmt: skip


def draw(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Write the figures whose runs have finished, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name in TITLES:
        found = {row.variant or name: result_files.read(row) for row in rows if row.name == name}
        if found and all(found.values()):
            made.append(_curves(found, TITLES[name], folder / f"{name}.png"))
    sizes = {int((row.variant or "n0")[1:]): result_files.read(row) for row in rows if row.name == "data_efficiency"}
    if sizes and all(sizes.values()):
        made.append(_efficiency(sizes, folder / "data_efficiency.png"))
    return made


def _curves(found: dict[str, list[dict[str, Any]]], title: str, path: Path) -> Path:
    """One line a variant, the mean over seeds, with the range of seeds as a band; the loss on a logarithmic scale."""
    with saving.drawn(path, 7.2, style.PANEL) as figure:
        axes = figure.subplots()
        ends = []
        for colour, (variant, runs) in zip(style.PALETTE, found.items(), strict=False):
            losses = np.array([run["train_losses"] for run in runs])
            steps = BLOCK * (np.arange(losses.shape[1]) + 0.5)
            axes.plot(steps, losses.mean(axis=0), color=colour)
            axes.fill_between(steps, losses.min(axis=0), losses.max(axis=0), color=colour, alpha=0.2, linewidth=0)
            last = float(losses.mean(axis=0)[-1])
            ends.append(lines.End(NAMES.get(variant, variant), last, last, colour))
        axes.set(yscale="log", xlabel="step", ylabel=f"loss, mean of {BLOCK} steps", title=title)
        axes.set_xlim(0, BLOCK * losses.shape[1])
        axes.grid(axis="y")
        lines.label_ends(axes, ends)
    return path


def _efficiency(sizes: dict[int, list[dict[str, Any]]], path: Path) -> Path:
    """Test accuracy against the number of training images, one dot a seed, a line through the means."""
    with saving.drawn(path, 5.2, style.PANEL) as figure:
        axes = figure.subplots()
        for size, runs in sizes.items():
            axes.plot([size] * len(runs), [100 * run["test_accuracy"] for run in runs], "o", color=style.BLUE, ms=3)
        means = [100 * float(np.mean([run["test_accuracy"] for run in runs])) for runs in sizes.values()]
        axes.plot(list(sizes), means, color=style.BLUE)
        for size, value in zip(sizes, means, strict=True):
            axes.annotate(f"{value:.1f} %", (size, value), xytext=(6, -10), textcoords="offset points")
        axes.set(xscale="log", xlabel="training images", ylabel="test accuracy, %",
                 title="784-30-10 sigmoid: what more data give")  # fmt: skip
        axes.set_xlim(60, 160_000)
        axes.set_ylim(5 * (min(means) // 5) - 5, 100)
        axes.grid(axis="y")
    return path
