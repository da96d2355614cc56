"""Names in a user's own files given to Solver: they train, resume by name, and are refused where they have changed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import mlp
from solver import CheckpointError, Solver
from tests import own_code


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own_code.write(tmp_path / "work"))


def net() -> Any:
    return mlp([6, 5, 3], rng=0)


def data() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 6)), rng.integers(3, size=60)
    return {"X_train": X[:50], "y_train": y[:50], "X_val": X[50:], "y_val": y[50:]}


NAMES: dict[str, Any] = {
    "update_rule": "my_rule.py:signum",
    "lr_schedule": {"name": "my_pieces.py:halving", "every": 3},
    "schedules": {"momentum": "my_pieces.py:ramp"},
}


def trained(**options: Any) -> Solver:
    options = {"optim_config": {"learning_rate": 0.01, "momentum": 0.9}, **NAMES, **options}
    return Solver(net(), data(), batch_size=10, num_epochs=2, verbose=False, seed=0, **options).train()


def test_a_name_is_the_function_it_names() -> None:
    from base.user_code import find

    by_name = trained()
    pieces = {key: find(f"my_pieces.py:{key}") for key in ("halving", "ramp")}
    steps = by_name.total_steps
    schedules = {"momentum": pieces["ramp"](steps)}
    halving = pieces["halving"]
    by_function = trained(
        update_rule=find("my_rule.py:signum"), lr_schedule=lambda step: halving(step, 3), schedules=schedules
    )
    assert by_name.loss_history == by_function.loss_history
    assert by_name.run.updater.rule.name == "signum"


def test_a_run_goes_on_by_name_and_never_loads_what_a_file_names() -> None:
    names = {**NAMES, "schedules": {"momentum": "my_pieces.py:halving"}}  # ramp is laid out over the length of the run
    solver = trained(**names)
    solver.save("run.npz")
    twin = Solver.load("run.npz", net(), data(), num_epochs=4, **names).train()
    assert twin.loss_history == solver.train(4).loss_history
    for missing, what in (("update_rule", "update rule 'signum'"), ("lr_schedule", "schedule 'halving'")):
        given = {key: value for key, value in names.items() if key != missing}
        with pytest.raises(CheckpointError, match=f"was trained with the {what}, a function"):
            Solver.load("run.npz", net(), data(), **given)


@pytest.mark.parametrize("file", ["my_rule.py", "my_helper.py", "my_pieces.py"])
def test_a_run_does_not_go_on_with_changed_code(file: str) -> None:
    trained().save("run.npz")
    Path(file).write_text(Path(file).read_text() + "\n# changed\n")
    with pytest.raises(CheckpointError, match=r"my_\w+\.py:\w+ has changed since run\.npz was written"):
        Solver.load("run.npz", net(), data(), **NAMES)


PLAIN: dict[str, Any] = {"update_rule": "sgd_momentum", "lr_schedule": None, "schedules": {}}


@pytest.mark.parametrize(
    ("key", "file"),
    [("update_rule", "my_rule.py"), ("lr_schedule", "my_pieces.py"), ("schedules", "my_pieces.py")],
)
def test_each_piece_by_itself_is_that_of_the_saved_run(key: str, file: str) -> None:
    alone = {**PLAIN, key: NAMES[key]}
    trained(**alone).save("run.npz")
    before = Path(file).read_text()
    Path(file).write_text(before + "\n# changed\n")
    told = r"\w+ has changed since run\.npz was written: its source was [0-9a-f]{8}…, and is [0-9a-f]{8}… now\. Put it"
    with pytest.raises(CheckpointError, match=told):
        Solver.load("run.npz", net(), data(), **alone)
    Path(file).write_text(before)
    assert Solver.load("run.npz", net(), data(), **alone).step == 10


def test_a_schedule_may_be_another_one_from_here_on() -> None:
    """By name instead of one's own, or one's own instead of a name: nothing there was kept to compare."""
    for then, now in ((NAMES["lr_schedule"], "linear"), ("linear", NAMES["lr_schedule"])):
        trained(**{**PLAIN, "lr_schedule": then}).save("run.npz")
        assert Solver.load("run.npz", net(), data(), lr_schedule=now).settings.lr_schedule == now


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def halving(step): return 'half'\n", r"my_pieces\.py:1: .*halving gives str for step 0; expected a schedule"),
        ("def halving(): return None\n", r"my_pieces\.py:1: .*halving gives NoneType|gives None for step 0"),
        ("def halving(step): return 1 / step\n", r"my_pieces\.py:1: a call of .*halving failed: ZeroDivision"),
    ],
)
def test_a_schedule_that_is_none(text: str, message: str) -> None:
    Path("my_pieces.py").write_text(text)
    with pytest.raises(ValueError, match=message):
        trained(lr_schedule="my_pieces.py:halving", schedules={})
