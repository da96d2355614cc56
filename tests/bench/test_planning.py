"""Before a sweep runs: what it will not start with, what it says beforehand, what it would cost."""

from pathlib import Path

import pytest

import bench
from bench.solvers.planning.plan import plan
from bench.solvers.running import cost
from cli.main import main
from tests.bench.conftest import SEEDS, SOLVERS, TRIALS


def layergraph(*words: object) -> int:
    return main(["bench", *map(str, words)])


def test_what_is_named_twice_counts_once(tiny: Path) -> None:
    manifest = plan([tiny, tiny], ["sgd", "adam", "sgd"])
    assert [problem.name for problem in manifest.problems] == ["tiny"]
    assert [space.solver for space in manifest.spaces] == ["sgd", "adam"]


def test_two_of_one_name_are_refused(tiny: Path, tmp_path: Path) -> None:
    other = tmp_path / "tiny.toml"
    other.write_text(tiny.read_text().replace("batch = 64", "batch = 32"), encoding="utf-8")
    with pytest.raises(ValueError, match="two different problems are called 'tiny': rename one of them"):
        plan([tiny, other])
    space = tmp_path / "sgd.toml"
    space.write_text('rule = "sgd"\n[space.learning_rate]\nscale = "log"\nlow = 0.1\nhigh = 1.0\n', encoding="utf-8")
    with pytest.raises(ValueError, match="two different solvers are called 'sgd': rename one of them"):
        plan([tiny], ["sgd", space])


@pytest.mark.parametrize(
    ("change", "message"),
    [(("hidden = [8]", 'hidden = [8]\nactivation = "rleu"'), "rleu"), (('name = "digits"', 'name = "digts"'), "digts")],
)
def test_what_keeps_every_run_from_starting_is_said_before_the_first(
    change: tuple[str, str], message: str, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, out = tmp_path / "broken.toml", tmp_path / "out"
    broken.write_text(tiny.read_text().replace(*change), encoding="utf-8")
    assert layergraph("run", broken, "--solvers", "sgd", "--out", out) in (2, 3)
    error = capsys.readouterr().err
    assert error.startswith("layergraph: error: ")
    assert message in error
    assert not out.exists()


def test_five_seeds_are_noted_before_they_are_run(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (
        "run", tiny, "--solvers", "sgd",
        "--budget", "quick", "--trials", 1, "--out", tmp_path, "--dry-run", "--seeds",
    )  # fmt: skip
    note = "note: 5 seeds give at best a 93.75 % interval; use --seeds 6 or more for 95 %."
    assert layergraph(*words, 5) == 0
    assert note in capsys.readouterr().out
    assert layergraph(*words, 6) == 0
    assert "note:" not in capsys.readouterr().out


def test_a_dry_run_counts_what_is_there(tiny: Path, swept: Path, tmp_path: Path) -> None:
    manifest = plan([tiny], SOLVERS, budget="quick", trials=TRIALS, seeds=SEEDS)
    done = cost.estimate(manifest, swept)
    assert [(one.missing, one.seconds) for one in done] == [(0, 0.0)] * 4
    more = cost.estimate(manifest._replace(seeds=SEEDS + 2), swept)
    assert [one.missing for one in more] == [2] * 4
    shards = [cost.estimate(manifest, swept, (i, 3)) for i in range(3)]
    assert sum(one.total for costs in shards for one in costs) == sum(one.total for one in done)
    fresh = cost.estimate(manifest, tmp_path)
    assert [one.missing for one in fresh] == [TRIALS + SEEDS] * 4
    assert all(one.seconds > 0 for one in fresh)


def test_a_dry_run_refuses_what_a_run_would_refuse(tiny: Path, swept: Path) -> None:
    with pytest.raises(ValueError, match="holds a sweep with root 0; this one has 5"):
        cost.estimate(plan([tiny], SOLVERS, seed=5), swept)


def test_a_reason_that_all_failures_share_stands_once(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    space = tmp_path / "broken.toml"
    space.write_text('rule = "sgd"\n[space.nonsense]\nscale = "linear"\nlow = 0.0\nhigh = 1.0\n', encoding="utf-8")
    assert (
        layergraph("run", tiny, "--solvers", space, "--budget", "quick", "--trials", 3, "--out", tmp_path / "out") == 1
    )
    said = capsys.readouterr().out
    assert "3 runs failed; the same command tries again." in said
    assert "  3 x " in said
    assert said.count("nonsense") == 1


def test_the_target_command_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert layergraph("target", "digits-mlp32", "--out", tmp_path) == 2
    assert (
        "digits-mlp32 is no file of a problem: 'bench target' writes the target into a .toml" in capsys.readouterr().err
    )
    assert not list(tmp_path.iterdir())


def test_python_takes_all_processors(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # one at a time is run in this process
    results = bench.run(tiny, ["sgd"], budget="quick", trials=1, seeds=1, n_jobs=-1, out=tmp_path, progress=False)
    assert results.missing == 0
