"""A problem of milliseconds and one finished sweep of it, shared by the tests of the benchmark."""

from pathlib import Path

import pytest

import bench

TINY = """
name = "tiny"
title = "A net of eight units on digits"
[data]
name = "digits"
val = 180
[model]
hidden = [8]
dtype = "float32"
[training]
batch = 64
epochs = 3
evaluations_per_epoch = 2
full_batch_passes = 6
[target]
measure = "val_error"
value = 0.3
reference = {solver = "momentum", settings = {learning_rate = 0.1, momentum = 0.9}}
"""
SOLVERS = ["sgd", "momentum", "adam", "lbfgs"]
TRIALS, SEEDS = 4, 6


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the problem."""
    path = tmp_path_factory.mktemp("problem") / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def swept(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished sweep, run one after the other in this process. Not to be written to."""
    folder = tmp_path_factory.mktemp("swept")
    bench.run(
        tiny, SOLVERS, budget="quick", trials=TRIALS, seeds=SEEDS, out=folder, backend="sequential", progress=False
    )
    return folder


def rerun(tiny: Path, out: Path, **how: object) -> None:
    """The sweep of `swept`, run in another way."""
    bench.run(tiny, SOLVERS, budget="quick", trials=TRIALS, seeds=SEEDS, out=out, progress=False, **how)  # type: ignore[arg-type]
