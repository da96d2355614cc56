"""Runs on pictures, what reads drawings with them, and drawings of a few strokes."""

from pathlib import Path

import numpy as np
import pytest

from cli.demo.reading import SIDE, Reading
from cli.experiment import trained_net
from cli.main import main

THREE = [(0.3, 0.25), (0.45, 0.15), (0.62, 0.2), (0.62, 0.35), (0.45, 0.47), (0.65, 0.55), (0.68, 0.72), (0.5, 0.85),
         (0.3, 0.78)]  # fmt: skip
SEVEN = [(0.28, 0.2), (0.7, 0.2), (0.45, 0.85)]
FLAGS = {
    "plain": "--model mlp:24 --epochs 12",
    "standardised": "--model mlp:16,12 --activation tanh --standardise --epochs 8",
    "raw": "--model mlp --scale raw --epochs 2 --set learning_rate=0.001",
}


class Made(dict):
    """What a function makes of a name, once it is asked for."""

    def __init__(self, make):
        super().__init__()
        self.make = make

    def __missing__(self, name):
        self[name] = self.make(name)
        return self[name]


@pytest.fixture(scope="session")
def runs(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("runs")

    def train(name: str) -> Path:
        command = f"train --data digits {FLAGS[name]} --seed 1 --quiet --no-pictures --out"
        assert main([*command.split(), str(folder / name)]) == 0
        return folder / name / "run.npz"

    return Made(train)


@pytest.fixture(scope="session")
def readings(runs) -> dict[str, Reading]:
    return Made(lambda name: Reading(trained_net.load(runs[name], "last"), name))


def ink(*strokes: list[tuple[float, float]]) -> np.ndarray:
    """The ink (SIDE, SIDE) of strokes as the page draws them: 255 near the line, fading over one pixel."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    drawn, radius = np.zeros((SIDE, SIDE)), 0.043 * SIDE
    for stroke in strokes:
        points = np.array(stroke) * SIDE - 0.5
        for a, b in zip(points[:1].repeat(1, 0).tolist() + points[:-1].tolist(), points.tolist(), strict=True):
            way = np.subtract(b, a)
            length = way @ way
            share = np.clip(((columns - a[0]) * way[0] + (rows - a[1]) * way[1]) / (length or 1), 0, 1)
            distance = np.hypot(columns - a[0] - share * way[0], rows - a[1] - share * way[1])
            drawn = np.maximum(drawn, np.clip(radius + 0.5 - distance, 0, 1))
    return np.round(255 * drawn).astype(np.uint8)


def scribbles(count: int) -> list[np.ndarray]:
    """Strokes of all sizes anywhere, some of several parts, some tiny, and a dot."""
    rng, found = np.random.default_rng(0), [ink([(0.5, 0.5)])]
    for _ in range(count - 1):
        size = rng.uniform(0.06, 0.85)
        corner = rng.uniform(0.07, 0.93 - size, 2)
        strokes = rng.integers(1, 4)
        found.append(
            ink(*(list(map(tuple, corner + size * rng.uniform(size=(rng.integers(2, 6), 2)))) for _ in range(strokes)))
        )
    return found
