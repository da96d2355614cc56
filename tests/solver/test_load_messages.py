"""What Solver.load refuses, and in which words."""

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, softmax_data

from solver import CheckpointError, Solver


@pytest.fixture
def saved(tmp_path):
    quiet(flat_net(), update_rule="adam").train().save(tmp_path / "run.npz")
    return tmp_path / "run.npz"


def load_refused(error, message, path, model=None, data=None, **settings):
    with pytest.raises(error) as caught:
        Solver.load(path, model or flat_net(), data or softmax_data(), **settings)
    assert message in str(caught.value), str(caught.value)


def test_checkpoint_of_another_model(saved):
    import models

    other = models.mlp([12, 5, 6, 3], rng=0)
    load_refused(CheckpointError, "run.npz holds W1 (12, 7); this model has W1 (12, 5).", saved, other)
    single = flat_net(np.float32)
    load_refused(CheckpointError, "run.npz holds W1 as float64; in this model it is float32.", saved, single)
    load_refused(CheckpointError, "this model has W1, b1.", saved, CourseNet())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "svm_loss"}, "run.npz was trained with loss 'softmax_loss'; this model has loss 'svm_loss'."),
        ({"reg": 0.5}, "run.npz was trained with reg 0.0; this model has reg 0.5."),
        ({"activation": "tanh"}, "of layer 'relu'; this model has node "),
    ],
)
def test_checkpoint_of_a_model_that_computes_something_else(saved, settings, message):
    load_refused(CheckpointError, message, saved, flat_net(**settings))


def test_first_differing_part_of_a_description():
    from solver.checkpoint.same_model import _check_config

    dropout = ["d1", "dropout", ["x"], [], {"p": 0.5}]
    for now, message in [
        ([], "run.npz was trained with node 'd1' of layer 'dropout'; this model has no further node"),
        ([[*dropout[:4], {"p": 0.1}]], r"settings {'p': 0.5}; this model has .* settings {'p': 0.1}"),
    ]:
        with pytest.raises(CheckpointError, match=message):
            _check_config("run.npz", {"nodes": [dropout]}, {"nodes": now})
    _check_config("run.npz", {"a": [1, 2]}, {"a": (1, np.int64(2))})
    _check_config("run.npz", {"a": 1}, None)


