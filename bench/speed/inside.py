"""Measurements within this project: prediction against its products, bookkeeping and distortions against training."""

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mnist import Distortion
from models import mlp

from .contenders import ours
from .problem import CLASSES, INPUTS, Problem
from .ratios import Ratio, ratio

IMAGES = 10_000
STEPS = 100


def prediction(hidden: int, rounds: int, dtype: str = "float32") -> Ratio:
    """Predicting 10,000 images with 784-H-10, as a multiple of the time of its two products."""
    X = Problem(hidden, 1, dtype, rows=IMAGES).data()[0]
    model = mlp([INPUTS, hidden, CLASSES], dtype=dtype, rng=0)
    W1, W2 = model.params["W1"], model.params["W2"]
    h, scores = np.empty((IMAGES, hidden), dtype), np.empty((IMAGES, CLASSES), dtype)

    def products() -> None:
        np.matmul(X, W1, out=h)
        np.matmul(h, W2, out=scores)

    times = alternate({"products": products, "predict": lambda: model.predict(X)}, rounds)
    return ratio(times["predict"], times["products"])


def bookkeeping(rounds: int, hidden: int = 128, batch: int = 100) -> Ratio:
    """The share of a training step that is the Solver's own: all but batch, model and update rule."""
    whole, empty = (_solver(hidden, batch) for _ in range(2))
    run = empty.run
    drawn = run.sampler.draw()
    rows = run.gather(drawn, 0)
    run.model.loss(*rows, out=run.gradient.out)
    answer = (1.0, run.gradient.out)
    run.sampler.draw = lambda: drawn  # what is left when everything that is not the Solver's costs nothing
    run.gather = lambda mask, step: rows
    run.gradient.model = _Answer(answer)
    run.updater.apply = lambda gradient, step: None
    times = alternate({"whole": whole.train, "empty": empty.train}, rounds)
    return ratio(times["empty"], times["whole"])


def distortions(rounds: int, rows: int = 6000, hidden: int = 800, batch: int = 128) -> Ratio:
    """Elastic and affine distortions of `rows` images as a multiple of an epoch of 784-800-10 over as many rows."""
    X, y = Problem(hidden, batch, rows=rows).data()
    solver = ours.start(Problem(hidden, batch, rows=rows), X, y, None).solver(-(-rows // batch))
    distortion, step = Distortion(elastic=0.9, sigma=4.0, rotation=8.0, scaling=0.1), itertools.count()
    times = alternate({"distort": lambda: distortion(X, seed=0, step=next(step)), "epoch": solver.train}, rounds)
    return ratio(times["distort"], times["epoch"])


class _Answer:
    """A model whose loss costs nothing."""

    def __init__(self, answer: tuple[float, Any]):
        self.loss: Callable[..., tuple[float, Any]] = lambda X, y, **_: answer


def _solver(hidden: int, batch: int) -> Any:
    problem = Problem(hidden, batch)
    solver = ours.Ours(problem, *problem.data(), None).solver(STEPS)
    return solver.train()


def alternate(parts: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each part in each round, the parts in turns; one round before that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in parts}
    for index in range(rounds + 1):
        for name, part in parts.items():
            begin = time.perf_counter()
            part()
            if index:
                times[name].append(time.perf_counter() - begin)
    return times
