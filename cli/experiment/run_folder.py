"""The folder of a training run: which one, what is in it, and the pictures."""

import contextlib
import json
import re
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import mnist
import plots
from base.atomic import atomic_write
from base.files.lock import InUseError, folder_lock
from layers import softmax
from solver.protocols import Model

from ..flags_and_output import plain
from .settings import TrainSettings

CHECKPOINT, LAYERS = "run.npz", "layers.jsonl"


@contextlib.contextmanager
def held(settings: TrainSettings, out: Path | None, resume: bool, overwrite: bool) -> Iterator[Path]:
    """The folder to write to, which no other process writes to meanwhile; InUseError names the one that does.

    Without `out`, a folder that is in use counts as taken.
    """
    passed: set[Path] = set()
    while True:
        folder = choose(settings, out, resume, overwrite, passed)
        try:
            lock = contextlib.ExitStack()
            lock.enter_context(folder_lock(folder))
        except InUseError:
            if out is not None or resume:
                raise
            passed.add(folder)
            continue
        with lock:
            if choose(settings, out, resume, overwrite, passed) == folder:  # no other run has ended there meanwhile
                yield folder
                return


def choose(
    settings: TrainSettings, out: Path | None, resume: bool, overwrite: bool, passed: Container[Path] = ()
) -> Path:
    """The folder to write to, none of those that are `passed` over.

    A folder that holds a run is used again only with --resume or --overwrite.
    """
    if out is None:
        return _default(settings, resume, passed)
    if resume and not (out / CHECKPOINT).exists():
        raise ValueError(f"--resume: there is no {out / CHECKPOINT}; leave --resume out to start")
    if (out / CHECKPOINT).exists() and not (resume or overwrite):
        raise ValueError(f"{out} holds a run: --resume continues it, --overwrite replaces it, or choose another")
    return out


def _default(settings: TrainSettings, resume: bool, passed: Container[Path]) -> Path:
    """runs/DATA-MODEL-RULE-seedN, with -2, -3, ... where that is taken; the last of them with --resume."""
    words = (Path(settings.data).resolve().stem, settings.model, settings.rule, f"seed{settings.seed}")
    bare = [re.split(r"[/\\]", word)[-1].replace(".py:", "_") for word in words]
    name = "-".join(re.sub(r"[^A-Za-z0-9_.]", "", word) for word in bare)
    folders = [Path("runs") / (name if i == 1 else f"{name}-{i}") for i in range(1, 10_000)]
    taken = [folder for folder in folders if (folder / CHECKPOINT).exists()]
    free = (folder for folder in folders if folder not in taken and folder not in passed)
    if resume:
        if not taken:
            raise ValueError(f"--resume: there is no {folders[0] / CHECKPOINT}; name the folder with --out")
        return taken[-1]
    return next(free)


def write_layers(folder: Path, rows: list[dict[str, Any]]) -> None:
    """layers.jsonl: what was kept of the layers, one evaluation a line."""
    text = "".join(json.dumps(plain(row), allow_nan=False) + "\n" for row in rows)
    atomic_write(folder / LAYERS, lambda stream: stream.write(text.encode()))


def draw_layers(folder: Path, rows: list[dict[str, Any]]) -> list[Path]:
    """The picture of them, if there are any."""
    if not rows:
        return []
    plots.layers(rows, path=folder / "layers.png")
    return [folder / "layers.png"]


def draw(folder: Path, history: dict[str, Any], model: Model, data: mnist.Dataset) -> list[Path]:
    """Write the pictures of a run and return their paths; what cannot be drawn for this model or data is left out."""
    made = [folder / "curves.png"]
    plots.curves(history, path=made[0])
    first = dict(model.params).get("W1")
    images = len(data.info.shape) == 2  # grey ones, which can be drawn
    shape = data.info.shape if images else (1, 1)
    of_pixels = first is not None and first.ndim == 2 and first.shape[0] == int(np.prod(shape))
    if images and first is not None and (of_pixels or first.ndim == 4):
        made.append(folder / "weights.png")
        plots.weights(first, (shape[0], shape[1]) if of_pixels else None, path=made[-1])
    if not len(data["X_test"]):
        return made
    scores = np.concatenate([model.loss(block) for block in np.array_split(data["X_test"], 10)])
    if data["y_test"].ndim == 1 and scores.ndim == 2 and scores.shape[1] > data["y_test"].max():
        made.append(folder / "confusion.png")
        names = data.info.classes if data.info.classes and len(data.info.classes) <= 30 else None
        plots.confusion(data["y_test"], scores.argmax(axis=1), path=made[-1], part="test", names=names)
        if images:
            made.append(folder / "mistakes.png")
            pixels = data["X_test"].reshape(-1, *shape)
            plots.mistakes(pixels, data["y_test"], softmax(scores), path=made[-1], names=names)
    return made
