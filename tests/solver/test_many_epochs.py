"""Numbers of epochs and rows without an end: the Solver is built at once, or says why not."""

import pytest
from solver_cases import flat_net, quiet, softmax_data

from solver import Solver


@pytest.mark.parametrize("epochs", [10**9, 10**18, 10**30])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"sampling": "epoch"},
        {"lr_schedule": "cosine"},
        {"lr_schedule": "one_cycle"},
        {"lr_decay": 0.9},
        {"average": 0.9},
    ],
    ids=str,
)
def test_so_many_epochs_are_only_a_number(epochs, more):
    solver = quiet(flat_net(), num_epochs=epochs, **more)
    assert solver.settings.num_epochs == epochs
    assert solver.run.total_steps >= epochs


class StopAtSeven:
    def on_step(self, solver, logs):
        return logs["step"] >= 7


def test_a_run_of_so_many_epochs_can_be_stopped_saved_and_loaded(tmp_path):
    solver = quiet(flat_net(), num_epochs=10**18, engine="numpy", callbacks=[StopAtSeven()])
    solver.train().save(tmp_path / "run.npz")
    assert solver.step == 7
    assert Solver.load(tmp_path / "run.npz", flat_net(), softmax_data()).settings.num_epochs == 10**18


@pytest.mark.parametrize("rows", [10**13, 10**30])
def test_a_batch_that_no_memory_holds_is_refused_in_words(rows):
    with pytest.raises(ValueError, match=f"batch_size is {rows}: a batch of so many rows does not fit into memory"):
        quiet(flat_net(), batch_size=rows)
