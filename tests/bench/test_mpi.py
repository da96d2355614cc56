"""Training over 1, 2 and 4 MPI ranks: all ranks agree, repeats agree, and only rounding parts them from one process."""

import json
import re
from typing import Any

import numpy as np
import pytest

import models
from solver import Solver
from tests.bench.mpiexec import on_ranks
from tests.sampled import sampled

pytest.importorskip("mpi4py", reason="needs MPI: pip install layergraph[mpi]")

@pytest.fixture(scope="module", params=sampled([1, 2, 4], [2]))
def result(request: pytest.FixtureRequest) -> dict[str, Any]:
    found = on_ranks(request.param, "-m", "tests.bench.mpi_ranks")
    assert found.returncode == 0, found.stderr
    return dict(json.loads(found.stdout.splitlines()[-1]))


def test_ranks_agree_and_a_repeat_agrees(result: dict[str, Any]) -> None:
    assert len(result["first"]) == result["ranks"]
    assert len(set(result["first"])) == 1
    assert result["again"] == result["first"]
    assert len(set(result["few"])) == 1


def test_a_model_of_the_course_trains_alike(result: dict[str, Any]) -> None:
    assert result["course"] == result["first"]


def test_only_rounding_parts_it_from_one_process(result: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((600, 20)), rng.integers(0, 3, 600)
    model = models.mlp([20, 16, 3], reg=0.01, rng=0)
    alone = Solver(model, {"X_train": X, "y_train": y, "X_val": X[:50], "y_val": y[:50]}, update_rule="sgd_momentum",
                   optim_config={"learning_rate": 0.1}, batch_size=101, num_epochs=12, verbose=False, seed=1,
                   restore_best=False)  # fmt: skip
    alone.train()
    weights = np.array(result["weights"])
    apart = np.abs(weights - model.params.flat).max() / np.abs(model.params.flat).max()
    assert apart < 1e-12
    assert (apart == 0) == (result["ranks"] == 1)
    assert result["loss"] == pytest.approx(alone.loss_history[-1], rel=1e-12)


def test_one_rank_that_wants_to_stop_stops_all_after_the_same_step(result: dict[str, Any]) -> None:
    steps = {step for step, _ in result["stopped"]}
    assert steps == {8}  # asked after step 7, told in the all-reduce of step 8
    assert {reason for _, reason in result["stopped"]} == {"callback"}


def test_rank_0_alone_prints_what_the_ranks_cost(result: dict[str, Any]) -> None:
    """So that nobody trains over ranks where it does not pay."""
    first, *others = result["said"]
    assert others == [""] * (result["ranks"] - 1)
    found = re.search(
        r"data parallel over (\d) ranks: gradient of the batch ([\d.]+) ms on one rank; slice ([\d.]+) ms"
        r" \+ all-reduce ([\d.]+) ms = ([\d.]+) times as fast(: SLOWER than one rank)?",
        first,
    )
    assert found, first
    ranks, alone, part, reduce, speedup = map(float, found.groups()[:5])
    assert ranks == result["ranks"]
    assert speedup == pytest.approx(alone / (part + reduce), rel=0.2, abs=0.05)  # from numbers rounded for the eye
    assert (speedup < 1) == bool(found[6]) or speedup == 1


def test_ranks_that_drift_apart_are_noticed_by_all(result: dict[str, Any]) -> None:
    expected = 0 if result["ranks"] == 1 else result["ranks"]
    assert sum("parameters differ between ranks" in text for text in result["noticed"]) == expected


def test_noise_is_refused() -> None:
    from mpi4py import MPI

    from solver.parallel import DataParallel

    class Noisy:
        noisy = True

    with pytest.raises(ValueError, match="noise or running statistics cannot be sliced"):
        DataParallel(Noisy(), MPI.COMM_SELF)
