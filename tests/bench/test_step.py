"""What the speed of a step rests on: no allocation once it runs, pixels that stay bytes with the same bits."""

import tracemalloc

import numpy as np
import pytest

from bench.speed.contenders.ours import Ours
from bench.speed.problem import Problem
from models import mlp
from solver import Solver

RULES = ["sgd", "momentum", "adam"]


@pytest.mark.parametrize("rule", RULES)
def test_nothing_of_the_size_of_a_batch_or_of_the_weights_is_allocated_after_the_first_steps(rule):
    problem = Problem(hidden=128, batch=100, rule=rule, rows=500)
    solver = Ours(problem, *problem.data(), None).solver(10**6)
    for _ in range(5):
        solver.run.train_step()
    tracemalloc.start()
    try:
        for _ in range(20):
            solver.run.train_step()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    smallest = 4 * problem.batch * problem.hidden
    assert peak < smallest, f"{peak} bytes at the peak, {now} still held"


def bytes_and_floats() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 256, (120, 20)).astype(np.uint8)
    y = rng.integers(0, 3, 120)
    pixels = (raw / 255).astype(np.float32)
    cut = ({"X_train": X[:100], "X_val": X[100:]} for X in (raw, pixels))
    return tuple(data | {"y_train": y[:100], "y_val": y[100:]} for data in cut)


@pytest.mark.parametrize("rule", ["sgd_momentum", "adam"])
def test_pixels_kept_as_bytes_train_to_the_same_bits(rule):
    runs = []
    for data, scale in zip(bytes_and_floats(), (255, 1), strict=True):
        model = mlp([20, 8, 3], dtype="float32", rng=0, input_scale=scale)
        solver = Solver(model, data, update_rule=rule, batch_size=7, num_epochs=3, verbose=False)
        runs.append(solver.train())
    raw, floats = runs
    assert raw.loss_history == floats.loss_history
    assert raw.val_acc_history == floats.val_acc_history
    np.testing.assert_array_equal(raw.model.params.flat, floats.model.params.flat)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_256_values_are_scaled_to_the_bits_of_a_division_beforehand(dtype):
    values = np.arange(256, dtype=np.uint8)[None]
    model = mlp([256, 2], dtype=dtype, rng=0, input_scale=255)
    np.testing.assert_array_equal(model.values(values)["x"], (values / 255).astype(dtype))


def test_the_scale_is_saved_with_the_model_and_checked():
    from models import from_config

    model = mlp([4, 2], rng=0, input_scale=255)
    assert from_config(model.config()).input_scale == 255
    older = {key: value for key, value in model.config().items() if key != "input_scale"}
    assert from_config(older).input_scale == 1
    with pytest.raises(ValueError, match=r"input_scale is 0; expected a positive number"):
        mlp([4, 2], input_scale=0)
