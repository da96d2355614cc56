"""What `bench.run` is asked for, and what a problem or a search space says, is checked before anything runs."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

import bench
from bench.solvers import api
from bench.solvers.planning import problem as problems, spaces
from bench.solvers.planning.manifest import Manifest, write_manifest
from bench.solvers.planning.plan import plan
from tests.bench.conftest import TINY


@pytest.mark.parametrize("shard", [(2, 2), (0, 0), (-1, 2)])
def test_a_shard_that_would_do_nothing(shard: tuple[int, int], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"shard is \(-?\d, \d\); expected \(i, n\) with 0 <= i < n"):
        bench.run("digits-softmax", ["sgd"], out=tmp_path / "out", shard=shard, progress=False)
    assert not (tmp_path / "out").exists()


def test_no_problem_at_all() -> None:
    with pytest.raises(ValueError, match="problems is empty"):
        bench.run([], ["sgd"])


@pytest.mark.parametrize("engine", ["compiled", None])
def test_a_folder_goes_on_by_the_engine_that_it_was_begun_with(
    engine: str | None, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`bench run` compiles long sweeps; Python is to go on with them, and not to refuse the folder."""
    begun = plan([tiny], ["sgd"], budget="quick", trials=2, seeds=1)._replace(engine=engine)
    write_manifest(tmp_path, begun)
    asked: list[Manifest] = []
    monkeypatch.setattr(api, "run_sweep", lambda manifest, *others: asked.append(manifest))
    monkeypatch.setattr(api, "Results", lambda folder: folder)
    more: Any = {"budget": "quick", "trials": 30, "seeds": 1, "out": tmp_path, "progress": False}
    bench.run(tiny, ["sgd"], **more)
    assert [(one.engine, one.trials) for one in asked] == [(engine, 30)]


@pytest.mark.parametrize(
    ("low", "high", "scale", "expected"),
    [
        ("1.0", "inf", "log", "0 < low < high, both finite"),
        ("nan", "1.0", "log", "0 < low < high, both finite"),
        ("0.0", "1.0", "log", "0 < low < high, both finite"),
        ("-inf", "1.0", "linear", "expected low < high, both finite"),
        ("1.0", "-1.0", "linear", "expected low < high, both finite"),
    ],
)
def test_a_range_without_a_length(low: str, high: str, scale: str, expected: str) -> None:
    text = f'rule = "sgd"\n[space.learning_rate]\nscale = "{scale}"\nlow = {low}\nhigh = {high}\n'
    with pytest.raises(ValueError, match=expected):
        spaces.from_dict("mine", tomllib.loads(text))


def test_a_space_that_wants_no_trial() -> None:
    content = {"rule": "sgd", "trials": -3, "space": {"learning_rate": spaces.LEARNING_RATE}}
    with pytest.raises(ValueError, match="space mine: trials is -3; expected at least 1"):
        spaces.from_dict("mine", content)
    assert spaces.from_dict("mine", {**content, "trials": 1}).trials == 1


def test_a_way_of_sampling_that_there_is_not() -> None:
    content = tomllib.loads(TINY.replace("batch = 64", 'batch = 64\nsampling = "epochs"'))
    with pytest.raises(ValueError, match=r"training\.sampling is 'epochs'; expected one of with_replacement, "):
        problems.from_dict(content)