def test_a_file_that_does_not_exist(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    load_refused(CheckpointError, "old.pkl does not exist in the current folder.", "old.pkl")
    load_refused(CheckpointError, "run.npz does not exist in the current folder.", "run")
    quiet(flat_net()).save("run.a")
    assert Solver.load("run.a", flat_net(), softmax_data()).step == 0


def test_checkpoint_of_other_data(saved):
    data = softmax_data()
    data["X_train"] = data["X_train"].copy()
    data["X_train"][0, 0] += 1e-9
    message = "training data differs from the checkpoint's (X_train 120x12 f8 sha "
    load_refused(CheckpointError, message, saved, data=data)
    load_refused(CheckpointError, "Pass allow_new_data=True to continue anyway (not exact).", saved, data=data)
    solver = Solver.load(saved, flat_net(), data, allow_new_data=True, num_epochs=6).train()
    assert solver.epoch == 6


@pytest.mark.parametrize(("name", "what"), [("X_train", "training"), ("y_val", "validation")])
def test_data_that_differ_are_told_by_the_beginnings_of_their_sums(saved, name, what):
    data = softmax_data()
    data[name] = data[name].copy()
    data[name].flat[0] += 1
    size = {"X_train": "120x12 f8", "y_val": "30 i8"}[name]
    one = rf"{size} sha [0-9a-f]{{8}}…"
    told = rf"^{what} data differs from the checkpoint's \({name} {one}; now {one}\)\. Pass allow_new_data=True to co"
    with pytest.raises(CheckpointError, match=told):
        Solver.load(saved, flat_net(), data)


def test_weights_of_rows_that_there_were_not_are_none(saved):
    data = {**softmax_data(), "sample_weight": np.ones(120)}
    told = "training data differs from the checkpoint's (sample_weight none; now 120 f8 sha "
    load_refused(CheckpointError, told, saved, data=data)


def test_what_cannot_change_on_resume(saved):
    message = "cannot change on resume: run.npz was saved with"
    load_refused(ValueError, f"batch_size {message} 20, got 10.", saved, batch_size=10)
    load_refused(ValueError, f"update_rule {message} 'adam', got 'sgd'.", saved, update_rule="sgd")
    load_refused(ValueError, "optim_config cannot change on resume", saved, optim_config={})
    load_refused(TypeError, "unknown argument 'num_epoch'. Did you mean 'num_epochs'?", saved, num_epoch=3)


def test_a_pickle_handed_to_load(tmp_path):
    (tmp_path / "old.pkl").write_bytes(b"\x80\x04}\x94.")
    message = "old.pkl is a pickle; layergraph never unpickles. Convert it with"
    load_refused(CheckpointError, message, tmp_path / "old.pkl")


def my_rule(w, dw, config):
    return w - 0.1 * dw, config


def test_functions_must_be_given_again(tmp_path):
    path, schedule = tmp_path / "run.npz", lambda step: 0.5
    quiet(flat_net(), update_rule=my_rule, optim_config={"learning_rate": 1.0}, lr_schedule=schedule).train().save(path)
    load_refused(CheckpointError, "trained with the update rule 'my_rule', a function, which a file cannot hold", path)
    load_refused(CheckpointError, "pass lr_schedule=...", path, update_rule=my_rule)
    Solver.load(path, flat_net(), softmax_data(), update_rule=my_rule, lr_schedule=schedule)


def test_state_that_a_file_cannot_hold(tmp_path):
    def odd(w, dw, config):
        config["object"] = object()
        return w - 0.1 * dw, config

    solver = quiet(flat_net(), update_rule=odd).train()
    with pytest.raises(CheckpointError, match=r"config\['object'\] of the update rule is a object"):
        solver.save(tmp_path / "run.npz")
    with pytest.raises(CheckpointError, match=r"run.npz cannot be written: .* is not a plain value"):
        quiet(flat_net()).save(tmp_path / "run.npz", metadata={"set": {1}})
    assert not list(tmp_path.iterdir())


def test_another_blas_or_thread_count_is_a_warning(saved, monkeypatch):
    from solver.checkpoint import resume

    now = resume.environment() | {"threads": 64}
    monkeypatch.setattr(resume, "environment", lambda: now)
    with pytest.warns(UserWarning, match=r"\(now 64\): resume is exact only with the same BLAS and thread count"):
        Solver.load(saved, flat_net(), softmax_data())


def test_another_kernel_of_the_same_blas_is_a_warning(tmp_path):
    """OPENBLAS_CORETYPE stands for another processor: the same library then multiplies with other bits."""
    import os
    import subprocess
    import sys
    from pathlib import Path

    here = Path(__file__).parent
    program = f"""
import sys
sys.path[:0] = [{str(here)!r}, {str(here.parents[1])!r}]
from base.environment import blas_kernel
from solver import Solver
from solver_cases import flat_net, quiet, softmax_data
if sys.argv[1] == "save":
    quiet(flat_net()).train().save("run.npz")
else:
    Solver.load("run.npz", flat_net(), softmax_data())
print(blas_kernel())
"""

    def process(what, kernel):
        environ = os.environ | {"OPENBLAS_CORETYPE": kernel}
        command = [sys.executable, "-W", "default", "-c", program, what]
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)

    before, same, other = process("save", "Haswell"), process("load", "Haswell"), process("load", "Nehalem")
    assert "blas_kernel" not in same.stderr
    if before.stdout == other.stdout:
        pytest.skip(f"this BLAS has one kernel here, or names none: {before.stdout.strip()}")
    assert f"blas_kernel {before.stdout.strip()} (now {other.stdout.strip()}): resume is exact only" in other.stderr


def test_missing_extras_say_what_to_install(monkeypatch):
    import sys

    solver = quiet(flat_net()).train()
    for name in ("matplotlib", "matplotlib.figure", "tqdm", "tqdm.auto"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"^plotting needs matplotlib: pip install matplotlib$"):
        solver.plot()
    with pytest.raises(ImportError, match=r"^a progress bar needs tqdm: pip install tqdm$"):
        quiet(flat_net(), verbose=True, progress="bar").train()
