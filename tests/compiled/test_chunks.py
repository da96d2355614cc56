"""What a chunk of compiled steps may take: a fraction of a second, so that Ctrl-C is answered, and little memory."""

import tracemalloc

import numpy as np
import pytest
from nets import data, quiet

import models
from solver import compiled as engine

pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")


def running(given=None, **settings):
    """The compiled engine of a run of many steps, loaded."""
    solver = quiet(models.mlp([12, 40, 5], rng=0), given or data(), engine="compiled", num_epochs=1, **settings)
    solver.train()
    return solver.run, solver.run.compiled


@pytest.mark.parametrize(("seconds", "most"), [(0.05, 4), (0.15, 1), (3.0, 1), (1e-9, engine.MOST)])
def test_a_chunk_ends_within_a_fraction_of_a_second(seconds, most):
    run, compiled = running()
    compiled._seconds = seconds  # what the chunk before has measured
    before = run.step
    losses, failed = compiled.chunk(10**6)
    assert (len(losses), failed) == (most, False)
    assert run.step == before, "the caller counts the steps"
    assert 0 < compiled._seconds < engine.CHUNK_SECONDS or seconds > 1


def test_a_chunk_adds_no_memory_but_its_indices_numbers_and_losses():
    given = data()
    given["X_train"] = np.tile(given["X_train"], (20, 1))  # larger than what is allowed below
    given["y_train"] = np.tile(given["y_train"], 20)
    _, compiled = running(given, batch_size=16)
    compiled._seconds = 1e-9
    compiled.chunk(500)
    tracemalloc.start()
    try:
        compiled.chunk(500)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    index = 8 * 500 * 16
    assert peak < 3 * index < given["X_train"].nbytes, f"{peak} bytes at the peak, {index} of indices"
